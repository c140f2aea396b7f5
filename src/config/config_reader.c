/* SPDX-License-Identifier: MIT */
/*
 * Reads dsmr.cfg. A file that worked with the old binding must go on working, so what that one let
 * pass with a warning (a channel that is no number, faulty portsettings, a key given twice) is a
 * mistake here: told, left out, and no reason not to start. What the old binding did not have is
 * read strictly, since a key that is misspelt may have been meant to protect something.
 */
#include "config/config_entry.h"
#include "config/destinations.h"
#include "config/idle_keys.h"
#include "config/key.h"
#include "config/meters.h"
#include "config/named_files.h"
#include "config/text_file.h"
#include "core/memory.h"
#include "core/nearest.h"

#include <stdlib.h>
#include <string.h>

enum { COMPLAINTS_MAX = 100 }; /* about one file: more of them do not help */

/* The old binding ignored such a value and went on; so does dsmr run. */
static enum severity severity_of(enum config_key key)
{
    return key_is_channel(key) || key == CONFIG_PORT_SETTINGS ? SEVERITY_MISTAKE : SEVERITY_ERROR;
}

static void refuse_value(struct config_reader *reader, const struct config_entry *entry,
                         const char *text)
{
    char *shown = key_show(entry->key, text);
    char *meant = key_suggest(entry->key, text);
    complain_here(reader, severity_of(entry->key),
                  "key '%s': value '%.80s' is not allowed; allowed: %s%s%s%s", entry->name, shown,
                  key_facts(entry->key)->allowed, meant != NULL ? "; did you mean '" : "",
                  meant != NULL ? meant : "", meant != NULL ? "'?" : "");
    free(meant);
    free(shown);
}

static void set_value(struct config_reader *reader, const struct config_entry *entry,
                      struct piece piece)
{
    enum config_key key = entry->key;
    struct config_value *value = entry->value;
    int64_t number;
    if (key_facts(key)->type == CONFIG_TYPE_IGNORED) {
        complain_here(reader, SEVERITY_WARNING, "key '%s': %s", entry->name,
                      key_facts(key)->description);
        return;
    }
    if (piece.size == 0) {
        config_set_default(value, key);
        return;
    }
    char *text = memory_copy(piece.at, piece.size);
    if (!key_takes(key, text, &number)) {
        refuse_value(reader, entry, text);
        free(text);
        return;
    }
    if (key_facts(key)->type == CONFIG_TYPE_PATH) {
        char *whole = named_files_whole(reader->file, key, text);
        free(text);
        text = whole;
    }
    free(value->text);
    *value = (struct config_value){
        .text = text, .number = number, .set = true, .line = reader->line, .first = value->first};
}

/* Shows the first word only: what follows may be a secret. */
static void refuse_line(struct config_reader *reader, struct piece line)
{
    struct piece word = {line.at, 0};
    while (word.size < line.size && !piece_blank(line.at[word.size]) && line.at[word.size] != ':')
        word.size++;
    complain_here(reader, SEVERITY_ERROR,
                  "'%.*s': no = in this line; allowed: key=value, or # and a comment",
                  piece_shown(word), word.at);
}

static bool is_dsmr(struct piece service)
{
    return piece_is(service, "dsmr") || piece_is(service, "org.openhab.dsmr");
}

/* The service in front of a key, "dsmr:". Returns true when the line is for us. */
static bool take_service(struct config_reader *reader, struct piece *key)
{
    struct piece service;
    if (!piece_cut(key, ':', &service))
        return !reader->shared;
    if (is_dsmr(service))
        return true;
    if (!reader->shared) {
        struct nearest nearest;
        nearest_init(&nearest, service.at, service.size);
        nearest_offer(&nearest, "dsmr");
        bool near = nearest_word(&nearest) != NULL;
        complain_here(reader, near ? SEVERITY_ERROR : SEVERITY_WARNING,
                      "key '%.*s:%.*s' is a setting of the service '%.*s' and not read%s",
                      piece_shown(service), service.at, piece_shown(*key), key->at,
                      piece_shown(service), service.at, near ? "; did you mean 'dsmr:'?" : "");
    }
    return false;
}

