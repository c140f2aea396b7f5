/* SPDX-License-Identifier: MIT */
/*
 * The HTTP client over libcurl's multi_socket interface. libcurl names the descriptors to watch and
 * the time to wake it at; we tell it what happened to them. It must not be called from inside its
 * own callbacks, so those only set watches and timers, and a timer waits for at least 1 ms.
 */
#include "net/http_client.h"

#include "core/memory.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One request that can be under way, with a handle that is used again and again. */
struct slot {
    struct http_client *client;
    CURL *easy;
    bool busy;
    struct curl_slist *headers;
    char error[CURL_ERROR_SIZE];
    char *body; /* of the answer, so far */
    size_t body_size;
    http_done *done;
    void *context;
};

/* A descriptor that libcurl wants to hear of. */
struct descriptor {
    struct http_client *client;
    struct loop_watch *watch;
    curl_socket_t fd;
    struct descriptor *next;
};

struct http_client {
    struct http_setup setup;
    CURLM *multi;
    struct loop_timer *timer;
    struct descriptor *descriptors;
    char *no_proxy;
    size_t busy;
    struct slot slots[];
};

/* libcurl fails in these places only when there is no memory. */
static void *must(void *made)
{
    if (made != NULL)
        return made;
    fprintf(stderr, "dsmr: out of memory\n");
    exit(EXIT_FAILURE);
}

static int wanted_events(int what)
{
    return (what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0);
}

/* CURL_POLL_IN, _OUT and _INOUT are 1, 2 and 3, CURL_POLL_REMOVE is 4. */
_Static_assert((CURL_POLL_IN | CURL_POLL_OUT) == CURL_POLL_INOUT, "the events are bits");

static void collect(struct http_client *client);

static void on_descriptor(void *context, int events, int error)
{
    struct descriptor *descriptor = context;
    struct http_client *client = descriptor->client;
    int seen = (events & LOOP_READ ? CURL_CSELECT_IN : 0) |
               (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0) | (error != 0 ? CURL_CSELECT_ERR : 0);
    int running;
    curl_multi_socket_action(client->multi, descriptor->fd, seen, &running);
    collect(client);
}

static void forget_descriptor(struct http_client *client, struct descriptor *descriptor)
{
    struct descriptor **link = &client->descriptors;
    while (*link != descriptor)
        link = &(*link)->next;
    *link = descriptor->next;
    loop_watch_free(descriptor->watch);
    free(descriptor);
}

static void add_descriptor(struct http_client *client, curl_socket_t fd, int events)
{
    struct descriptor *descriptor = memory_new(1, sizeof *descriptor);
    descriptor->client = client;
    descriptor->fd = fd;
    descriptor->watch = loop_watch_new(client->setup.loop, fd, events, on_descriptor, descriptor);
    descriptor->next = client->descriptors;
    client->descriptors = descriptor;
    curl_multi_assign(client->multi, fd, descriptor);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *attached)
{
    (void)easy;
    struct http_client *client = context;
    struct descriptor *descriptor = attached;
    if (what == CURL_POLL_REMOVE) {
        if (descriptor != NULL)
            forget_descriptor(client, descriptor);
        return 0;
    }
    if (descriptor == NULL)
        add_descriptor(client, fd, wanted_events(what));
    else if (descriptor->watch != NULL)
        loop_watch_set(descriptor->watch, wanted_events(what));
    /* One that cannot be watched lets its request run into its time limit. */
    return 0;
}

static int on_timer_wanted(CURLM *multi, long delay, void *context)
{
    (void)multi;
    struct http_client *client = context;
    if (delay < 0)
        loop_timer_stop(client->timer);
    else
        loop_timer_start(client->timer, delay > 0 ? delay : 1, 0);
    return 0;
}

static void on_timer(void *context)
{
    struct http_client *client = context;
    int running;
    curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    collect(client);
}

