/* SPDX-License-Identifier: MIT */
#include "config/named_files.h"

#include "config/http_listen.h"
#include "config/key.h"
#include "config/listen.h"
#include "config/secret_path.h"
#include "core/memory.h"
#include "core/path_fault.h"
#include "core/same_path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A word that means something else than a file. */
static bool is_word(enum config_key key, const char *path)
{
    return key == CONFIG_OPENHAB_ITEMS && strcmp(path, CONFIG_ITEMS_BY_REST) == 0;
}

char *named_files_whole(const char *config_file, enum config_key key, const char *path)
{
    const char *slash = strrchr(config_file, '/');
    if (path[0] == '/' || slash == NULL || is_word(key, path))
        return memory_text(path);
    return memory_print("%.*s/%s", (int)(slash - config_file), config_file, path);
}

static bool is_same_place(const char *path, const char *other)
{
    struct stat a;
    struct stat b;
    if (same_path(path, other))
        return true;
    return stat(path, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

/* A key that names a file or folder, as it stands in the file. */
struct named {
    char key[CONFIG_PUSH_NAME_SIZE];
    const struct config_value *value;
};

static struct named name_of(const struct config *config, enum config_key key)
{
    struct named named = {.value = &config->values[key]};
    snprintf(named.key, sizeof named.key, "%s", key_facts(key)->name);
    return named;
}

static struct named name_of_push(const struct config *config, size_t push, enum config_key key)
{
    struct named named = {.value = config_push_value(config, push, key)};
    config_push_key(config, push, key, named.key);
    return named;
}

/* Places in the list of spools: that of MQTT, then each of push. */
static size_t spool_count(const struct config *config)
{
    return 1 + config_push_count(config);
}

static struct named spool_at(const struct config *config, size_t place)
{
    return place == 0 ? name_of(config, CONFIG_MQTT_SPOOL)
                      : name_of_push(config, place - 1, CONFIG_PUSH_SPOOL);
}

static void compare_spool(const struct config *config, size_t place, struct complaints *complaints)
{
    struct named own = spool_at(config, place);
    for (size_t i = 0; own.value->set && i < place; i++) {
        struct named other = spool_at(config, i);
        if (!other.value->set || !is_same_place(other.value->text, own.value->text))
            continue;
        complain(complaints, SEVERITY_MISTAKE, config->file, own.value->line,
                 "key '%s': '%s' is the folder of %s too (line %d); each needs one of its own",
                 own.key, own.value->text, other.key, other.value->line);
        return;
    }
}

void named_files_compare(const struct config *config, struct complaints *complaints)
{
    for (size_t place = 1; place < spool_count(config); place++)
        compare_spool(config, place, complaints);
}

static void complain_of(const struct config *config, const struct named *named, const char *what,
                        struct complaints *complaints)
{
    complain(complaints, SEVERITY_WARNING, config->file, named->value->line, "key '%s': '%s': %s",
             named->key, named->value->text, what);
}

/* One that this user may not see may still be there for the service. */
static void look_for_file(const struct config *config, struct named named,
                          struct complaints *complaints)
{
    const char *path = named.value->text;
    if (path != NULL && access(path, F_OK) != 0 && errno == ENOENT)
        complain_of(config, &named, "no such file", complaints);
}

static void look_for_files(const struct config *config, struct complaints *complaints)
{
    static const enum config_key keys[] = {CONFIG_MQTT_CA, CONFIG_MQTT_CERT, CONFIG_MQTT_KEY};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        look_for_file(config, name_of(config, keys[i]), complaints);
    for (size_t push = 0; push < config_push_count(config); push++)
        look_for_file(config, name_of_push(config, push, CONFIG_PUSH_CA), complaints);
}

/* Reads the file, as running will. False when that is impossible, or there is none. */
static bool look_at_secret(const struct config *config, struct named named, bool *empty,
                           struct complaints *complaints)
{
    struct text_file file;
    struct secret_path place = {
        .config_file = config->file,
        .line = named.value->line,
        .key = named.key,
        .path = named.value->text,
    };
    if (place.path == NULL || !secret_path_read(&file, &place, SEVERITY_WARNING, complaints))
        return false;
    *empty = file.text[strspn(file.text, " \t\r\n")] == '\0';
    secret_path_free(&file);
    return true;
}

static void look_for_secret(const struct config *config, struct named named,
                            struct complaints *complaints)
{
    bool empty = false;
    if (look_at_secret(config, named, &empty, complaints) && empty)
        complain_of(config, &named, "it is empty", complaints);
}

/* Without one there is no page. */
static void look_at_token(const struct config *config, struct complaints *complaints)
{
    struct named named = name_of(config, CONFIG_HTTP_TOKEN_FILE);
    bool empty = false;
    look_at_secret(config, named, &empty, complaints);
    if (named.value->text != NULL && http_token_look(named.value->text) == HTTP_TOKEN_BAD)
        complain(complaints, SEVERITY_WARNING, config->file, named.value->line,
                 "key '%s': the first line of %s has to be a token of 1 to %d bytes; %s", named.key,
                 named.value->text, HTTP_TOKEN_MAX, http_token_advice);
}

/* Those of decryption are read with each meter's keys. */
static void look_at_secrets(const struct config *config, struct complaints *complaints)
{
    static const enum config_key keys[] = {CONFIG_PUSH_TOKEN_FILE, CONFIG_PUSH_PASSWORD_FILE,
                                           CONFIG_PUSH_HEADER_FILE};
    look_for_secret(config, name_of(config, CONFIG_MQTT_PASSWORD_FILE), complaints);
    look_at_token(config, complaints);
    for (size_t push = 0; push < config_push_count(config); push++)
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
            look_for_secret(config, name_of_push(config, push, keys[i]), complaints);
}

bool named_files_of_service(const char *path)
{
    static const char *const folders[] = {"/run/dsmr/", "/var/lib/dsmr/"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        size_t size = strlen(folders[i]);
        if (strncmp(path, folders[i], size) == 0 && strchr(path + size, '/') == NULL)
            return true;
    }
    return false;
}

/* The errno of a folder that is missing, and that nobody will make. */
static int missing_folder(const char *path)
{
    return named_files_of_service(path) ? 0 : path_folder_error(path);
}

/* It is made when it is needed; the folder that it is in is not. */
static void look_at_spool(const struct config *config, struct named named, const char *allowed,
                          struct complaints *complaints)
{
    const char *path = named.value->text;
    struct stat found;
    if (path == NULL)
        return;
    if (stat(path, &found) == 0 && !S_ISDIR(found.st_mode))
        complain(complaints, SEVERITY_MISTAKE, config->file, named.value->line,
                 "key '%s': '%s' is a file; allowed: %s", named.key, path, allowed);
    else if (missing_folder(path) != 0)
        complain_of(config, &named, path_fault(missing_folder(path)), complaints);
}

static void look_at_spools(const struct config *config, struct complaints *complaints)
{
    for (size_t i = 0; i < spool_count(config); i++)
        look_at_spool(config, spool_at(config, i), key_facts(CONFIG_MQTT_SPOOL)->allowed,
                      complaints);
}

static void look_at_places(const struct config *config, struct complaints *complaints)
{
    struct listen_place place;
    const char *list = config_text(config, CONFIG_P1_LISTEN);
    while (list != NULL && listen_next(&list, &place) != LISTEN_END) {
        int error = place.path[0] != '\0' ? missing_folder(place.path) : 0;
        if (error != 0)
            complain(complaints, SEVERITY_WARNING, config->file,
                     config->values[CONFIG_P1_LISTEN].line, "key 'p1.listen': '%s': %s", place.name,
                     path_fault(error));
    }
}

static void look_at_history(const struct config *config, struct complaints *complaints)
{
    struct named named = name_of(config, CONFIG_HISTORY_PATH);
    int error = named.value->text != NULL ? missing_folder(named.value->text) : 0;
    if (error != 0)
        complain_of(config, &named, path_fault(error), complaints);
}

void named_files_look(const struct config *config, struct complaints *complaints)
{
    look_for_files(config, complaints);
    look_at_secrets(config, complaints);
    look_at_spools(config, complaints);
    look_at_places(config, complaints);
    look_at_history(config, complaints);
}
