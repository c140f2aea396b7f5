/* SPDX-License-Identifier: MIT */
#include "cmd/check_outlets.h"

#include "config/http_listen.h"
#include "config/key.h"
#include "config/listen.h"
#include "config/named_files.h"
#include "config/pace_rule.h"
#include "core/path_fault.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_pace(const char *update)
{
    struct pace_rule rule = pace_rule_read(update, NULL);
    if (rule.mode == PACE_SECONDS)
        printf("each value every %d s\n", rule.seconds);
    else
        printf("each value %s\n",
               rule.mode == PACE_CHANGE ? "when it changed" : "with every telegram");
}

/* The password in an URL is not shown. */
static void print_url(enum config_key key, const char *url)
{
    char *shown = key_show(key, url);
    fputs(shown, stdout);
    free(shown);
}

static bool print_openhab(const struct config *config)
{
    if (!config_is_set(config, CONFIG_OPENHAB_URL))
        return false;
    fputs("openHAB   ", stdout);
    print_url(CONFIG_OPENHAB_URL, config_text(config, CONFIG_OPENHAB_URL));
    printf(", %s a token, ", config_is_set(config, CONFIG_OPENHAB_TOKEN) ? "with" : "without");
    print_pace(config_text(config, CONFIG_OPENHAB_UPDATE));
    return true;
}

/* Without the service nobody makes it. */
static void note_folders(const char *list)
{
    struct listen_place place;
    while (listen_next(&list, &place) != LISTEN_END)
        if (named_files_of_service(place.path) && path_folder_error(place.path) != 0)
            printf("          the folder of %s is not there now; dsmr's service makes it when it "
                   "starts\n",
                   place.name);
}

static bool print_p1(const struct config *config)
{
    if (!config_is_set(config, CONFIG_P1_LISTEN))
        return false;
    printf("P1        telegrams of %s at %s\n", config_text(config, CONFIG_P1_METER),
           config_text(config, CONFIG_P1_LISTEN));
    note_folders(config_text(config, CONFIG_P1_LISTEN));
    return true;
}

static void print_conventions(const struct config *config)
{
    bool discovery = strcmp(config_text(config, CONFIG_HOMEASSISTANT_DISCOVERY), "yes") == 0;
    const char *homie = config_text(config, CONFIG_HOMIE_VERSION);
    if (discovery)
        printf("          announced to Home Assistant below %s/\n",
               config_text(config, CONFIG_HOMEASSISTANT_PREFIX));
    if (strcmp(homie, "no") != 0)
        printf("          Homie %s device homie/%s%s\n", homie, strcmp(homie, "5") == 0 ? "5/" : "",
               config_text(config, CONFIG_HOMIE_DEVICE));
}

static bool print_mqtt(const struct config *config)
{
    const char *topic = config_text(config, CONFIG_MQTT_TOPIC);
    const char *user = config_text(config, CONFIG_MQTT_USER);
    if (!config_is_set(config, CONFIG_MQTT_URL))
        return false;
    fputs("MQTT      ", stdout);
    print_url(CONFIG_MQTT_URL, config_text(config, CONFIG_MQTT_URL));
    printf(", %s%s, ", user != NULL ? "as " : "without a user", user != NULL ? user : "");
    print_pace(config_text(config, CONFIG_MQTT_UPDATE));
    if (strcmp(topic, "no") != 0)
        printf("          at %s\n", topic);
    print_conventions(config);
    return true;
}

static bool print_push(const struct config *config)
{
    for (size_t i = 0; i < config_push_count(config); i++) {
        const char *name = config_push_name(config, i);
        bool main = strcmp(name, CONFIG_MAIN_PUSH) == 0;
        printf("push      %s%s", main ? "" : name, main ? "" : ": ");
        print_url(CONFIG_PUSH_URL, config_push_value(config, i, CONFIG_PUSH_URL)->text);
        printf(", %s, ", config_push_value(config, i, CONFIG_PUSH_FORMAT)->text);
        print_pace(config_push_value(config, i, CONFIG_PUSH_UPDATE)->text);
    }
    return config_push_count(config) > 0;
}

static void print_http(const struct config *config)
{
    const char *listen = config_text(config, CONFIG_HTTP_LISTEN);
    const char *file = config_text(config, CONFIG_HTTP_TOKEN_FILE);
    if (strcmp(listen, "no") == 0)
        return;
    enum http_token token = file ? http_token_look(file) : HTTP_TOKEN_GOOD;
    if (token == HTTP_TOKEN_GOOD)
        printf("page      http://%s, %s a token\n", listen, file ? "with" : "without");
    else if (token == HTTP_TOKEN_HIDDEN)
        printf("page      http://%s, with the token of %s, which this user may not read\n", listen,
               file);
    else
        printf("page      none as long as there is no token in %s\n", file);
}

static void print_history(const struct config *config)
{
    if (config_is_set(config, CONFIG_HISTORY_PATH))
        printf("history   %s, %s s for %lld days, a minute for %lld, quarter hours and longer for "
               "years\n",
               config_text(config, CONFIG_HISTORY_PATH),
               config_text(config, CONFIG_HISTORY_FINE_STEP),
               (long long)config_number(config, CONFIG_HISTORY_FINE_DAYS),
               (long long)config_number(config, CONFIG_HISTORY_MINUTE_DAYS));
}

void check_outlets_print(const struct config *config)
{
    bool any = print_openhab(config);
    any |= print_p1(config);
    any |= print_mqtt(config);
    any |= print_push(config);
    print_history(config);
    if (!any)
        puts("outlets   none: dsmr run shows the values; openhab.url=, mqtt.url=, p1.listen= "
             "and push.url= name who gets them");
    print_http(config);
}
