/* SPDX-License-Identifier: MIT */
/*
 * Reads dsmr.cfg. A file that worked with the old binding must go on working, so what that one let
 * pass with a warning (a channel that is no number, faulty portsettings, a key given twice) is a
 * mistake here: told, left out, and no reason not to start. What the old binding did not have is
 * read strictly, since a key that is misspelt may have been meant to protect something.
 */
#include "config/config.h"

#include "config/key.h"
#include "config/text_file.h"
#include "core/memory.h"
#include "core/nearest.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COMPLAINTS_MAX = 100 }; /* about one file: more of them do not help */

struct reader {
    struct config *config;
    const char *file;
    struct complaints *complaints;
    int line;
    int first[CONFIG_KEY_COUNT]; /* line where a key stood first, 0 while it did not */
    bool begun;                  /* a line that says something was read */
    bool shared;                 /* openHAB 1's openhab.cfg, where other services' keys stand too */
};

/* Some bytes of a line. */
struct piece {
    const char *at;
    size_t size;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f';
}

static struct piece trim(struct piece piece)
{
    while (piece.size > 0 && is_blank(piece.at[0])) {
        piece.at++;
        piece.size--;
    }
    while (piece.size > 0 && is_blank(piece.at[piece.size - 1]))
        piece.size--;
    return piece;
}

static bool is(struct piece piece, const char *text)
{
    return piece.size == strlen(text) && memcmp(piece.at, text, piece.size) == 0;
}

/* Cuts the piece at the first such character: returns what stands before it and leaves in *piece
 * what stands behind. False, with nothing changed, when there is none. */
static bool cut(struct piece *piece, char at, struct piece *before)
{
    const char *found = piece->size > 0 ? memchr(piece->at, at, piece->size) : NULL;
    if (found == NULL)
        return false;
    size_t size = (size_t)(found - piece->at);
    *before = trim((struct piece){piece->at, size});
    *piece = trim((struct piece){found + 1, piece->size - size - 1});
    return true;
}

static int shown_size(struct piece piece)
{
    return piece.size < 80 ? (int)piece.size : 80;
}

#define complain_here(reader, severity, ...)                                                       \
    complain((reader)->complaints, severity, (reader)->file, (reader)->line, __VA_ARGS__)

static void set_default(struct config_value *value, enum config_key key)
{
    const char *fallback = key_facts(key)->fallback;
    free(value->text);
    *value = (struct config_value){0};
    if (fallback != NULL) {
        value->text = memory_text(fallback);
        key_takes(key, fallback, &value->number);
    }
}

void config_init(struct config *config)
{
    *config = (struct config){0};
    for (enum config_key key = 0; key < CONFIG_KEY_COUNT; key++)
        set_default(&config->values[key], key);
}

void config_free(struct config *config)
{
    for (enum config_key key = 0; key < CONFIG_KEY_COUNT; key++)
        free(config->values[key].text);
    free(config->file);
    *config = (struct config){0};
}

/* The old binding ignored such a value and went on; so does dsmr run. */
static enum severity severity_of(enum config_key key)
{
    return key_is_channel(key) || key == CONFIG_PORT_SETTINGS ? SEVERITY_MISTAKE : SEVERITY_ERROR;
}

static void refuse_value(struct reader *reader, enum config_key key, const char *text)
{
    const struct config_key_facts *facts = key_facts(key);
    char *shown = key_show(key, text);
    char *meant = key_suggest(key, text);
    complain_here(reader, severity_of(key),
                  "key '%s': value '%.80s' is not allowed; allowed: %s%s%s%s", facts->name, shown,
                  facts->allowed, meant != NULL ? "; did you mean '" : "",
                  meant != NULL ? meant : "", meant != NULL ? "'?" : "");
    free(meant);
    free(shown);
}

static void set_value(struct reader *reader, enum config_key key, struct piece piece)
{
    struct config_value *value = &reader->config->values[key];
    int64_t number;
    if (key_facts(key)->type == CONFIG_TYPE_IGNORED) {
        complain_here(reader, SEVERITY_WARNING, "key '%s': %s", key_facts(key)->name,
                      key_facts(key)->description);
        return;
    }
    if (piece.size == 0) {
        set_default(value, key);
        return;
    }
    char *text = memory_copy(piece.at, piece.size);
    if (!key_takes(key, text, &number)) {
        refuse_value(reader, key, text);
        free(text);
        return;
    }
    free(value->text);
    *value =
        (struct config_value){.text = text, .number = number, .set = true, .line = reader->line};
}

static void refuse_key(struct reader *reader, struct piece name)
{
    struct nearest nearest;
    nearest_init(&nearest, name.at, name.size);
    for (enum config_key key = 0; key < CONFIG_KEY_COUNT; key++)
        if (key_facts(key)->type != CONFIG_TYPE_IGNORED)
            nearest_offer(&nearest, key_facts(key)->name);
    const char *meant = nearest_word(&nearest);
    if (meant != NULL)
        complain_here(reader, SEVERITY_ERROR, "key '%.*s' is unknown; did you mean '%s'?",
                      shown_size(name), name.at, meant);
    else
        complain_here(reader, SEVERITY_ERROR,
                      "key '%.*s' is unknown; dsmr check --sample lists all keys", shown_size(name),
                      name.at);
}

