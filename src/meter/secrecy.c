/* SPDX-License-Identifier: MIT */
#include "meter/secrecy.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

struct secrecy {
    struct secrecy_setup setup; /* without the keys */
    struct decryption *decryption;
    unsigned told;              /* of how telegrams are read: bits 1 << enum trust */
    enum dsmr_status complaint; /* what was told last of why they are not; DSMR_OK: nothing */
    bool opened;                /* a telegram with this key */
    bool counts;                /* title and counter are those of the last telegram that was used */
    char title[DSMR_TITLE_SIZE];
    uint32_t counter;
    bool seen; /* last_title is that of the last frame */
    char last_title[DSMR_TITLE_SIZE];
};

struct secrecy *secrecy_new(const struct secrecy_setup *setup)
{
    struct secrecy *secrecy = memory_new(1, sizeof *secrecy);
    secrecy->setup = *setup;
    secrecy->decryption = decryption_new(&setup->keys);
    explicit_bzero(&secrecy->setup.keys, sizeof secrecy->setup.keys);
    if (setup->keys.present && !secrecy->decryption)
        log_error(setup->log, "meter", "%s: OpenSSL has no AES-128-GCM here: nothing is decrypted",
                  setup->meter);
    return secrecy;
}

const struct dsmr_cipher *secrecy_cipher(const struct secrecy *secrecy)
{
    return decryption_cipher(secrecy->decryption);
}

/* ------------------------------------------------------------------------------------------------
 * Telegrams that were read
 */

/* What was done before a telegram was believed. */
enum trust { NOT_ENCRYPTED, TAG_CHECKED, NO_TAG, TAG_NOT_CHECKED };

static const char *words_for(enum trust trust)
{
    switch (trust) {
    case NOT_ENCRYPTED:
        return "a telegram is not encrypted, and read as it is";
    case TAG_CHECKED:
        return "telegrams are decrypted and their authentication tags are right";
    case NO_TAG:
        return "telegrams are decrypted; they have no authentication tags, their CRC is checked";
    case TAG_NOT_CHECKED:
        break;
    }
    return "telegrams are decrypted; their CRC is checked, their authentication tags are not, "
           "without "
           "decryption.authkey";
}

static enum trust trust_in(const struct dsmr_telegram *telegram)
{
    if (telegram->protection == DSMR_PLAIN)
        return NOT_ENCRYPTED;
    if (telegram->protection == DSMR_AUTHENTICATED)
        return TAG_CHECKED;
    return telegram->tagged ? TAG_NOT_CHECKED : NO_TAG;
}

/* That a meter without a key sends text is no news; that tags are wanted and missing is bad news. */
static void tell_trust(struct secrecy *secrecy, const struct dsmr_telegram *telegram)
{
    enum trust trust = trust_in(telegram);
    if (secrecy->decryption == NULL || (secrecy->told & 1u << trust) != 0)
        return;
    secrecy->told |= 1u << trust;
    bool less = secrecy_cipher(secrecy)->authenticate && trust != TAG_CHECKED;
    log_write(secrecy->setup.log, less ? LOG_WARN : LOG_INFO, "meter", "%s: %s",
              secrecy->setup.meter, words_for(trust));
}

/* A counter starts anew with another key, that is with another configuration, or another meter. */
static bool is_replay(const struct secrecy *secrecy, const struct dsmr_telegram *telegram)
{
    return secrecy->setup.refuse_replays && secrecy->counts &&
           telegram->counter <= secrecy->counter &&
           memcmp(secrecy->title, telegram->title.at, DSMR_TITLE_SIZE) == 0;
}

const char *secrecy_check(struct secrecy *secrecy, const struct dsmr_telegram *telegram)
{
    if (telegram->protection != DSMR_PLAIN) {
        if (is_replay(secrecy, telegram))
            return "its frame counter does not rise: replayed";
        secrecy->opened = true;
        secrecy->complaint = DSMR_OK;
        secrecy->counts = true;
        secrecy->counter = telegram->counter;
        memcpy(secrecy->title, telegram->title.at, DSMR_TITLE_SIZE);
    }
    tell_trust(secrecy, telegram);
    return NULL;
}

/* ------------------------------------------------------------------------------------------------
 * Telegrams that were not
 */

/* What stands before a key of this meter. */
static void print_prefix(const struct secrecy *secrecy, char *out, size_t size)
{
    bool main = strcmp(secrecy->setup.meter, "main") == 0;
    snprintf(out, size, "%s%s%s", main ? "" : "meter.", main ? "" : secrecy->setup.meter,
             main ? "" : ".");
}

static void complain_of(const struct secrecy *secrecy, const struct dsmr_telegram *telegram)
{
    struct log *log = secrecy->setup.log;
    const char *meter = secrecy->setup.meter;
    char prefix[64];
    print_prefix(secrecy, prefix, sizeof prefix);
    if (telegram->status == DSMR_ERR_KEY)
        log_warn(log, "meter",
                 "%s: the meter (made by %.3s) encrypts its telegrams: ask the grid operator for "
                 "its key, and set %sdecryption.key or %sdecryption.key.file",
                 meter, telegram->title.at, prefix, prefix);
    else if (telegram->status == DSMR_ERR_DECRYPT)
        log_warn(log, "meter",
                 "%s: a telegram cannot be decrypted: %sdecryption.key is that of another meter or "
                 "wrong, or the telegram was damaged",
                 meter, prefix);
    else
        log_warn(log, "meter",
                 "%s: %sdecryption.key is right, but an authentication tag is wrong: "
                 "%sdecryption.authkey is wrong, or the telegram was changed on its way",
                 meter, prefix, prefix);
}

bool secrecy_refused(struct secrecy *secrecy, const struct dsmr_telegram *telegram)
{
    bool unreadable = telegram->status == DSMR_ERR_KEY ||
                      (!secrecy->opened &&
                       (telegram->status == DSMR_ERR_DECRYPT || telegram->status == DSMR_ERR_TAG));
    if (unreadable && telegram->status != secrecy->complaint)
        complain_of(secrecy, telegram);
    if (unreadable)
        secrecy->complaint = telegram->status;
    return unreadable;
}

bool secrecy_is_meter(struct secrecy *secrecy, const struct dsmr_telegram *telegram)
{
    bool same = secrecy->seen && telegram->protection != DSMR_PLAIN &&
                memcmp(secrecy->last_title, telegram->title.at, DSMR_TITLE_SIZE) == 0;
    secrecy->seen = telegram->protection != DSMR_PLAIN;
    if (secrecy->seen)
        memcpy(secrecy->last_title, telegram->title.at, DSMR_TITLE_SIZE);
    return same;
}

void secrecy_free(struct secrecy *secrecy)
{
    if (!secrecy)
        return;
    decryption_free(secrecy->decryption);
    free(secrecy);
}
