/* SPDX-License-Identifier: MIT */
#include "config/named_files.h"

#include "config/key.h"
#include "config/listen.h"
#include "config/secret_path.h"
#include "core/memory.h"
#include "core/path_fault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void complain_of(const struct config *config, enum config_key key, const char *what,
                        struct complaints *complaints)
{
    complain(complaints, SEVERITY_WARNING, config->file, config->values[key].line,
             "key '%s': '%s': %s", key_facts(key)->name, config_text(config, key), what);
}

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
    if (strcmp(path, other) == 0)
        return true;
    return stat(path, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

void named_files_compare(const struct config *config, struct complaints *complaints)
{
    const struct config_value *mqtt = &config->values[CONFIG_MQTT_SPOOL];
    const struct config_value *push = &config->values[CONFIG_PUSH_SPOOL];
    if (mqtt->set && push->set && is_same_place(mqtt->text, push->text))
        complain(complaints, SEVERITY_MISTAKE, config->file, push->line,
                 "key 'push.spool': '%s' is the folder of mqtt.spool too (line %d); each needs one "
                 "of its own",
                 push->text, mqtt->line);
}

/* One that this user may not see may still be there for the service. */
static void look_for_files(const struct config *config, struct complaints *complaints)
{
    static const enum config_key keys[] = {CONFIG_MQTT_CA, CONFIG_MQTT_CERT, CONFIG_MQTT_KEY,
                                           CONFIG_PUSH_CA};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *path = config_text(config, keys[i]);
        if (path != NULL && access(path, F_OK) != 0 && errno == ENOENT)
            complain_of(config, keys[i], "no such file", complaints);
    }
}

/* Those of decryption are read with each meter's keys. */
static void look_at_secrets(const struct config *config, struct complaints *complaints)
{
    static const enum config_key keys[] = {CONFIG_MQTT_PASSWORD_FILE, CONFIG_PUSH_TOKEN_FILE,
                                           CONFIG_PUSH_PASSWORD_FILE, CONFIG_PUSH_HEADER_FILE};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct text_file file;
        struct secret_path place = {
            .config_file = config->file,
            .line = config->values[keys[i]].line,
            .key = key_facts(keys[i])->name,
            .path = config_text(config, keys[i]),
        };
        if (place.path != NULL && secret_path_read(&file, &place, SEVERITY_WARNING, complaints))
            secret_path_free(&file);
    }
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
static void look_at_spools(const struct config *config, struct complaints *complaints)
{
    static const enum config_key keys[] = {CONFIG_MQTT_SPOOL, CONFIG_PUSH_SPOOL};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *path = config_text(config, keys[i]);
        struct stat found;
        if (path == NULL)
            continue;
        if (stat(path, &found) == 0 && !S_ISDIR(found.st_mode))
            complain(complaints, SEVERITY_MISTAKE, config->file, config->values[keys[i]].line,
                     "key '%s': '%s' is a file; allowed: %s", key_facts(keys[i])->name, path,
                     key_facts(keys[i])->allowed);
        else if (missing_folder(path) != 0)
            complain_of(config, keys[i], path_fault(missing_folder(path)), complaints);
    }
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

void named_files_look(const struct config *config, struct complaints *complaints)
{
    look_for_files(config, complaints);
    look_at_secrets(config, complaints);
    look_at_spools(config, complaints);
    look_at_places(config, complaints);
}
