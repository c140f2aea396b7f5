/* SPDX-License-Identifier: MIT */
/* The table of keys, and the values that each can have. */
#include "config/key.h"

#include "config/address.h"
#include "config/broker.h"
#include "config/http_listen.h"
#include "config/line_settings.h"
#include "config/listen.h"
#include "config/pace_rule.h"
#include "config/port_form.h"
#include "config/topic_form.h"
#include "core/decryption.h"
#include "core/memory.h"
#include "core/nearest.h"
#include "dsmr/dsmr.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { VALUE_MAX = 4096 }; /* bytes; as long as a path can be */

static const struct config_key_facts table[CONFIG_KEY_COUNT] = {
#define KEY(name, symbol, type, min, max, fallback, allowed, description)                          \
    [CONFIG_##symbol] = {name, type, min, max, fallback, allowed, description},
#include "config/keys.def"
#undef KEY
};

const struct config_key_facts *key_facts(enum config_key key)
{
    return &table[key];
}

enum config_key key_find(const char *name, size_t size)
{
    enum config_key key = 0;
    while (key < CONFIG_KEY_COUNT &&
           (strlen(table[key].name) != size || memcmp(table[key].name, name, size) != 0))
        key++;
    return key;
}

bool key_is_channel(enum config_key key)
{
    switch (key) {
    case CONFIG_GAS_CHANNEL:
    case CONFIG_WATER_CHANNEL:
    case CONFIG_HEATING_CHANNEL:
    case CONFIG_COOLING_CHANNEL:
    case CONFIG_GENERIC_CHANNEL:
    case CONFIG_SLAVE_ELECTRICITY_CHANNEL:
        return true;
    default:
        return false;
    }
}

bool key_is_secret(enum config_key key)
{
    return key_facts(key)->type == CONFIG_TYPE_SECRET || key_facts(key)->type == CONFIG_TYPE_KEY;
}

static bool takes_number(const struct config_key_facts *facts, const char *text, int64_t *number)
{
    const char *digits = *text == '+' ? text + 1 : text;
    size_t size = strspn(digits, "0123456789");
    if (size == 0 || size > 18 || digits[size] != '\0')
        return false;
    *number = strtoll(digits, NULL, 10);
    return *number >= facts->min && *number <= facts->max;
}

/* The next of several words with blanks between; NULL at the end. *size is 0 to begin with. */
static const char *next_word(const char *words, size_t *size)
{
    words += *size;
    words += strspn(words, " ");
    *size = strcspn(words, " ");
    return *size > 0 ? words : NULL;
}

static bool takes_choice(const struct config_key_facts *facts, const char *text, int64_t *number)
{
    size_t size = 0;
    int64_t place = 0;
    for (const char *word = facts->allowed; (word = next_word(word, &size)) != NULL; place++) {
        if (strlen(text) == size && memcmp(text, word, size) == 0) {
            *number = place;
            return true;
        }
    }
    return false;
}

static bool starts_with(const char *text, const char *start)
{
    return strncasecmp(text, start, strlen(start)) == 0;
}

static bool has_blank(const char *text)
{
    return text[strcspn(text, " \t")] != '\0';
}

/* None of our values has one, and in a token it could forge a line of an HTTP request. */
static bool has_control_character(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            return true;
    return false;
}

/* Where the host stands behind scheme:// and perhaps user:password@; *end receives where it ends.
 */
static const char *url_host(const char *text, const char **end)
{
    const char *host = strstr(text, "://");
    if (host == NULL)
        return NULL;
    host += 3;
    *end = host + strcspn(host, "/?#");
    for (const char *at = host; at < *end; at++)
        if (*at == '@')
            host = at + 1;
    return host;
}

/* What may not stand in it, a query perhaps, is a character of without. */
static bool takes_url(const char *text, const char *without)
{
    struct address address;
    const char *end;
    const char *host = url_host(text, &end);
    return host != NULL && (starts_with(text, "http://") || starts_with(text, "https://")) &&
           !has_blank(text) && text[strcspn(text, without)] == '\0' &&
           address_parse(host, (size_t)(end - host), &address);
}

/* yes and no are words here, and patterns without a level above. */
static bool takes_topic(enum config_type type, const char *text)
{
    if (strcmp(text, "no") == 0)
        return true;
    if (type == CONFIG_TYPE_ITEM_TOPIC)
        return topic_pattern_is_good(text) && strstr(text, "{item}") != NULL;
    return topic_pattern_is_good(text);
}

/* The convention's own words are no ids: homie/5 is where its version 5 begins. */
static bool takes_homie_id(const char *text)
{
    static const char characters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    size_t size = strlen(text);
    return size > 0 && size <= 64 && strspn(text, characters) == size && text[0] != '-' &&
           text[size - 1] != '-' && strcmp(text, "5") != 0;
}

static bool takes_key(const char *text)
{
    uint8_t key[DSMR_KEY_SIZE];
    bool good = decryption_key_parse(text, key);
    explicit_bzero(key, sizeof key);
    return good;
}

bool key_takes(enum config_key key, const char *text, int64_t *number)
{
    const struct config_key_facts *facts = key_facts(key);
    struct line_settings settings;
    struct broker_address broker;
    struct dsmr_zone zone;
    struct pace_rule rule;
    *number = 0;
    if (strlen(text) > VALUE_MAX ||
        (has_control_character(text) && facts->type != CONFIG_TYPE_SETTINGS))
        return false;
    switch (facts->type) {
    case CONFIG_TYPE_NUMBER:
        return takes_number(facts, text, number);
    case CONFIG_TYPE_CHOICE:
        return takes_choice(facts, text, number);
    case CONFIG_TYPE_PORT:
        return port_form_is_good(text);
    case CONFIG_TYPE_LISTEN:
        return listen_is_good(text);
    case CONFIG_TYPE_HTTP_LISTEN:
        return http_listen_is_good(text);
    case CONFIG_TYPE_SETTINGS:
        return line_settings_parse(text, &settings);
    case CONFIG_TYPE_URL:
        return takes_url(text, "?#");
    case CONFIG_TYPE_ENDPOINT:
        return takes_url(text, "#");
    case CONFIG_TYPE_ZONE:
        return dsmr_zone_parse((struct dsmr_text){text, strlen(text)}, &zone);
    case CONFIG_TYPE_PACE:
        if (!pace_rule_parse(text, &rule))
            return false;
        *number = rule.mode;
        return true;
    case CONFIG_TYPE_DEADBAND:
        return deadband_parse(text, &rule.deadband);
    case CONFIG_TYPE_BROKER:
        return broker_parse(text, &broker);
    case CONFIG_TYPE_TOPIC:
    case CONFIG_TYPE_ITEM_TOPIC:
        return takes_topic(facts->type, text);
    case CONFIG_TYPE_PLAIN_TOPIC:
        return topic_is_good(text);
    case CONFIG_TYPE_HOMIE_ID:
        return takes_homie_id(text);
    case CONFIG_TYPE_SECRET:
        return !has_blank(text);
    case CONFIG_TYPE_KEY:
        return takes_key(text);
    case CONFIG_TYPE_TEXT:
    case CONFIG_TYPE_PATH:
    case CONFIG_TYPE_IGNORED:
        break;
    }
    return true;
}

/* The value without what people put around it by habit: quotation marks, a comment behind it. */
static char *bare(const char *text)
{
    if (*text == '"' || *text == '\'')
        return memory_copy(text + 1, strcspn(text + 1, "\"'"));
    size_t size = strcspn(text, "#;");
    while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\t'))
        size--;
    return memory_copy(text, size);
}

/* Other programs' words for yes and no. */
static const char *our_word(const char *text)
{
    static const char *const yes[] = {"true", "on", "1", "ja", "enabled"};
    static const char *const no[] = {"false", "off", "0", "nee", "none", "disabled"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (strcasecmp(text, yes[i]) == 0)
            return "yes";
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (strcasecmp(text, no[i]) == 0)
            return "no";
    return text;
}

/* The allowed word that is nearest; NULL when none is near. */
static char *nearest_choice(const struct config_key_facts *facts, const char *text)
{
    text = our_word(text);
    char *words = memory_text(facts->type == CONFIG_TYPE_PACE ? "every change" : facts->allowed);
    char *rest = NULL;
    struct nearest nearest;
    nearest_init(&nearest, text, strlen(text));
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        nearest_offer(&nearest, word);
    const char *word = nearest_word(&nearest);
    char *found = word != NULL ? memory_text(word) : NULL;
    free(words);
    return found;
}

/* What people leave out in front of such a value. */
static const char *usual_start(enum config_type type, const char *text)
{
    bool whole = strstr(text, "//") != NULL;
    if (type == CONFIG_TYPE_PORT && (starts_with(text, "tty") || starts_with(text, "serial/")))
        return "/dev/";
    if (type == CONFIG_TYPE_PORT && !whole && *text != '/')
        return "tcp://";
    if (type == CONFIG_TYPE_LISTEN && !whole && *text != '/')
        return strchr(text, ':') != NULL ? "tcp://" : "tcp://127.0.0.1:";
    if (type == CONFIG_TYPE_HTTP_LISTEN && strchr(text, ':') == NULL)
        return "127.0.0.1:";
    if (type == CONFIG_TYPE_BROKER && !whole)
        return *text == '/' ? "unix:" : "mqtt://";
    return type == CONFIG_TYPE_URL && !whole ? "http://" : "";
}

/* The form that the value may have been meant to have. Freed by the caller. */
static char *usual_form(enum config_type type, const char *text)
{
    static const char tcp[] = "tcp://";
    if (type == CONFIG_TYPE_PACE)
        return memory_copy(text, strspn(text, "0123456789"));
    if (type == CONFIG_TYPE_ITEM_TOPIC)
        return memory_print("%s/{meter}/{item}", text);
    if (type == CONFIG_TYPE_BROKER && starts_with(text, tcp))
        return memory_print("mqtt://%s", text + strlen(tcp));
    return memory_print("%s%s", usual_start(type, text), text);
}

/* The host and port at the start of what has no scheme; 0 for none. Only what is clearly one: anything else
 * may be a secret. */
static size_t bare_host(const char *text)
{
    size_t size = strcspn(text, "/?#");
    struct address address;
    bool name = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-:") == size;
    bool clear = memchr(text, '.', size) || memchr(text, ':', size) ||
                 (size == strlen("localhost") && starts_with(text, "localhost"));
    return name && clear && address_parse(text, size, &address) ? size : 0;
}

/* Without what may be a secret, as key_show() has it. NULL when it could not be told from one. */
static char *suggest_endpoint(enum config_key key, const char *text)
{
    char *whole = memory_print("http://%s", text);
    int64_t number;
    bool good = bare_host(text) > 0 && key_takes(key, whole, &number);
    char *meant = good ? key_show(key, whole) : NULL;
    free(whole);
    return meant;
}

char *key_suggest(enum config_key key, const char *text)
{
    const struct config_key_facts *facts = key_facts(key);
    if (facts->type == CONFIG_TYPE_ENDPOINT)
        return suggest_endpoint(key, text);
    if (key_is_secret(key))
        return NULL;
    int64_t number;
    char *plain = bare(text);
    char *whole = usual_form(facts->type, plain);
    char *found = NULL;
    if (key_takes(key, plain, &number))
        found = memory_text(plain);
    else if (key_takes(key, whole, &number))
        found = memory_text(whole);
    else if (facts->type == CONFIG_TYPE_CHOICE || facts->type == CONFIG_TYPE_PACE)
        found = nearest_choice(facts, plain);
    free(plain);
    free(whole);
    return found;
}

const char *key_elsewhere(const char *name, size_t size)
{
    static const struct {
        const char *other, *ours;
    } names[] = {
        {"mqtt.host", "mqtt.url"},
        {"mqtt.server", "mqtt.url"},
        {"mqtt.broker", "mqtt.url"},
        {"mqtt.port", "mqtt.url"},
        {"mqtt.tls", "mqtt.url"},
        {"mqtt.username", "mqtt.user"},
        {"mqtt.password", "mqtt.password.file"},
        {"mqtt.prefix", "mqtt.topic"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i].other) == size && strncasecmp(name, names[i].other, size) == 0)
            return names[i].ours;
    return NULL;
}

/* The URL with stars for what stands before the host. A password may have an @ in it. */
static char *without_password(const char *text)
{
    const char *start = strstr(text, "://");
    const char *end = start != NULL ? start + 3 + strcspn(start + 3, "/") : NULL;
    for (; end != NULL && end > start + 3; end--)
        if (end[-1] == '@')
            return memory_print("%.*s***@%s", (int)(start + 3 - text), text, end);
    return memory_text(text);
}

/* Webhooks have their secret in the path, others in the query. */
static char *show_endpoint(const char *text)
{
    const char *end;
    const char *host = url_host(text, &end);
    size_t bare = host == NULL ? bare_host(text) : 0;
    if (host == NULL)
        return memory_print("%.*s%s%s", (int)bare, text, bare > 0 && text[bare] != '\0' ? "/" : "",
                            bare > 0 && text[bare] == '\0' ? "" : "***");
    return memory_print("%.*s://%s%.*s%s", (int)strcspn(text, ":"), text,
                        host[-1] == '@' ? "***@" : "", (int)(end - host), host,
                        *end != '\0' ? "/***" : "");
}

char *key_show(enum config_key key, const char *text)
{
    enum config_type type = key_facts(key)->type;
    if (key_is_secret(key))
        return memory_text("***");
    const char *end;
    if (type == CONFIG_TYPE_ENDPOINT)
        return show_endpoint(text);
    const char *host = type == CONFIG_TYPE_URL ? url_host(text, &end) : NULL;
    if (host != NULL && host[-1] == '@')
        return memory_print("%.*s://***@%s", (int)strcspn(text, ":"), text, host);
    return type == CONFIG_TYPE_URL ? memory_text(text) : without_password(text);
}
