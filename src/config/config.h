/* SPDX-License-Identifier: MIT */
/*
 * dsmr.cfg: one key=value a line, in the syntax of the old binding's services/dsmr.cfg. All keys
 * stand in keys.def; the reader, dsmr check and the documentation come from that table.
 */
#ifndef DSMR_CONFIG_CONFIG_H
#define DSMR_CONFIG_CONFIG_H

#include "core/complaints.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum config_type {
    CONFIG_TYPE_TEXT,
    CONFIG_TYPE_NUMBER,      /* a whole number between min and max */
    CONFIG_TYPE_CHOICE,      /* one of the words in allowed */
    CONFIG_TYPE_PORT,        /* a device, tcp://host:port and others: see port_form.h */
    CONFIG_TYPE_LISTEN,      /* places to serve others at: see listen.h */
    CONFIG_TYPE_HTTP_LISTEN, /* 127.0.0.1:8095: see http_listen.h */
    CONFIG_TYPE_SETTINGS,    /* 115200 8N1 */
    CONFIG_TYPE_URL,         /* http:// or https:// */
    CONFIG_TYPE_ENDPOINT,    /* http:// or https:// with path and query, which may be secret */
    CONFIG_TYPE_ZONE,        /* Europe/Amsterdam */
    CONFIG_TYPE_PACE,        /* every, change or seconds: see pace_rule.h */
    CONFIG_TYPE_DEADBAND,    /* 2%, 50 W: see pace_rule.h */
    CONFIG_TYPE_BROKER,      /* mqtt://host:1883 and others: see broker.h */
    CONFIG_TYPE_TOPIC,       /* yes, no, or a topic with {meter} and {item}: see topic_form.h */
    CONFIG_TYPE_ITEM_TOPIC,  /* no, or a topic with {item} in it */
    CONFIG_TYPE_PLAIN_TOPIC, /* a topic */
    CONFIG_TYPE_HOMIE_ID,    /* a-z, 0-9 and -, as the Homie convention has it */
    CONFIG_TYPE_PATH,    /* a file or a folder; one that does not begin with / is sought from the
                                folder of the configuration on, and kept as a whole path */
    CONFIG_TYPE_SECRET,  /* text that is never shown */
    CONFIG_TYPE_KEY,     /* 32 hexadecimal digits that are never shown */
    CONFIG_TYPE_IGNORED, /* accepted for old files, without effect */
};

/* Counts the keys that each meter has for itself. */
enum {
#define METER_KEY(name, symbol, type, min, max, fallback, allowed, description)                    \
    CONFIG_METER_##symbol,
#define KEY(name, symbol, type, min, max, fallback, allowed, description)
#include "config/keys.def"
#undef KEY
    CONFIG_METER_KEYS
};

/* The place of a key among those that each destination of push has for itself. */
enum {
#define PUSH_KEY(name, symbol, type, min, max, fallback, allowed, description) CONFIG_EACH_##symbol,
#define KEY(name, symbol, type, min, max, fallback, allowed, description)
#include "config/keys.def"
#undef KEY
    CONFIG_PUSH_KEY_COUNT
};

enum config_key {
#define KEY(name, symbol, type, min, max, fallback, allowed, description) CONFIG_##symbol,
#include "config/keys.def"
#undef KEY
    CONFIG_KEY_COUNT,
    CONFIG_METER_KEY_COUNT = CONFIG_METER_KEYS, /* they stand first */
    CONFIG_PUSH_FIRST = CONFIG_PUSH_URL         /* and there those of push, CONFIG_PUSH_KEY_COUNT */
};

struct config_value {
    char *text;     /* NULL when neither set nor with a default */
    int64_t number; /* for CONFIG_TYPE_NUMBER; for CONFIG_TYPE_CHOICE the place of the word;
                       for CONFIG_TYPE_PACE its enum pace_mode */
    bool set;       /* by the user */
    int line;
    int first; /* line where the key stood first, whatever came of it; 0 if it did not */
};

/* A meter whose keys are meter.<name>.…; the one called main has those without meter.main. too. */
struct config_meter {
    char *name;
    int line; /* where it is named first */
    struct config_value values[CONFIG_METER_KEY_COUNT];
};

