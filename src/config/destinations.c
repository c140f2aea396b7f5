/* SPDX-License-Identifier: MIT */
/*
 * Where telegrams are pushed to. main is not in the list: its keys are those without a name, and they
 * stand among the values of the configuration itself.
 */
#include "config/destinations.h"

#include "config/key.h"
#include "config/meters.h"
#include "core/memory.h"
#include "core/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PUSH_KEY(name, symbol, type, min, max, fallback, allowed, description)                     \
    _Static_assert((int)CONFIG_##symbol == CONFIG_PUSH_FIRST + CONFIG_EACH_##symbol,               \
                   "keys that each destination has stand together in keys.def");
#define KEY(name, symbol, type, min, max, fallback, allowed, description)
#include "config/keys.def"
#undef KEY
#undef PUSH_KEY

enum { LAST = CONFIG_PUSH_FIRST + CONFIG_PUSH_KEY_COUNT, NAME_SIZE = 128, SHOWN = 80 };

/* True for push.url and the others that each destination has for itself. */
static bool is_ours(enum config_key key)
{
    return (int)key >= CONFIG_PUSH_FIRST && (int)key < LAST;
}

/* True for a word that keys of push begin with, as spool of push.spool.limit: a destination of that name
 * could not be told from them. */
static bool word_is_taken(const char *word, size_t size)
{
    for (enum config_key key = CONFIG_PUSH_FIRST; is_ours(key); key++) {
        const char *own = key_facts(key)->name + strlen("push.");
        if (strcspn(own, ".") == size && memcmp(own, word, size) == 0)
            return true;
    }
    return false;
}

static bool is_called(const char *own, const char *name, size_t size)
{
    return strlen(own) == size && memcmp(own, name, size) == 0;
}

static struct config_value *value_at(struct config_push *push, enum config_key key)
{
    return &push->values[(int)key - CONFIG_PUSH_FIRST];
}

/* NULL when there are CONFIG_PUSH_MAX of them. */
static struct config_value *value_for(struct config *config, const char *name, size_t size,
                                      enum config_key key, int line)
{
    if (is_called(CONFIG_MAIN_PUSH, name, size))
        return &config->values[key];
    for (size_t i = 0; i < config->push_count; i++)
        if (is_called(config->pushes[i].name, name, size))
            return value_at(&config->pushes[i], key);
    if (config->push_count == CONFIG_PUSH_MAX)
        return NULL;
    config->pushes = memory_grow(config->pushes, config->push_count + 1, sizeof *config->pushes);
    struct config_push *push = &config->pushes[config->push_count++];
    *push = (struct config_push){.name = memory_copy(name, size), .line = line};
    for (enum config_key each = CONFIG_PUSH_FIRST; is_ours(each); each++)
        config_set_default(value_at(push, each), each);
    return value_at(push, key);
}

/* The key of all destinations that is nearest to this one; NULL when none is near. */
static const char *nearest_key(const char *key)
{
    struct nearest nearest;
    nearest_init(&nearest, key, strlen(key));
    for (enum config_key own = CONFIG_PUSH_FIRST; is_ours(own); own++)
        nearest_offer(&nearest, key_facts(own)->name);
    return nearest_word(&nearest);
}

bool destinations_find(struct config *config, const char *name, size_t size, int line,
                       struct destination_key *found, char **wrong)
{
    const char *own = name + strlen("push.");
    const char *end = name + size;
    const char *dot = memchr(own, '.', (size_t)(end - own));
    *wrong = NULL;
    if (dot == NULL)
        return false;
    size_t own_size = (size_t)(dot - own);
    int shown = own_size < SHOWN ? (int)own_size : SHOWN;
    int rest = end - dot < SHOWN ? (int)(end - dot) : SHOWN;
    char key[NAME_SIZE];
    snprintf(key, sizeof key, "push%.*s", rest, dot);
    found->key = key_find(key, strlen(key));
    if (word_is_taken(own, own_size)) {
        if (is_ours(found->key))
            *wrong = memory_print("'%.*s' can be no name of a push destination: other keys begin "
                                  "with push.%.*s",
                                  shown, own, shown, own);
        return false;
    }
    const char *meant = is_ours(found->key) ? NULL : nearest_key(key);
    if (meant != NULL)
        *wrong = memory_print("key '%.*s' is unknown; did you mean 'push.%.*s.%s'?",
                              size < SHOWN ? (int)size : SHOWN, name, shown, own,
                              meant + strlen("push."));
    if (!is_ours(found->key))
        return false;
    found->value = NULL;
    if (!meters_name_is_right(own, own_size))
        *wrong = memory_print("'%.*s' can be no name of a push destination; allowed: letters, "
                              "digits, _ and -, 1 to %d of them",
                              shown, own, CONFIG_METER_NAME_MAX);
    else if ((found->value = value_for(config, own, own_size, found->key, line)) == NULL)
        *wrong = memory_print("more than %d push destinations: '%.*s' is one more", CONFIG_PUSH_MAX,
                              shown, own);
    return found->value != NULL;
}

