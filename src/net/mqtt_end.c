/* SPDX-License-Identifier: MIT */
/* MQTT 3.1.1 has five numbers for a refused connection [3.2.2.3], MQTT 5 one list for everything
 * [2.4]; OpenSSL has texts that need a translation. */
#include "net/mqtt_end.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct words {
    int code;
    bool passing; /* it may be another word in a minute */
    const char *text;
};

static const struct words refusals_3[] = {
    {1, false, "does not speak MQTT 3.1.1: try mqtt.version=5"},
    {2, false, "does not accept the client id: set mqtt.client"},
    {3, true, "says that it is not available"},
    {4, false, "does not accept user name or password: check mqtt.user and mqtt.password.file"},
    {5, false, "does not let us in: check mqtt.user, mqtt.password.file and its access list"},
};

static const struct words refusals_5[] = {
    {132, false, "does not speak MQTT 5: leave mqtt.version out"},
    {133, false, "does not accept the client id: set mqtt.client"},
    {134, false, "does not accept user name or password: check mqtt.user and mqtt.password.file"},
    {135, false, "does not let us in: check mqtt.user, mqtt.password.file and its access list"},
    {136, true, "says that it is not available"},
    {137, true, "says that it is busy"},
    {138, false, "has banned us"},
    {140, false, "wants another way of authentication"},
    {144, false, "does not accept the topic of our last will: check its access list"},
    {151, true, "says that our quota is used up"},
    {154, false, "keeps no retained messages, and our last will is one"},
    {155, false, "does not support QoS 1, which our last will needs"},
    {156, false, "wants us to use another broker"},
    {157, false, "has moved: set mqtt.url"},
    {159, true, "says that we connect too often"},
};

static const struct words reasons[] = {
    {128, true, "an error that it does not explain"},
    {129, true, "it could not read our packet"},
    {130, true, "it says that we break the protocol"},
    {131, true, "an error of its own making"},
    {135, false, "not authorized"},
    {137, true, "it is busy"},
    {139, true, "it is shutting down"},
    {141, true, "it heard nothing from us for too long"},
    {142, false, "another client has taken our client id: give each its own mqtt.client"},
    {143, false, "it does not accept the topic filter"},
    {144, false, "it does not accept the topic"},
    {147, true, "more messages than it takes at once"},
    {148, true, "a topic alias that it does not know"},
    {149, false, "the packet is too large for it"},
    {150, true, "messages come too fast for it"},
    {151, true, "the quota is used up"},
    {152, true, "somebody there ended it"},
    {153, false, "it does not accept the payload"},
    {154, false, "it keeps no retained messages"},
    {155, false, "it does not support the QoS"},
    {156, false, "it wants us to use another broker"},
    {157, false, "it has moved"},
    {159, true, "it says that we connect too often"},
    {160, true, "the longest time for a connection is over"},
};

static const struct words unknown_refusal = {0, true,
                                             "refuses the connection and does not say why"};
static const struct words unknown_reason = {0, true, "a reason that nobody knows"};

static const struct words *find(const struct words *list, size_t count, int code,
                                const struct words *otherwise)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].code == code)
            return &list[i];
    return otherwise;
}

static const struct words *find_refusal(int version, int code)
{
    if (version == 5 && code >= 128)
        return find(refusals_5, sizeof refusals_5 / sizeof *refusals_5, code, &unknown_refusal);
    return find(refusals_3, sizeof refusals_3 / sizeof *refusals_3, code, &unknown_refusal);
}

static const struct words *find_reason(int code)
{
    return find(reasons, sizeof reasons / sizeof *reasons, code, &unknown_reason);
}

const char *mqtt_reason_words(int code)
{
    return find_reason(code)->text;
}

bool mqtt_reason_passes(int code)
{
    return find_reason(code)->passing;
}

