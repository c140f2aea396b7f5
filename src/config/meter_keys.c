/* SPDX-License-Identifier: MIT */
#include "config/meter_keys.h"

#include "config/key.h"
#include "config/secret_path.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* One meter's pair of keys in dsmr.cfg: the value itself, and the file that has it. */
struct pair {
    const struct config *config;
    const struct config_value *direct;
    const struct config_value *file;
    const char *file_key; /* "decryption.key.file" */
    struct complaints *complaints;
};

#define complain_of(pair, severity, ...)                                                           \
    complain((pair)->complaints, severity, (pair)->config->file, (pair)->file->line, __VA_ARGS__)

/* The first line of a text is the key. False, and told, when it is none. */
static bool take_line(const struct pair *pair, const char *text, uint8_t key[DSMR_KEY_SIZE])
{
    char *line = memory_copy(text, strcspn(text, "\r\n"));
    bool good = decryption_key_parse(line, key);
    explicit_bzero(line, strlen(line));
    free(line);
    if (!good)
        complain_of(pair, SEVERITY_MISTAKE,
                    "key '%s': the first line of %s is no key; allowed: 32 hexadecimal digits",
                    pair->file_key, pair->file->text);
    return good;
}

static bool take_file(const struct pair *pair, uint8_t key[DSMR_KEY_SIZE])
{
    struct text_file file;
    struct secret_path place = {
        .config_file = pair->config->file,
        .line = pair->file->line,
        .key = pair->file_key,
        .path = pair->file->text,
    };
    if (!secret_path_read(&file, &place, SEVERITY_MISTAKE, pair->complaints))
        return false;
    bool good = take_line(pair, file.text, key);
    secret_path_free(&file);
    return good;
}

static bool take_pair(const struct pair *pair, uint8_t key[DSMR_KEY_SIZE])
{
    bool direct = pair->direct->set;
    if (direct && pair->file->set)
        complain_of(pair, SEVERITY_MISTAKE, "key '%s' has no effect: the key itself is given too",
                    pair->file_key);
    if (direct)
        return decryption_key_parse(pair->direct->text, key);
    return pair->file->set && take_file(pair, key);
}

static struct pair pair_of(const struct config *config, size_t meter, enum config_key direct,
                           enum config_key file, struct complaints *complaints)
{
    return (struct pair){
        .config = config,
        .direct = config_meter_value(config, meter, direct),
        .file = config_meter_value(config, meter, file),
        .file_key = key_facts(file)->name,
        .complaints = complaints,
    };
}

void meter_keys_read(const struct config *config, size_t meter, struct decryption_keys *keys,
                     struct complaints *complaints)
{
    struct pair key =
        pair_of(config, meter, CONFIG_DECRYPTION_KEY, CONFIG_DECRYPTION_KEY_FILE, complaints);
    struct pair authkey = pair_of(config, meter, CONFIG_DECRYPTION_AUTHKEY,
                                  CONFIG_DECRYPTION_AUTHKEY_FILE, complaints);
    *keys = (struct decryption_keys){0};
    keys->present = take_pair(&key, keys->key);
    keys->authenticate = take_pair(&authkey, keys->authentication_key);
    const struct config_value *given = authkey.direct->set ? authkey.direct : authkey.file;
    if (given->set && !key.direct->set && !key.file->set)
        complain(complaints, SEVERITY_MISTAKE, config->file, given->line,
                 "key 'decryption.authkey' has no effect without decryption.key");
}

bool meter_keys_same(const struct decryption_keys *a, const struct decryption_keys *b)
{
    return a->present == b->present && a->authenticate == b->authenticate &&
           memcmp(a->key, b->key, sizeof a->key) == 0 &&
           memcmp(a->authentication_key, b->authentication_key, sizeof a->authentication_key) == 0;
}