void destinations_forget_lines(struct config *config)
{
    for (size_t i = 0; i < config->push_count; i++)
        for (size_t j = 0; j < CONFIG_PUSH_KEY_COUNT; j++)
            config->pushes[i].values[j].first = 0;
}

void destinations_free(struct config *config)
{
    for (size_t i = 0; i < config->push_count; i++) {
        for (size_t j = 0; j < CONFIG_PUSH_KEY_COUNT; j++)
            free(config->pushes[i].values[j].text);
        free(config->pushes[i].name);
    }
    free(config->pushes);
}

/* ------------------------------------------------------------------------------------------------
 * What others ask
 */

static bool has_main(const struct config *config)
{
    return config->values[CONFIG_PUSH_URL].set;
}

size_t config_push_count(const struct config *config)
{
    return config->push_count + (has_main(config) ? 1 : 0);
}

const char *config_push_name(const struct config *config, size_t push)
{
    if (has_main(config) && push == 0)
        return CONFIG_MAIN_PUSH;
    return config->pushes[push - (has_main(config) ? 1 : 0)].name;
}

const struct config_value *config_push_value(const struct config *config, size_t push,
                                             enum config_key key)
{
    if (has_main(config) && push == 0)
        return &config->values[key];
    return value_at(&config->pushes[push - (has_main(config) ? 1 : 0)], key);
}

void config_push_key(const struct config *config, size_t push, enum config_key key,
                     char out[CONFIG_PUSH_NAME_SIZE])
{
    const char *name = config_push_name(config, push);
    const char *own = key_facts(key)->name + strlen("push.");
    bool main = strcmp(name, CONFIG_MAIN_PUSH) == 0;
    snprintf(out, CONFIG_PUSH_NAME_SIZE, "push.%s%s%s", main ? "" : name, main ? "" : ".", own);
}

/* ------------------------------------------------------------------------------------------------
 * What only all lines together show
 */

struct look {
    const struct config *config;
    struct complaints *complaints;
    size_t push;
};

static const struct config_value *value_of(const struct look *look, enum config_key key)
{
    return config_push_value(look->config, look->push, key);
}

/* A key that is set and does nothing, because of another: before and behind stand around its name. */
static void warn_of(const struct look *look, enum config_key key, const char *before,
                    enum config_key other, const char *behind)
{
    char name[CONFIG_PUSH_NAME_SIZE];
    char needed[CONFIG_PUSH_NAME_SIZE];
    config_push_key(look->config, look->push, key, name);
    config_push_key(look->config, look->push, other, needed);
    if (value_of(look, key)->set)
        complain(look->complaints, SEVERITY_WARNING, look->config->file, value_of(look, key)->line,
                 "key '%s' has no effect%s%s%s", name, before, needed, behind);
}

static void look_for_idle_keys(const struct look *look)
{
    const char *url = value_of(look, CONFIG_PUSH_URL)->text;
    if (url != NULL && strncasecmp(url, "https:", 6) != 0)
        warn_of(look, CONFIG_PUSH_CA, ": ", CONFIG_PUSH_URL, " does not begin with https://");
    if (!value_of(look, CONFIG_PUSH_USER)->set)
        warn_of(look, CONFIG_PUSH_PASSWORD_FILE, " without ", CONFIG_PUSH_USER, "");
    if (value_of(look, CONFIG_PUSH_TOKEN_FILE)->set)
        warn_of(look, CONFIG_PUSH_USER, " beside ", CONFIG_PUSH_TOKEN_FILE, "");
    if (strcmp(value_of(look, CONFIG_PUSH_FORMAT)->text, "influx") != 0)
        warn_of(look, CONFIG_PUSH_MEASUREMENT, " without ", CONFIG_PUSH_FORMAT, "=influx");
}

/* One that was given and refused has its complaint already. */
static void look_for_url(const struct config *config, const struct config_push *push,
                         struct complaints *complaints)
{
    const struct config_value *url = &push->values[CONFIG_EACH_PUSH_URL];
    if (!url->set && url->first == 0)
        complain(complaints, SEVERITY_ERROR, config->file, push->line,
                 "push destination '%s' has no address; add push.%s.url=; allowed: %s", push->name,
                 push->name, key_facts(CONFIG_PUSH_URL)->allowed);
}

void destinations_check(const struct config *config, struct complaints *complaints)
{
    for (size_t i = 0; i < config->push_count; i++)
        look_for_url(config, &config->pushes[i], complaints);
    if (config_push_count(config) > CONFIG_PUSH_MAX)
        complain(complaints, SEVERITY_ERROR, config->file,
                 config->pushes[config->push_count - 1].line,
                 "more than %d push destinations, with that of push.url", CONFIG_PUSH_MAX);
    for (size_t i = 0; i < config_push_count(config); i++) {
        struct look look = {config, complaints, i};
        look_for_idle_keys(&look);
    }
}