static size_t on_body(char *bytes, size_t one, size_t size, void *context)
{
    (void)one; /* always 1 */
    struct slot *slot = context;
    size_t room = slot->client->setup.answer_limit - slot->body_size;
    size_t kept = size < room ? size : room;
    if (kept > 0) {
        slot->body = memory_grow(slot->body, slot->body_size + kept + 1, 1);
        memcpy(slot->body + slot->body_size, bytes, kept);
        slot->body_size += kept;
        slot->body[slot->body_size] = '\0';
    }
    return size;
}

static void describe_timeout(const struct slot *slot, char *out, size_t size)
{
    long sent = 0;
    curl_easy_getinfo(slot->easy, CURLINFO_REQUEST_SIZE, &sent);
    int64_t limit = sent > 0 ? slot->client->setup.answer_ms : slot->client->setup.connect_ms;
    snprintf(out, size, "no %s within %g s", sent > 0 ? "answer" : "connection",
             (double)limit / 1000);
}

static void describe_refusal(const struct slot *slot, char *out, size_t size)
{
    long number = 0;
    curl_easy_getinfo(slot->easy, CURLINFO_OS_ERRNO, &number);
    snprintf(out, size, "%s", number != 0 ? strerror((int)number) : slot->error);
    out[0] = (char)tolower((unsigned char)out[0]);
}

/* Why no answer came, in words that a user can act on. */
static void describe(const struct slot *slot, CURLcode result, char *out, size_t size)
{
    const char *detail = slot->error[0] != '\0' ? slot->error : curl_easy_strerror(result);
    switch (result) {
    case CURLE_OPERATION_TIMEDOUT:
        describe_timeout(slot, out, size);
        break;
    case CURLE_COULDNT_CONNECT:
        describe_refusal(slot, out, size);
        break;
    case CURLE_COULDNT_RESOLVE_HOST:
        snprintf(out, size, "its name is not known to the network");
        break;
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
        snprintf(out, size, "the connection was closed before the answer came");
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        snprintf(out, size, "its certificate is not trusted: %s", detail);
        break;
    case CURLE_SSL_CONNECT_ERROR:
        snprintf(out, size, "no TLS connection: %s", detail);
        break;
    default:
        snprintf(out, size, "%s", detail);
        break;
    }
}

static bool is_broken(CURLcode result)
{
    return result == CURLE_GOT_NOTHING || result == CURLE_RECV_ERROR ||
           result == CURLE_SEND_ERROR || result == CURLE_PARTIAL_FILE;
}

/* Takes the request out of the handle, which can then carry the next. */
static void release(struct slot *slot)
{
    curl_multi_remove_handle(slot->client->multi, slot->easy);
    curl_slist_free_all(slot->headers);
    slot->headers = NULL;
    slot->busy = false;
    slot->client->busy--;
}

static void finish(struct slot *slot, CURLcode result)
{
    char error[CURL_ERROR_SIZE + 64];
    char *location = NULL;
    long status = 0;
    curl_off_t retry_after = 0;
    if (result == CURLE_OK) {
        curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(slot->easy, CURLINFO_REDIRECT_URL, &location);
        curl_easy_getinfo(slot->easy, CURLINFO_RETRY_AFTER, &retry_after);
    } else {
        describe(slot, result, error, sizeof error);
    }
    /* The callback may use the slot for its next request: what it reads is not the slot's. */
    location = location != NULL ? memory_text(location) : NULL;
    char *body = slot->body;
    slot->body = NULL;
    struct http_answer answer = {
        .status = (int)status,
        .error = result != CURLE_OK ? error : NULL,
        .broken = is_broken(result),
        .location = location,
        .retry_after_s = (int64_t)retry_after,
        .body = body != NULL ? body : "",
        .body_size = slot->body_size,
    };
    release(slot);
    slot->done(slot->context, &answer);
    free(body);
    free(location);
}

static void collect(struct http_client *client)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode result = message->data.result;
        char *slot = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
        finish((struct slot *)(void *)slot, result);
    }
}

