/* SPDX-License-Identifier: MIT */
/*
 * A small HTTP server for the tests of what talks to one: real sockets, on a thread of its own,
 * connections kept, every request recorded. The test says what each request is answered.
 */
#ifndef DSMR_TESTS_HTTP_SERVER_H
#define DSMR_TESTS_HTTP_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SERVER_CONNECTIONS = 32,
    SERVER_REQUESTS = 2000,
    SERVER_REQUEST_SIZE = 8192,
    SERVER_CLOSE = -1, /* answer: close the connection without a word */
    SERVER_HANG = -2,  /* answer: none, ever */
};

struct seen_request {
    int connection; /* counted from 0, never used again */
    char method[8];
    char path[200];
    char head[600]; /* the lines behind the first */
    char body[200];
};

struct server_answer {
    int status;
    char head[200]; /* further lines, each with its line end */
    char body[4096];
};

typedef void server_decide(void *context, const struct seen_request *request,
                           struct server_answer *answer);

struct server_connection {
    int fd;
    int number;
    char bytes[SERVER_REQUEST_SIZE];
    size_t size;
};

struct http_server {
    int port;
    server_decide *decide; /* called on the server's thread, with the lock held */
    void *context;
    pthread_mutex_t lock; /* for what follows */
    struct seen_request requests[SERVER_REQUESTS];
    size_t count;
    int connections;

    int listener;
    int stop[2];
    pthread_t thread;
    struct server_connection open[SERVER_CONNECTIONS];
    size_t open_count;
};

static inline void server_close_connection(struct http_server *server, size_t index)
{
    close(server->open[index].fd);
    server->open[index] = server->open[--server->open_count];
}

static inline void server_accept(struct http_server *server)
{
    int fd = accept(server->listener, NULL, NULL);
    if (fd < 0 || server->open_count == SERVER_CONNECTIONS) {
        close(fd);
        return;
    }
    struct server_connection *connection = &server->open[server->open_count++];
    connection->fd = fd;
    connection->size = 0;
    connection->number = server->connections++;
}

/* Takes one whole request out of the connection's bytes; false when there is none yet. */
static inline bool server_take(struct server_connection *connection, struct seen_request *request)
{
    connection->bytes[connection->size] = '\0';
    char *end = strstr(connection->bytes, "\r\n\r\n");
    if (end == NULL)
        return false;
    const char *length = strcasestr(connection->bytes, "\r\nContent-Length:");
    size_t body = length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0;
    size_t whole = (size_t)(end + 4 - connection->bytes) + body;
    if (connection->size < whole)
        return false;
    *end = '\0';
    request->connection = connection->number;
    sscanf(connection->bytes, "%7s %199s", request->method, request->path);
    snprintf(request->head, sizeof request->head, "%s", strstr(connection->bytes, "\r\n") + 2);
    snprintf(request->body, sizeof request->body, "%.*s", (int)body, end + 4);
    memmove(connection->bytes, connection->bytes + whole, connection->size - whole);
    connection->size -= whole;
    return true;
}

/* Returns false when the connection is to be closed. */
static inline bool server_answer(struct http_server *server, struct server_connection *connection,
                                 const struct seen_request *request)
{
    struct server_answer answer = {.status = 202};
    pthread_mutex_lock(&server->lock);
    if (server->count < SERVER_REQUESTS)
        server->requests[server->count++] = *request;
    server->decide(server->context, request, &answer);
    pthread_mutex_unlock(&server->lock);
    if (answer.status == SERVER_HANG)
        return true;
    if (answer.status == SERVER_CLOSE)
        return false;
    char text[5000];
    int size = snprintf(text, sizeof text, "HTTP/1.1 %d x\r\n%sContent-Length: %zu\r\n\r\n%s",
                        answer.status, answer.head, strlen(answer.body), answer.body);
    return send(connection->fd, text, (size_t)size, MSG_NOSIGNAL) == size;
}

static inline bool server_read(struct http_server *server, struct server_connection *connection)
{
    size_t room = sizeof connection->bytes - 1 - connection->size;
    ssize_t got = read(connection->fd, connection->bytes + connection->size, room);
    if (got <= 0)
        return false;
    connection->size += (size_t)got;
    struct seen_request request = {0};
    while (server_take(connection, &request))
        if (!server_answer(server, connection, &request))
            return false;
    return true;
}

static inline void *server_run(void *context)
{
    struct http_server *server = context;
    for (;;) {
        struct pollfd fds[SERVER_CONNECTIONS + 2] = {{.fd = server->stop[0], .events = POLLIN},
                                                     {.fd = server->listener, .events = POLLIN}};
        size_t count = server->open_count;
        for (size_t i = 0; i < count; i++)
            fds[i + 2] = (struct pollfd){.fd = server->open[i].fd, .events = POLLIN};
        poll(fds, count + 2, -1);
        if (fds[0].revents != 0)
            return NULL;
        for (size_t i = count; i-- > 0;)
            if (fds[i + 2].revents != 0 && !server_read(server, &server->open[i]))
                server_close_connection(server, i);
        if (fds[1].revents != 0)
            server_accept(server);
    }
}

/* Listens on server->port of 127.0.0.1, or on a free one when it is 0. Requests are kept. */
static inline bool server_start(struct http_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)server->port)};
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(server->listener, (struct sockaddr *)&address, size) != 0 ||
        listen(server->listener, 64) != 0)
        return false;
    getsockname(server->listener, (struct sockaddr *)&address, &size);
    server->port = ntohs(address.sin_port);
    server->open_count = 0;
    pthread_mutex_init(&server->lock, NULL);
    return pipe(server->stop) == 0 &&
           pthread_create(&server->thread, NULL, server_run, server) == 0;
}

/* Closes everything; server_start() may follow. */
static inline void server_stop(struct http_server *server)
{
    close(server->stop[1]);
    pthread_join(server->thread, NULL);
    while (server->open_count > 0)
        server_close_connection(server, 0);
    close(server->listener);
    close(server->stop[0]);
    pthread_mutex_destroy(&server->lock);
}

static inline size_t server_count(struct http_server *server)
{
    pthread_mutex_lock(&server->lock);
    size_t count = server->count;
    pthread_mutex_unlock(&server->lock);
    return count;
}

#endif