/* openHAB 2 lets a file begin with the service that it is for: "pid:dsmr". */
static bool take_service_line(struct config_reader *reader, struct piece line)
{
    struct piece word = line;
    struct piece service = line;
    bool first = !reader->begun;
    reader->begun = true;
    if (!first || (!piece_cut(&service, ':', &word) && !piece_cut(&service, '=', &word)) ||
        !piece_is(word, "pid"))
        return false;
    if (!is_dsmr(service))
        complain_here(reader, SEVERITY_ERROR,
                      "the file says that it is for the service '%.*s'; allowed: pid:dsmr",
                      piece_shown(service), service.at);
    return true;
}

/* The lines of several hubs, copied into one file: mqtt.url may be in each of them. */
static bool says_the_same(const struct config_reader *reader, const struct config_entry *entry,
                          struct piece piece)
{
    if (!entry->value->set)
        return false;
    if (key_facts(entry->key)->type != CONFIG_TYPE_PATH)
        return piece_is(piece, entry->value->text);
    char *text = memory_copy(piece.at, piece.size);
    char *whole = named_files_whole(reader->file, entry->key, text);
    bool same = strcmp(whole, entry->value->text) == 0;
    free(whole);
    free(text);
    return same;
}

static void read_line(struct config_reader *reader, struct piece line)
{
    struct config_entry entry;
    line = piece_trim(line);
    if (line.size == 0 || line.at[0] == '#' || line.at[0] == '!')
        return;
    if (take_service_line(reader, line))
        return;
    struct piece name;
    struct piece value = line;
    if (!piece_cut(&value, '=', &name)) {
        if (!reader->shared)
            refuse_line(reader, line);
        return;
    }
    if (!take_service(reader, &name) || !config_entry_find(reader, name, &entry))
        return;
    bool twice = entry.value->first != 0;
    if (twice && says_the_same(reader, &entry, value))
        return;
    if (twice)
        complain_here(reader, SEVERITY_MISTAKE,
                      "key '%s' stands in line %d already; the later line counts", entry.name,
                      entry.value->first);
    else
        entry.value->first = reader->line;
    set_value(reader, &entry, value);
}

static bool is_shared(const char *file)
{
    const char *slash = strrchr(file, '/');
    return strcmp(slash != NULL ? slash + 1 : file, "openhab.cfg") == 0;
}

void config_read_text(struct config *config, const char *file, const char *text, size_t size,
                      struct complaints *complaints)
{
    free(config->file);
    config->file = memory_text(file);
    size_t start;
    if (!text_start(text, size, &start, file, SEVERITY_ERROR, complaints))
        return;
    struct config_reader reader = {
        .config = config, .file = file, .complaints = complaints, .shared = is_shared(file)};
    meters_forget_lines(config);
    destinations_forget_lines(config);
    size_t before = complaints->count;
    const char *at = text + start;
    const char *end = text + size;
    while (at < end && complaints->count - before < COMPLAINTS_MAX) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (stop == NULL)
            stop = end;
        reader.line++;
        read_line(&reader, (struct piece){at, (size_t)(stop - at)});
        at = stop < end ? stop + 1 : end;
    }
    if (at < end)
        complain_here(&reader, SEVERITY_ERROR, "too many mistakes: the rest was not read");
    meters_check(config, complaints);
    destinations_check(config, complaints);
    named_files_compare(config, complaints);
    idle_keys_check(config, complaints);
}

/* A secret that every user of the machine can read is none. */
static void look_at_mode(const struct config *config, const struct config_value *values,
                         enum config_key count, struct complaints *complaints)
{
    for (enum config_key key = 0; key < count; key++)
        if (key_is_secret(key) && values[key].set)
            complain(complaints, SEVERITY_WARNING, config->file, values[key].line,
                     "key '%s': every user of this machine can read it; cure: chmod o-r '%s'",
                     key_facts(key)->name, config->file);
}

bool config_read(struct config *config, const char *path, struct complaints *complaints)
{
    struct text_file file;
    if (!text_file_read(&file, path, SEVERITY_ERROR, complaints))
        return false;
    config_read_text(config, path, file.text, file.size, complaints);
    if ((file.mode & 0004) != 0) {
        look_at_mode(config, config->values, CONFIG_KEY_COUNT, complaints);
        for (size_t i = 0; i < config->meter_count; i++)
            look_at_mode(config, config->meters[i].values, CONFIG_METER_KEY_COUNT, complaints);
    }
    text_file_free(&file);
    return true;
}
