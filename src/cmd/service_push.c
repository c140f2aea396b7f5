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

static const char topic[] = "push";

/* Lines of the request's head, ended by a NULL. */
struct head {
    char *lines[HEADERS_MAX + 1];
    size_t count;
};

static bool says(const struct config *config, enum config_key key, const char *word)
{
    return strcmp(config_text(config, key), word) == 0;
}

/* InfluxDB 2 has a word of its own where all others say Bearer. */
static void add_token(struct head *head, const struct config *config, struct log *log)
{
    const char *path = config_text(config, CONFIG_PUSH_TOKEN_FILE);
    bool version_2 = strstr(config_text(config, CONFIG_PUSH_URL), "/api/v2/") != NULL;
    if (path == NULL)
        return;
    char *token = secret_file_line("push.token.file", path, topic, log);
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
                       int number, struct log *log)
{
    while (size > 0 && strchr(" \t\r", line[size - 1]) != NULL)
        size--;
    if (size == 0 || *line == '#')
        return;
    if (!is_header(line, size))
        log_error(log, topic, "%s:%d is left out: no line such as X-Api-Key: abc", place, number);
    else if (head->count == HEADERS_MAX)
        log_error(log, topic, "%s:%d is left out: more than %d lines", place, number, HEADERS_MAX);
    else
        head->lines[head->count++] = memory_copy(line, size);
}

static void add_header_file(struct head *head, const struct config *config, struct log *log)
{
    struct text_file file;
    const char *path = config_text(config, CONFIG_PUSH_HEADER_FILE);
    if (path == NULL || !secret_file_read(&file, "push.header.file", path, topic, log))
        return;
    const char *line = file.text;
    for (int number = 1; *line != '\0'; number++) {
        size_t size = strcspn(line, "\n");
        add_header(head, line, size, path, number, log);
        line += size + (line[size] == '\n' ? 1 : 0);
    }
    secret_path_free(&file);
}

static char *read_password(const struct config *config, struct log *log)
{
    const char *path = config_text(config, CONFIG_PUSH_PASSWORD_FILE);
    return path != NULL ? secret_file_line("push.password.file", path, topic, log) : NULL;
}

struct sink *service_push_new(const struct config *config, struct loop *loop, struct log *log)
{
    struct head head = {0};
    if (!config_is_set(config, CONFIG_PUSH_URL))
        return NULL;
    add_token(&head, config, log);
    add_header_file(&head, config, log);
    char *password = read_password(config, log);
    bool token = config_is_set(config, CONFIG_PUSH_TOKEN_FILE);
    struct push_setup setup = {
        .loop = loop,
        .log = log,
        .url = config_text(config, CONFIG_PUSH_URL),
        .format = says(config, CONFIG_PUSH_FORMAT, "influx") ? PUSH_INFLUX : PUSH_JSON,
        .measurement = config_text(config, CONFIG_PUSH_MEASUREMENT),
        .headers = (const char *const *)head.lines,
        .user = token ? NULL : config_text(config, CONFIG_PUSH_USER),
        .password = password,
        .ca = config_text(config, CONFIG_PUSH_CA),
        .gzip = says(config, CONFIG_PUSH_GZIP, "yes"),
        .batch = (size_t)config_number(config, CONFIG_PUSH_BATCH),
        .batch_ms = config_number(config, CONFIG_PUSH_BATCH_SECONDS) * 1000,
        .spool = config_text(config, CONFIG_PUSH_SPOOL),
        .spool_limit = (uint64_t)config_number(config, CONFIG_PUSH_SPOOL_LIMIT) * MEGABYTE,
        .rate = config_number(config, CONFIG_PUSH_SPOOL_RATE),
    };
    struct sink *sink = push_sink_new(&setup);
    for (size_t i = 0; i < head.count; i++)
        secret_forget(head.lines[i]);
    secret_forget(password);
    return sink;
}