/* Shows the first word only: what follows may be a secret. */
static void refuse_line(struct reader *reader, struct piece line)
{
    struct piece word = {line.at, 0};
    while (word.size < line.size && !is_blank(line.at[word.size]) && line.at[word.size] != ':')
        word.size++;
    complain_here(reader, SEVERITY_ERROR,
                  "'%.*s': no = in this line; allowed: key=value, or # and a comment",
                  shown_size(word), word.at);
}

static bool is_dsmr(struct piece service)
{
    return is(service, "dsmr") || is(service, "org.openhab.dsmr");
}

/* The service in front of a key, "dsmr:". Returns true when the line is for us. */
static bool take_service(struct reader *reader, struct piece *key)
{
    struct piece service;
    if (!cut(key, ':', &service))
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
                      shown_size(service), service.at, shown_size(*key), key->at,
                      shown_size(service), service.at, near ? "; did you mean 'dsmr:'?" : "");
    }
    return false;
}

/* openHAB 2 lets a file begin with the service that it is for: "pid:dsmr". */
static bool take_service_line(struct reader *reader, struct piece line)
{
    struct piece word = line;
    struct piece service = line;
    bool first = !reader->begun;
    reader->begun = true;
    if (!first || (!cut(&service, ':', &word) && !cut(&service, '=', &word)) || !is(word, "pid"))
        return false;
    if (!is_dsmr(service))
        complain_here(reader, SEVERITY_ERROR,
                      "the file says that it is for the service '%.*s'; allowed: pid:dsmr",
                      shown_size(service), service.at);
    return true;
}

static void read_line(struct reader *reader, struct piece line)
{
    line = trim(line);
    if (line.size == 0 || line.at[0] == '#' || line.at[0] == '!')
        return;
    if (take_service_line(reader, line))
        return;
    struct piece name;
    struct piece value = line;
    if (!cut(&value, '=', &name)) {
        if (!reader->shared)
            refuse_line(reader, line);
        return;
    }
    if (!take_service(reader, &name))
        return;
    enum config_key key = key_find(name.at, name.size);
    if (key == CONFIG_KEY_COUNT) {
        refuse_key(reader, name);
        return;
    }
    if (reader->first[key] != 0)
        complain_here(reader, SEVERITY_MISTAKE,
                      "key '%s' stands in line %d already; the later line counts",
                      key_facts(key)->name, reader->first[key]);
    else
        reader->first[key] = reader->line;
    set_value(reader, key, value);
}

static void warn_of_channel(const struct config *config, enum config_key a, enum config_key b,
                            const char *file, struct complaints *complaints)
{
    if (config->values[a].line > config->values[b].line) {
        enum config_key swap = a;
        a = b;
        b = swap;
    }
    complain(
        complaints, SEVERITY_WARNING, file, config->values[b].line,
        "key '%s': value '%s' is the channel of '%s' too (line %d); one channel has one device",
        key_facts(b)->name, config->values[b].text, key_facts(a)->name, config->values[a].line);
}

/* Two kinds of meter on one channel: seldom right, but heat and cold may come from one device. */
static void compare_channels(const struct config *config, const char *file,
                             struct complaints *complaints)
{
    const struct config_value *values = config->values;
    for (enum config_key a = 0; a < CONFIG_KEY_COUNT; a++)
        for (enum config_key b = a + 1; b < CONFIG_KEY_COUNT; b++)
            if (key_is_channel(a) && key_is_channel(b) && values[a].set && values[b].set &&
                values[a].number == values[b].number)
                warn_of_channel(config, a, b, file, complaints);
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
    struct reader reader = {
        .config = config, .file = file, .complaints = complaints, .shared = is_shared(file)};
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
    compare_channels(config, file, complaints);
}

/* A secret that every user of the machine can read is none. */
static void look_at_mode(const struct config *config, unsigned mode, struct complaints *complaints)
{
    for (enum config_key key = 0; key < CONFIG_KEY_COUNT; key++) {
        const struct config_value *value = &config->values[key];
        if (key_facts(key)->type == CONFIG_TYPE_SECRET && value->set && (mode & 0004) != 0)
            complain(complaints, SEVERITY_WARNING, config->file, value->line,
                     "key '%s': every user of this machine can read it; cure: chmod o-r '%s'",
                     key_facts(key)->name, config->file);
    }
}

bool config_read(struct config *config, const char *path, struct complaints *complaints)
{
    struct text_file file;
    if (!text_file_read(&file, path, SEVERITY_ERROR, complaints))
        return false;
    config_read_text(config, path, file.text, file.size, complaints);
    look_at_mode(config, file.mode, complaints);
    text_file_free(&file);
    return true;
}

const char *config_place(size_t index)
{
    /* Ours, then openHAB's of today, of version 2, and the one file of version 1. */
    static const char *const places[] = {
        "/etc/dsmr/dsmr.cfg",
        "/etc/openhab/services/dsmr.cfg",
        "/etc/openhab2/services/dsmr.cfg",
        "/etc/openhab/configurations/openhab.cfg",
    };
    return index < sizeof places / sizeof *places ? places[index] : NULL;
}

const char *config_find(void)
{
    const char *place;
    for (size_t i = 0; (place = config_place(i)) != NULL; i++)
        if (access(place, F_OK) == 0)
            break;
    return place;
}

const char *config_text(const struct config *config, enum config_key key)
{
    return config->values[key].text;
}

int64_t config_number(const struct config *config, enum config_key key)
{
    return config->values[key].number;
}

bool config_is_set(const struct config *config, enum config_key key)
{
    return config->values[key].set;
}
