/* SPDX-License-Identifier: MIT */
#include "cmd/doctor_telegrams.h"

#include "meter/origin.h"

#include <string.h>

enum { LINES_OF_A_METER = 3 }; /* without CRC, so many good lines prove the speed [reference 7] */

/* The ids of devices: who they are is for the report to show or to mask. */
static void note_equipment(struct doctor_telegrams *telegrams)
{
    static const char ending[] = "EquipmentId";
    struct buffer *out = &telegrams->history->equipment;
    buffer_clear(out);
    for (size_t i = 0; i < telegrams->decoded.count; i++) {
        const struct dsmr_reading *reading = &telegrams->decoded.readings[i];
        const char *id = dsmr_item_id(reading->item);
        size_t size = strlen(id);
        if (size >= sizeof ending - 1 && strcmp(id + size - (sizeof ending - 1), ending) == 0)
            buffer_print(out, "%s %.*s\n", id, (int)reading->text.size, reading->text.at);
    }
}

static void note_meter(struct doctor_telegrams *telegrams, const struct dsmr_telegram *telegram)
{
    struct doctor_history *history = telegrams->history;
    struct dsmr_origin origin;
    dsmr_origin_of(telegram, &origin);
    buffer_clear(&history->origin);
    origin_words(&history->origin, &origin);
    buffer_clear(&history->identification);
    buffer_add(&history->identification, telegram->identification.at,
               telegram->identification.size);
    note_equipment(telegrams);
    telegrams->usual_size = telegram->text.size;
}

static bool is_new_meter(const struct doctor_telegrams *telegrams,
                         const struct dsmr_telegram *telegram)
{
    const struct buffer *known = &telegrams->history->identification;
    return known->size != telegram->identification.size || known->size == 0 ||
           memcmp(known->at, telegram->identification.at, known->size) != 0;
}

static void tell_source(const struct doctor_telegrams *telegrams, enum source_verdict verdict)
{
    if (telegrams->verdict && !telegrams->restarting)
        telegrams->verdict(telegrams->context, verdict);
}

static void take_good(struct doctor_telegrams *telegrams, const struct dsmr_telegram *telegram)
{
    struct findings *findings = &telegrams->history->findings;
    decoded_read(&telegrams->decoded, telegram, &telegrams->channels, NULL);
    bool crc = telegram->crc == DSMR_CRC_OK;
    if (!crc && telegrams->decoded.count == 0) {
        findings->empty++;
        tell_source(telegrams, SOURCE_REFUSED);
        return;
    }
    findings->good++;
    findings->good_crc += crc;
    findings->good_encrypted += telegram->protection != DSMR_PLAIN;
    if (is_new_meter(telegrams, telegram))
        note_meter(telegrams, telegram);
    telegrams->usual_size = telegram->text.size;
    if (crc || telegrams->decoded.count >= LINES_OF_A_METER)
        tell_source(telegrams, SOURCE_GOOD);
}

static void count_refused(struct doctor_telegrams *telegrams, const struct dsmr_telegram *telegram)
{
    struct findings *findings = &telegrams->history->findings;
    switch (telegram->status) {
    case DSMR_ERR_CRC:
        findings->wrong_crc++;
        diagnosis_damage(findings, telegram, telegrams->usual_size);
        break;
    case DSMR_ERR_CUT:
        findings->cut++;
        break;
    case DSMR_ERR_TOO_LONG:
        findings->too_long++;
        break;
    case DSMR_ERR_HDLC:
        findings->hdlc++;
        break;
    case DSMR_ERR_KEY:
        findings->without_key++;
        break;
    case DSMR_ERR_TAG:
        findings->wrong_tag++;
        break;
    default:
        findings->not_decrypted++;
        break;
    }
}

static void take(struct doctor_telegrams *telegrams, const struct dsmr_telegram *telegram)
{
    struct findings *findings = &telegrams->history->findings;
    if (telegram->protection != DSMR_PLAIN && telegram->title.size == DSMR_TITLE_SIZE)
        memcpy(telegrams->history->title, telegram->title.at, DSMR_TITLE_SIZE);
    if (telegram->status == DSMR_OK) {
        take_good(telegrams, telegram);
    } else if (telegram->status == DSMR_ERR_GARBAGE) {
        /* Before the first telegram it may be the end of one that had begun before us. */
        findings->bad_bytes += findings->good > 0 ? telegram->skipped : 0;
    } else {
        count_refused(telegrams, telegram);
        tell_source(telegrams,
                    secrecy_is_meter(telegrams->secrecy, telegram) ? SOURCE_GOOD : SOURCE_REFUSED);
    }
}

static void take_telegrams(struct doctor_telegrams *telegrams)
{
    struct dsmr_telegram telegram;
    while (dsmr_framer_next(&telegrams->framer, &telegram) != DSMR_MORE)
        take(telegrams, &telegram);
}

static void restart(struct doctor_telegrams *telegrams)
{
    dsmr_framer_init(&telegrams->framer, telegrams->buffer, sizeof telegrams->buffer);
    dsmr_framer_decrypt(&telegrams->framer, secrecy_cipher(telegrams->secrecy));
}

void doctor_telegrams_start(struct doctor_telegrams *telegrams, const struct decryption_keys *keys)
{
    struct secrecy_setup setup = {.meter = "", .keys = *keys, .log = &telegrams->nowhere};
    telegrams->secrecy = secrecy_new(&setup);
    explicit_bzero(&setup.keys, sizeof setup.keys);
    dsmr_channels_init(&telegrams->channels);
    restart(telegrams);
}

void doctor_telegrams_push(struct doctor_telegrams *telegrams, const char *bytes, size_t size)
{
    dsmr_framer_push(&telegrams->framer, bytes, size);
    take_telegrams(telegrams);
}

void doctor_telegrams_pause(struct doctor_telegrams *telegrams)
{
    dsmr_framer_flush(&telegrams->framer, false);
    take_telegrams(telegrams);
}

void doctor_telegrams_restart(struct doctor_telegrams *telegrams)
{
    telegrams->restarting = true;
    doctor_telegrams_pause(telegrams);
    telegrams->restarting = false;
    restart(telegrams);
}

/* What has begun by now is neither good nor bad: that is for the verdict. */
void doctor_telegrams_end(struct doctor_telegrams *telegrams)
{
    struct findings *findings = &telegrams->history->findings;
    uint64_t cut = findings->cut;
    telegrams->restarting = true;
    dsmr_framer_flush(&telegrams->framer, true);
    take_telegrams(telegrams);
    findings->unfinished = findings->cut > cut;
    findings->cut = cut;
    secrecy_free(telegrams->secrecy);
    decoded_free(&telegrams->decoded);
}