/* A no_proxy of our own replaces that of the environment, which has to be kept for the rest. */
static char *compose_no_proxy(void)
{
    const char *lower = getenv("no_proxy");
    const char *given = lower != NULL ? lower : getenv("NO_PROXY");
    if (given != NULL && strcmp(given, "*") == 0)
        return memory_text("*");
    return memory_print("%s%slocalhost,127.0.0.0/8,::1", given != NULL ? given : "",
                        given != NULL && *given != '\0' ? "," : "");
}

static void open_slot(struct http_client *client, struct slot *slot)
{
    CURL *easy = must(curl_easy_init());
    slot->client = client;
    slot->easy = easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, slot);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, slot->error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, slot);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* Else the end of a request waits for the thread that looks up its name. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)client->setup.connect_ms);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)client->setup.answer_ms);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, client->no_proxy);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "dsmr/" DSMR_VERSION);
    if (client->setup.ca != NULL)
        curl_easy_setopt(easy, CURLOPT_CAINFO, client->setup.ca);
    if (client->setup.user != NULL) {
        const char *password = client->setup.password;
        curl_easy_setopt(easy, CURLOPT_USERNAME, client->setup.user);
        curl_easy_setopt(easy, CURLOPT_PASSWORD, password != NULL ? password : "");
    }
}

struct http_client *http_client_new(const struct http_setup *setup)
{
    size_t slots = setup->parallel * sizeof(struct slot);
    struct http_client *client = memory_new(1, sizeof *client + slots);
    client->setup = *setup;
    client->timer = loop_timer_new(setup->loop, on_timer, client);
    client->no_proxy = compose_no_proxy();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    client->multi = must(curl_multi_init());
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timer_wanted);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)setup->parallel);
    for (size_t i = 0; i < setup->parallel; i++)
        open_slot(client, &client->slots[i]);
    /* libcurl has its own copies. */
    client->setup.ca = client->setup.user = client->setup.password = NULL;
    return client;
}

size_t http_client_room(const struct http_client *client)
{
    return client->setup.parallel - client->busy;
}

static struct slot *idle_slot(struct http_client *client)
{
    for (size_t i = 0; i < client->setup.parallel; i++)
        if (!client->slots[i].busy)
            return &client->slots[i];
    return NULL;
}

static void set_body(CURL *easy, const struct http_request *request)
{
    if (request->body != NULL) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body);
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

bool http_client_send(struct http_client *client, const struct http_request *request,
                      http_done *done, void *context)
{
    struct slot *slot = idle_slot(client);
    if (slot == NULL)
        return false;
    slot->busy = true;
    client->busy++;
    slot->done = done;
    slot->context = context;
    slot->body_size = 0;
    slot->error[0] = '\0';
    /* Else a large body waits for a permission that some servers never send. */
    slot->headers = must(curl_slist_append(NULL, "Expect:"));
    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++)
        slot->headers = must(curl_slist_append(slot->headers, request->headers[i]));
    curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, slot->headers);
    curl_easy_setopt(slot->easy, CURLOPT_URL, request->url);
    set_body(slot->easy, request);
    curl_multi_add_handle(client->multi, slot->easy);
    return true;
}

void http_client_free(struct http_client *client)
{
    if (client == NULL)
        return;
    for (size_t i = 0; i < client->setup.parallel; i++) {
        if (client->slots[i].busy)
            release(&client->slots[i]);
        free(client->slots[i].body);
        curl_easy_cleanup(client->slots[i].easy);
    }
    /* Closing the kept connections still calls back; no descriptor may be watched by then. */
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, NULL);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, NULL);
    while (client->descriptors != NULL)
        forget_descriptor(client, client->descriptors);
    curl_multi_cleanup(client->multi);
    curl_global_cleanup();
    loop_timer_free(client->timer);
    free(client->no_proxy);
    free(client);
}
