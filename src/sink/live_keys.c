/* SPDX-License-Identifier: MIT */
/*
 * Reads single keys. The terminal is opened for that once more: to watch standard input would make it
 * non-blocking, and with it standard output, which is often the same open file.
 */
#include "sink/live_keys.h"

#include "core/memory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

struct live_keys {
    live_keys_callback *callback;
    void *context;
    struct loop_watch *watch;
    struct termios before;
    int fd;
};

struct key {
    const char *bytes;
    int step;
};

/* Tab and the arrow keys, as every terminal sends them; and letters, for a terminal that does not. */
static const struct key known[] = {
    {"\t", 1},      {"n", 1},  {"\033[C", 1},  {"\033[B", 1},  {"\033OC", 1},  {"\033OB", 1},
    {"\033[Z", -1}, {"p", -1}, {"\033[D", -1}, {"\033[A", -1}, {"\033OD", -1}, {"\033OA", -1},
};

/* The key at the beginning of the text; NULL when it means nothing. */
static const struct key *key_at(const char *text)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strncmp(text, known[i].bytes, strlen(known[i].bytes)) == 0)
            return &known[i];
    return NULL;
}

static void on_keys(void *context, int events, int error)
{
    struct live_keys *keys = context;
    char text[64];
    ssize_t size = error == 0 ? read(keys->fd, text, sizeof text - 1) : 0;
    (void)events;
    if (size <= 0) {
        loop_watch_set(keys->watch, 0);
        return;
    }
    text[size] = '\0';
    int step = 0;
    for (const char *at = text; at < text + size;) {
        const struct key *key = key_at(at);
        step += key ? key->step : 0;
        at += key ? strlen(key->bytes) : 1;
    }
    if (step != 0)
        keys->callback(keys->context, step);
}

/* Keys come one by one and are not shown; Ctrl+C and the like work as before. */
static bool take_keys(struct live_keys *keys)
{
    if (tcgetpgrp(keys->fd) != getpgrp() || tcgetattr(keys->fd, &keys->before) != 0)
        return false;
    struct termios single = keys->before;
    single.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    single.c_cc[VMIN] = 1;
    single.c_cc[VTIME] = 0;
    return tcsetattr(keys->fd, TCSANOW, &single) == 0;
}

struct live_keys *live_keys_new(struct loop *loop, live_keys_callback *callback, void *context)
{
    int fd = open("/dev/tty", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    struct live_keys *keys = memory_new(1, sizeof *keys);
    *keys = (struct live_keys){.callback = callback, .context = context, .fd = fd};
    if (take_keys(keys)) {
        keys->watch = loop_watch_new(loop, fd, LOOP_READ, on_keys, keys);
        return keys;
    }
    close(fd);
    free(keys);
    return NULL;
}

void live_keys_free(struct live_keys *keys)
{
    if (!keys)
        return;
    loop_watch_free(keys->watch);
    if (tcgetpgrp(keys->fd) == getpgrp())
        tcsetattr(keys->fd, TCSANOW, &keys->before);
    close(keys->fd);
    free(keys);
}