/* The value of openhab.items that is no path. */
#define CONFIG_ITEMS_BY_REST "rest"
/* A destination whose keys are push.<name>.…; the one called main has those without push.main. too. */
struct config_push {
    char *name;
    int line; /* where it is named first */
    struct config_value values[CONFIG_PUSH_KEY_COUNT];
};

struct config {
    char *file; /* where it was read from, NULL if from nowhere */
    struct config_value values[CONFIG_KEY_COUNT];
    struct config_meter *meters; /* but for main, whose values stand above */
    size_t meter_count;
    struct config_push *pushes; /* but for main, whose values stand above */
    size_t push_count;
};

/* Every key at its default. */
void config_init(struct config *config);

/* Sets what is known of a key back to its default; where the key stood first is kept. */
void config_set_default(struct config_value *value, enum config_key key);

/*
 * Reads a file over what is there. Mistakes go to complaints, all of them; what is right is taken. A
 * bad value of a key that the old binding had (channels, portsettings) is of severity mistake, since
 * that one ignored it and went on; unknown keys and bad values of other keys are errors.
 * Returns false when the file cannot be read at all (told in complaints too).
 */
bool config_read(struct config *config, const char *path, struct complaints *complaints);

/* The same from memory; file is the name for complaints. */
void config_read_text(struct config *config, const char *file, const char *text, size_t size,
                      struct complaints *complaints);

/* The places where a configuration is looked for one by one, NULL past the last. Static text. */
const char *config_place(size_t index);

/* The first of them that exists; NULL if none. Static text. */
const char *config_find(void);

/* The text of a key, NULL when it has none. */
const char *config_text(const struct config *config, enum config_key key);
int64_t config_number(const struct config *config, enum config_key key);
bool config_is_set(const struct config *config, enum config_key key);

/* Sets a key of text to a value that is right for it, whatever the file says. */
void config_set(struct config *config, enum config_key key, const char *text);

/* Sets the port of main, whatever the file says. */
void config_set_port(struct config *config, const char *port);

void config_free(struct config *config);

/* ------------------------------------------------------------------------------------------------
 * The meters: main, when it has a port, then the others in the order of the file.
 */

enum { CONFIG_METER_NAME_MAX = 32 };

/* The name of the meter that the keys without meter.<name>. belong to. */
#define CONFIG_MAIN_METER "main"

size_t config_meter_count(const struct config *config);

/* Valid as long as the configuration. */
const char *config_meter_name(const struct config *config, size_t meter);

/* The place of the meter of that name (size bytes); config_meter_count() when there is none. */
size_t config_meter_find(const struct config *config, const char *name, size_t size);

/* What is known of a METER_KEY of that meter. Valid as long as the configuration. */
const struct config_value *config_meter_value(const struct config *config, size_t meter,
                                              enum config_key key);

/* As those without meter, for a METER_KEY. */
const char *config_meter_text(const struct config *config, size_t meter, enum config_key key);
int64_t config_meter_number(const struct config *config, size_t meter, enum config_key key);
bool config_meter_is_set(const struct config *config, size_t meter, enum config_key key);

/* ------------------------------------------------------------------------------------------------
 * Where telegrams are pushed to: main, when push.url is set, then the others in the order of the file.
 */

enum {
    CONFIG_PUSH_MAX = 8,         /* destinations, main among them */
    CONFIG_PUSH_NAME_SIZE = 100, /* bytes that the name of every key of theirs fits in */
};

/* The name of the destination that the keys without push.<name>. belong to. */
#define CONFIG_MAIN_PUSH "main"

size_t config_push_count(const struct config *config);

/* Valid as long as the configuration. */
const char *config_push_name(const struct config *config, size_t push);

/* What is known of a PUSH_KEY of that destination. Valid as long as the configuration. */
const struct config_value *config_push_value(const struct config *config, size_t push,
                                             enum config_key key);

/* The name of a key as it stands in the file: "push.influx.token.file", "push.token.file" of main. */
void config_push_key(const struct config *config, size_t push, enum config_key key,
                     char out[CONFIG_PUSH_NAME_SIZE]);

#endif
