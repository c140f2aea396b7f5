/* SPDX-License-Identifier: MIT */
#include "cmd/service_push.h"

#include "cmd/secret_file.h"
#include "config/secret_path.h"
#include "core/memory.h"
#include "sink/push.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MEGABYTE = 1000000, HEADERS_MAX = 32 };

/* Lines of the request's head, ended by a NULL. */
struct head {
    char *lines[HEADERS_MAX + 1];
    size_t count;
};

/* A destination of the configuration. */
struct wanted {
    const struct config *config;
    size_t push;
    const char *topic; /* of the log, and what its keys begin with */
    struct log *log;
};

static const char *text_of(const struct wanted *wanted, enum config_key key)
{
    return config_push_value(wanted->config, wanted->push, key)->text;
}

static int64_t number_of(const struct wanted *wanted, enum config_key key)
{
    return config_push_value(wanted->config, wanted->push, key)->number;
}

static bool says(const struct wanted *wanted, enum config_key key, const char *word)
{
    return strcmp(text_of(wanted, key), word) == 0;
}

/* The first line of the file that a key names; NULL, and told, when there is none. */
static char *secret_of(const struct wanted *wanted, enum config_key key)
{
    char name[CONFIG_PUSH_NAME_SIZE];
    const char *path = text_of(wanted, key);
    config_push_key(wanted->config, wanted->push, key, name);
    return path != NULL ? secret_file_line(name, path, wanted->topic, wanted->log) : NULL;
}

/* InfluxDB 2 has a word of its own where all others say Bearer. */
static void add_token(struct head *head, const struct wanted *wanted)
{
    bool version_2 = strstr(text_of(wanted, CONFIG_PUSH_URL), "/api/v2/") != NULL;
    char *token = secret_of(wanted, CONFIG_PUSH_TOKEN_FILE);
    if (token != NULL && head->count < HEADERS_MAX)
        head->lines[head->count++] =
            memory_print("Authorization: %s %s", version_2 ? "Token" : "Bearer", token);
    secret_forget(token);
}

/* "Name: text", without anything that could end the line. */
static bool is_header(const char *line, size_t size)
{
    size_t name = 0;
    while (name < size &&
           (isalnum((unsigned char)line[name]) || strchr("-_.!#$%&'*+^`|~", line[name])))
        name++;
    for (size_t i = name; i < size; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7F)
            return false;
    return name > 0 && name < size && line[name] == ':';
}

static void add_header(struct head *head, const char *line, size_t size, const char *place,
                       int number, const struct wanted *wanted)
{
    while (size > 0 && strchr(" \t\r", line[size - 1]) != NULL)
        size--;
    if (size == 0 || *line == '#')
        return;
    if (!is_header(line, size))
        log_error(wanted->log, wanted->topic, "%s:%d is left out: no line such as X-Api-Key: abc",
                  place, number);
    else if (head->count == HEADERS_MAX)
        log_error(wanted->log, wanted->topic, "%s:%d is left out: more than %d lines", place,
                  number, HEADERS_MAX);
    else
        head->lines[head->count++] = memory_copy(line, size);
}

static void add_header_file(struct head *head, const struct wanted *wanted)
{
    struct text_file file;
    char name[CONFIG_PUSH_NAME_SIZE];
    const char *path = text_of(wanted, CONFIG_PUSH_HEADER_FILE);
    config_push_key(wanted->config, wanted->push, CONFIG_PUSH_HEADER_FILE, name);
    if (path == NULL || !secret_file_read(&file, name, path, wanted->topic, wanted->log))
        return;
    const char *line = file.text;
    for (int number = 1; *line != '\0'; number++) {
        size_t size = strcspn(line, "\n");
        add_header(head, line, size, path, number, wanted);
        line += size + (line[size] == '\n' ? 1 : 0);
    }
    secret_path_free(&file);
}

static struct sink *open_sink(const struct wanted *wanted, struct loop *loop)
{
    struct head head = {0};
    add_token(&head, wanted);
    add_header_file(&head, wanted);
    char *password = secret_of(wanted, CONFIG_PUSH_PASSWORD_FILE);
    bool token = text_of(wanted, CONFIG_PUSH_TOKEN_FILE) != NULL;
    struct push_setup setup = {
        .loop = loop,
        .log = wanted->log,
        .topic = wanted->topic,
        .url = text_of(wanted, CONFIG_PUSH_URL),
        .format = says(wanted, CONFIG_PUSH_FORMAT, "influx") ? PUSH_INFLUX : PUSH_JSON,
        .measurement = text_of(wanted, CONFIG_PUSH_MEASUREMENT),
        .headers = (const char *const *)head.lines,
        .user = token ? NULL : text_of(wanted, CONFIG_PUSH_USER),
        .password = password,
        .ca = text_of(wanted, CONFIG_PUSH_CA),
        .gzip = says(wanted, CONFIG_PUSH_GZIP, "yes"),
        .batch = (size_t)number_of(wanted, CONFIG_PUSH_BATCH),
        .batch_ms = number_of(wanted, CONFIG_PUSH_BATCH_SECONDS) * 1000,
        .spool = text_of(wanted, CONFIG_PUSH_SPOOL),
        .spool_limit = (uint64_t)number_of(wanted, CONFIG_PUSH_SPOOL_LIMIT) * MEGABYTE,
        .rate = number_of(wanted, CONFIG_PUSH_SPOOL_RATE),
    };
    struct sink *sink = push_sink_new(&setup);
    for (size_t i = 0; i < head.count; i++)
        secret_forget(head.lines[i]);
    secret_forget(password);
    return sink;
}

struct sink *service_push_new(const struct config *config, size_t push, struct loop *loop,
                              struct log *log)
{
    const char *name = config_push_name(config, push);
    bool main = strcmp(name, CONFIG_MAIN_PUSH) == 0;
    char *topic = memory_print("push%s%s", main ? "" : ".", main ? "" : name);
    struct sink *sink = open_sink(&(struct wanted){config, push, topic, log}, loop);
    free(topic);
    return sink;
}
