/* SPDX-License-Identifier: MIT */
#include "cmd/own_ports.h"

#include "cmd/own_topics.h"
#include "config/broker.h"
#include "config/key.h"
#include "config/listen.h"
#include "config/port_form.h"
#include "core/memory.h"
#include "core/same_path.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* The port of one meter. */
struct port {
    const struct config *config;
    struct complaints *complaints;
    const char *meter;
    const struct config_value *value;
};

/* what: "hands telegrams on"; other: the key that says so. */
static void refuse(const struct port *port, const char *what, enum config_key other)
{
    char prefix[CONFIG_METER_NAME_MAX + 16] = "";
    char place[32] = "";
    char *shown = key_show(CONFIG_PORT, port->value->text);
    int line = port->config->values[other].line;
    if (strcmp(port->meter, CONFIG_MAIN_METER) != 0)
        snprintf(prefix, sizeof prefix, "meter.%s.", port->meter);
    if (line > 0)
        snprintf(place, sizeof place, ", line %d", line);
    complain(
        port->complaints, SEVERITY_ERROR, port->config->file, port->value->line,
        "key '%sport': value '%.120s' is where dsmr itself %s (%s%s), so it would read what it "
        "wrote; name the port that the meter is on",
        prefix, shown, what, key_facts(other)->name, place);
    free(shown);
}

/* ------------------------------------------------------------------------------------------------
 * Addresses of this machine
 */

static bool is_number(const char *host, struct sockaddr_storage *address)
{
    struct sockaddr_in *four = (struct sockaddr_in *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
    *address = (struct sockaddr_storage){0};
    if (inet_pton(AF_INET, host, &four->sin_addr) == 1)
        address->ss_family = AF_INET;
    else if (inet_pton(AF_INET6, host, &six->sin6_addr) == 1)
        address->ss_family = AF_INET6;
    return address->ss_family != AF_UNSPEC;
}

/* The bytes that tell one host from another; both are of one family. */
static bool is_same_number(const struct sockaddr *a, const struct sockaddr *b)
{
    if (a->sa_family != b->sa_family)
        return false;
    if (a->sa_family == AF_INET)
        return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
               ((const struct sockaddr_in *)b)->sin_addr.s_addr;
    return a->sa_family == AF_INET6 &&
           IN6_ARE_ADDR_EQUAL(&((const struct sockaddr_in6 *)a)->sin6_addr,
                              &((const struct sockaddr_in6 *)b)->sin6_addr);
}

/* Every address that listens at all of them is reached by any of them. */
static bool is_any(const char *host)
{
    struct sockaddr_storage address;
    if (!is_number(host, &address))
        return false;
    if (address.ss_family == AF_INET)
        return ((struct sockaddr_in *)&address)->sin_addr.s_addr == htonl(INADDR_ANY);
    return IN6_IS_ADDR_UNSPECIFIED(&((struct sockaddr_in6 *)&address)->sin6_addr);
}

static bool is_loopback(const char *host)
{
    struct sockaddr_storage address;
    if (strcasecmp(host, "localhost") == 0 || is_any(host))
        return true;
    if (!is_number(host, &address))
        return false;
    if (address.ss_family == AF_INET)
        return ntohl(((struct sockaddr_in *)&address)->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    return IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&address)->sin6_addr);
}

static bool is_address_of_ours(const char *host)
{
    struct sockaddr_storage address;
    struct ifaddrs *all;
    bool found = false;
    if (!is_number(host, &address) || getifaddrs(&all) != 0)
        return false;
    for (const struct ifaddrs *each = all; each && !found; each = each->ifa_next)
        found = each->ifa_addr && is_same_number(each->ifa_addr, (struct sockaddr *)&address);
    freeifaddrs(all);
    return found;
}

static bool is_this_machine(const char *host)
{
    char own[254] = "";
    gethostname(own, sizeof own - 1);
    return is_loopback(host) || strcasecmp(host, own) == 0 || is_address_of_ours(host);
}

/* Who connects to host gets to what is at other. */
static bool is_same_host(const char *host, const char *other)
{
    struct sockaddr_storage a;
    struct sockaddr_storage b;
    if (strcasecmp(host, other) == 0 || (is_loopback(host) && is_loopback(other)))
        return true;
    return is_number(host, &a) && is_number(other, &b) &&
           is_same_number((struct sockaddr *)&a, (struct sockaddr *)&b);
}

/* ------------------------------------------------------------------------------------------------
 * p1.listen
 */

static bool leads_to(const char *port, const struct listen_place *place)
{
    struct address address;
    if (place->kind != LISTEN_TCP)
        return port[0] == '/' && same_path(port, place->path);
    if (!address_parse_after("tcp://", port, &address) &&
        !address_parse_after("rfc2217://", port, &address))
        return false;
    return address.port == place->address.port &&
           (is_same_host(address.host, place->address.host) ||
            (is_any(place->address.host) && is_this_machine(address.host)));
}

static bool refuse_own_place(const struct port *port)
{
    const char *list = config_text(port->config, CONFIG_P1_LISTEN);
    struct listen_place place;
    while (list && listen_next(&list, &place) != LISTEN_END)
        if (place.kind != LISTEN_BAD && leads_to(port->value->text, &place)) {
            refuse(port, "hands telegrams on", CONFIG_P1_LISTEN);
            return true;
        }
    return false;
}

/* ------------------------------------------------------------------------------------------------
 * mqtt.url
 */

/* A broker has a port for TLS beside the other, and perhaps a socket. */
static bool is_same_broker(const struct broker_address *a, const struct broker_address *b)
{
    enum { PLAIN = 1883, TLS = 8883 };
    if (a->port == 0 || b->port == 0)
        return is_loopback(a->port == 0 ? b->host : a->host);
    return is_same_host(a->host, b->host) &&
           (a->port == b->port || (a->port == PLAIN && b->port == TLS) ||
            (a->port == TLS && b->port == PLAIN));
}

/* At the broker of both url and port, topic is what is behind it. */
static void refuse_own_topic(const struct port *port, const char *topic)
{
    enum config_key key = own_topics_key(port->config, topic);
    if (key != CONFIG_KEY_COUNT)
        refuse(port, "publishes", key);
}

static void look_at_topic(const struct port *port)
{
    const char *text = port->value->text;
    size_t size = port_form_broker(text);
    struct broker_address ours;
    struct broker_address its;
    if (size == 0 || !config_is_set(port->config, CONFIG_MQTT_URL) ||
        !broker_parse(config_text(port->config, CONFIG_MQTT_URL), &ours))
        return;
    char *url = memory_copy(text, size);
    if (broker_parse(url, &its) && is_same_broker(&ours, &its))
        refuse_own_topic(port, text + size + 1);
    free(url);
}

void own_ports_check(const struct config *config, struct complaints *complaints)
{
    for (size_t i = 0; i < config_meter_count(config); i++) {
        struct port port = {
            .config = config,
            .complaints = complaints,
            .meter = config_meter_name(config, i),
            .value = config_meter_value(config, i, CONFIG_PORT),
        };
        if (port.value->set && !refuse_own_place(&port))
            look_at_topic(&port);
    }
}