/* "OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed" in words. */
static void describe_tls(const char *detail, char *out, size_t size)
{
    const char *last = strrchr(detail, ':');
    last = last != NULL ? last + 1 : detail;
    if (strstr(detail, "host name verification") != NULL)
        snprintf(out, size, "its certificate is for another host name");
    else if (strstr(detail, "certificate verify failed") != NULL)
        snprintf(out, size,
                 "its certificate is not trusted: mqtt.ca names the file of the CA that signed it");
    else if (strstr(detail, "wrong version number") != NULL)
        snprintf(out, size, "it does not speak TLS there: is it mqtt:// instead of mqtts://?");
    else if (*last == '\0' || strstr(detail, "unexpected eof") != NULL)
        snprintf(out, size,
                 "it breaks TLS off: is it mqtt:// instead of mqtts://, or does it want mqtt.cert "
                 "and mqtt.key?");
    else if (strstr(detail, "alert") != NULL)
        snprintf(out, size, "no TLS connection: %s; does it want mqtt.cert and mqtt.key?", last);
    else
        snprintf(out, size, "no TLS connection: %s", last);
}

static void describe_errno(int error, char *out, size_t size)
{
    snprintf(out, size, "%s", error != 0 ? strerror(error) : "the connection broke");
    out[0] = (char)tolower((unsigned char)out[0]);
}

/* What follows "no broker at X: " or "the connection is lost: ". */
static void describe_trouble(const struct mqtt_trouble_facts *facts, char *out, size_t size)
{
    switch (facts->trouble) {
    case MQTT_TROUBLE_CLOSED:
        snprintf(out, size, "it closed the connection%s",
                 facts->was_up || facts->local ? "" : " at once: does it want mqtts://?");
        break;
    case MQTT_TROUBLE_NAME:
        snprintf(out, size, "its name is not known to the network");
        break;
    case MQTT_TROUBLE_SYSTEM:
        describe_errno(facts->error, out, size);
        break;
    case MQTT_TROUBLE_TLS:
        describe_tls(facts->detail != NULL ? facts->detail : "", out, size);
        break;
    case MQTT_TROUBLE_SILENT:
        snprintf(out, size, "it does not answer any more");
        break;
    case MQTT_TROUBLE_HUNG:
        snprintf(out, size, "it accepts the connection, but does not answer");
        break;
    case MQTT_TROUBLE_PROTOCOL:
        snprintf(out, size, "what it sends is no MQTT %s", facts->version == 5 ? "5" : "3.1.1");
        break;
    case MQTT_TROUBLE_FLOOD:
        snprintf(out, size, "it sends far more than was asked for");
        break;
    default:
        snprintf(out, size, "%s", facts->detail != NULL ? facts->detail : "it broke off");
        break;
    }
}

static void describe_file(const struct mqtt_trouble_facts *facts, struct mqtt_end *end)
{
    char words[100];
    describe_errno(facts->error, words, sizeof words);
    end->denied = true;
    snprintf(end->why, sizeof end->why, "no connection to the broker, since %.250s: %s",
             facts->detail, words);
}

static bool was_closed(const struct mqtt_trouble_facts *facts)
{
    return facts->trouble == MQTT_TROUBLE_CLOSED || facts->trouble == MQTT_TROUBLE_ENDED ||
           (facts->trouble == MQTT_TROUBLE_SYSTEM &&
            (facts->error == ECONNRESET || facts->error == EPIPE));
}

void mqtt_end_describe(const struct mqtt_trouble_facts *facts, struct mqtt_end *end)
{
    const struct words *words;
    char text[250];
    const size_t size = sizeof end->why;
    *end = (struct mqtt_end){.was_up = facts->was_up, .closed = was_closed(facts)};
    switch (facts->trouble) {
    case MQTT_TROUBLE_FILE:
        describe_file(facts, end);
        return;
    case MQTT_TROUBLE_REFUSED:
        words = find_refusal(facts->version, facts->code);
        end->denied = !words->passing;
        snprintf(end->why, size, "the broker at %s %s (%d)", facts->url, words->text, facts->code);
        return;
    case MQTT_TROUBLE_ENDED:
        words = find_reason(facts->code);
        end->denied = !words->passing;
        end->reason = facts->code;
        snprintf(text, sizeof text, "%s (%d)", words->text, facts->code);
        break;
    default:
        end->denied = facts->trouble == MQTT_TROUBLE_TLS;
        describe_trouble(facts, text, sizeof text);
        break;
    }
    snprintf(end->why, size, "%s %s: %s",
             facts->was_up ? "lost the connection to the broker at" : "no broker at", facts->url,
             text);
}
