/* SPDX-License-Identifier: MIT */
#include "cmd/diagnosis.h"

#include "source/detection.h"
#include "source/parity.h"

enum {
    ENOUGH_GOOD = 10,    /* telegrams, none of them bad … */
    ENOUGH_DAMAGED = 10, /* … or so many bad ones beside them, for their share */
    ENOUGH_OTHER = 3,    /* that are of no use, all for the same reason */
    FEW_BYTES = 48,      /* prove nothing */
    TOLERABLE = 100,     /* one damaged telegram among so many is no fault */
    TEXT_PERCENT = 70,   /* as the detection of the speed has it */
    CLEAR_PERCENT = 90,  /* noise does not come near it */
};

/* ------------------------------------------------------------------------------------------------
 * Bytes
 */

static bool same_settings(const struct line_settings *a, const struct line_settings *b)
{
    return a->baud == b->baud && a->bits == b->bits && a->parity == b->parity && a->stop == b->stop;
}

static struct tally *tally_of(struct findings *findings, const struct line_settings *settings)
{
    size_t i = 0;
    while (i < findings->tally_count && !same_settings(&findings->tallies[i].settings, settings))
        i++;
    if (i == TALLIES)
        i--;
    if (i == findings->tally_count) {
        findings->tallies[i].settings = *settings;
        findings->tally_count++;
    }
    findings->tally = i;
    return &findings->tallies[i];
}

/*
 * Upside down, a character's eighth bit and its stop bit look like the line at rest and the next start
 * bit: the receiver settles one bit late, and reads a start bit and seven bits, all inverted.
 */
static bool is_inverted_text(unsigned char byte)
{
    return (byte & 1) != 0 && detection_is_text((unsigned char)(~(unsigned)byte >> 1 & 0x7F));
}

void diagnosis_hear(struct findings *findings, const struct line_settings *settings,
                    const char *bytes, size_t size)
{
    struct tally *tally = tally_of(findings, settings);
    tally->bytes += size;
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        bool masked = detection_is_text(byte & 0x7F);
        tally->text += detection_is_text(byte);
        tally->masked += masked;
        tally->parity += masked && parity_is_even(byte);
        tally->inverted += is_inverted_text(byte);
        tally->extreme += detection_is_extreme(byte);
        tally->nuls += byte == 0;
    }
}

void diagnosis_wait(struct findings *findings, int64_t ms)
{
    findings->listened_ms += ms;
    if (findings->tally_count > 0)
        findings->tallies[findings->tally].listened_ms += ms;
}

uint64_t diagnosis_bytes(const struct findings *findings)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < findings->tally_count; i++)
        bytes += findings->tallies[i].bytes;
    return bytes;
}

/* ------------------------------------------------------------------------------------------------
 * Damage
 */

/* A CRC is linear: each bit that is another changes it in its own way, wherever the rest is. */
static bool one_bit_repairs(struct dsmr_text text, uint16_t difference)
{
    static const char zero;
    uint16_t effect[8];
    for (unsigned bit = 0; bit < 8; bit++) {
        unsigned char byte = (unsigned char)(1U << bit);
        effect[bit] = dsmr_crc16(0, &byte, 1);
    }
    for (size_t i = text.size; i-- > 0;) {
        for (unsigned bit = 0; bit < 8; bit++) {
            unsigned char repaired = (unsigned char)((unsigned char)text.at[i] ^ 1U << bit);
            if (effect[bit] == difference && detection_is_text(repaired))
                return true;
            effect[bit] = dsmr_crc16(effect[bit], &zero, 1);
        }
    }
    return false;
}

/* True when the CRC is right once each line ends in CR LF, as meters send it. */
static bool line_ends_repair(const struct dsmr_telegram *telegram)
{
    const char *at = telegram->text.at;
    const char *end = at + telegram->text.size;
    uint16_t sum = 0;
    bool changed = false;
    while (at < end) {
        const char *line = at;
        while (at < end && *at != '\r' && *at != '\n')
            at++;
        sum = dsmr_crc16(sum, line, (size_t)(at - line));
        if (at == end)
            break;
        bool whole = *at == '\r' && at + 1 < end && at[1] == '\n';
        changed |= !whole;
        at += whole ? 2 : 1;
        sum = dsmr_crc16(sum, "\r\n", 2);
    }
    return changed && sum == telegram->crc_sent;
}

static uint64_t count_bad(struct dsmr_text text, uint64_t *nuls)
{
    uint64_t bad = 0;
    for (size_t i = 0; i < text.size; i++) {
        bad += !detection_is_text((unsigned char)text.at[i]);
        *nuls += text.at[i] == 0;
    }
    return bad;
}

void diagnosis_damage(struct findings *findings, const struct dsmr_telegram *telegram,
                      size_t usual_size)
{
    size_t size = telegram->text.size;
    uint64_t nuls = 0;
    uint64_t bad = count_bad(telegram->text, &nuls);
    enum damage damage = DAMAGE_CHANGED;
    if (nuls > 0) {
        damage = DAMAGE_NULS;
    } else if (line_ends_repair(telegram)) {
        damage = DAMAGE_LINE_ENDS;
    } else if (usual_size > 0 && size < usual_size) {
        damage = DAMAGE_LOST;
        bad += usual_size - size;
    } else if (usual_size > 0 && size > usual_size) {
        damage = DAMAGE_ADDED;
        bad = bad > size - usual_size ? bad : size - usual_size;
    } else if (one_bit_repairs(telegram->text, telegram->crc_sent ^ telegram->crc_computed)) {
        damage = DAMAGE_FLIPPED;
    }
    findings->damages[damage]++;
    findings->bad_bytes += damage == DAMAGE_LINE_ENDS ? 0 : bad > 0 ? bad : 1;
}

/* ------------------------------------------------------------------------------------------------
 * The verdict
 */

uint64_t diagnosis_damaged(const struct findings *findings)
{
    uint64_t secret = findings->good_encrypted > 0 ? findings->not_decrypted : 0;
    return findings->wrong_crc + findings->empty + findings->cut + findings->too_long + secret;
}

uint64_t diagnosis_telegrams(const struct findings *findings)
{
    return findings->good + diagnosis_damaged(findings);
}

static enum verdict judge_opening(const struct findings *findings)
{
    static const enum verdict verdicts[] = {
        [PORT_MISSING] = VERDICT_MISSING,
        [PORT_FORBIDDEN] = VERDICT_FORBIDDEN,
        [PORT_TAKEN] = VERDICT_TAKEN,
        [PORT_NO_SERIAL] = VERDICT_NO_SERIAL,
        [PORT_UNREACHABLE] = VERDICT_UNREACHABLE,
        [PORT_UNREADABLE] = VERDICT_UNREADABLE,
    };
    bool pipe = findings->kind == PORT_PIPE && findings->trouble == PORT_MISSING;
    return pipe ? VERDICT_NO_PIPE : verdicts[findings->trouble];
}

static enum verdict judge_silence(const struct findings *findings)
{
    if (findings->lost)
        return VERDICT_LOST;
    if (findings->shared)
        return VERDICT_TAKEN;
    switch (findings->kind) {
    case PORT_RECORDING:
        return VERDICT_EMPTY;
    case PORT_STREAM:
        return VERDICT_SILENT_STREAM;
    case PORT_PIPE:
        return VERDICT_SILENT_PIPE;
    case PORT_INPUT:
        return VERDICT_NO_INPUT;
    default:
        return VERDICT_SILENCE;
    }
}

static bool is_share(uint64_t part, uint64_t whole, unsigned percent)
{
    return part * 100 >= whole * percent;
}

/* Bytes came, and nothing of them had the form of a telegram. */
static enum verdict judge_bytes(const struct findings *findings)
{
    struct tally all = {0};
    for (size_t i = 0; i < findings->tally_count; i++) {
        const struct tally *tally = &findings->tallies[i];
        bool text = is_share(tally->text, tally->bytes, TEXT_PERCENT);
        if (tally->bytes >= FEW_BYTES && !text &&
            is_share(tally->inverted, tally->bytes, CLEAR_PERCENT))
            return VERDICT_INVERTED;
        if (tally->bytes >= FEW_BYTES && !text &&
            is_share(tally->masked, tally->bytes, CLEAR_PERCENT) &&
            !is_share(tally->parity, tally->bytes, TEXT_PERCENT))
            return VERDICT_WRONG_PARITY;
        all.bytes += tally->bytes;
        all.extreme += tally->extreme;
        all.text += tally->text > tally->parity ? tally->text : tally->parity;
    }
    /* A sender that is too slow for the port looks the same: only where every speed was tried. */
    bool upside_down = is_share(all.extreme, all.bytes, CLEAR_PERCENT) && !findings->fixed;
    if (upside_down)
        return VERDICT_INVERTED;
    return is_share(all.text, all.bytes, CLEAR_PERCENT) ? VERDICT_NO_TELEGRAM
                                                        : VERDICT_WRONG_SETTINGS;
}

/* Noise has a '/' and a '!' here and there, and is no telegram for that. */
static bool has_text(const struct findings *findings)
{
    for (size_t i = 0; i < findings->tally_count; i++) {
        const struct tally *tally = &findings->tallies[i];
        uint64_t text = tally->text > tally->parity ? tally->text : tally->parity;
        if (tally->bytes >= FEW_BYTES && is_share(text, tally->bytes, TEXT_PERCENT))
            return true;
    }
    return false;
}

static enum verdict judge_refused(const struct findings *findings)
{
    if (findings->without_key > 0)
        return VERDICT_NO_KEY;
    if (findings->wrong_tag > 0)
        return VERDICT_WRONG_AUTHKEY;
    if (findings->not_decrypted > 0)
        return VERDICT_WRONG_KEY;
    if (findings->hdlc > 0)
        return VERDICT_DLMS;
    uint64_t refused = findings->wrong_crc + findings->empty + findings->cut + findings->too_long;
    if (!has_text(findings) || (refused == 0 && !findings->unfinished))
        return judge_bytes(findings);
    if (findings->lost)
        return VERDICT_LOST;
    if (findings->shared)
        return VERDICT_TAKEN;
    if (findings->wrong_crc > 0 && findings->damages[DAMAGE_LINE_ENDS] * 2 > findings->wrong_crc)
        return VERDICT_LINE_ENDS;
    if (findings->wrong_crc > findings->cut)
        return VERDICT_NOISE;
    if (findings->empty == refused && !findings->unfinished)
        return VERDICT_NO_TELEGRAM;
    return findings->too_long > findings->cut ? VERDICT_TOO_LONG : VERDICT_HALF;
}

static enum verdict judge_good(const struct findings *findings)
{
    uint64_t damaged = diagnosis_damaged(findings);
    if (findings->wrong_tag > findings->good)
        return VERDICT_WRONG_AUTHKEY;
    if (findings->lost)
        return VERDICT_LOST;
    if (damaged * TOLERABLE > findings->good + damaged) {
        if (findings->shared)
            return VERDICT_TAKEN;
        if (findings->damages[DAMAGE_LINE_ENDS] * 2 > damaged)
            return VERDICT_LINE_ENDS;
        return findings->cut * 2 > damaged ? VERDICT_HALF : VERDICT_NOISE;
    }
    return findings->good_crc > 0 ? VERDICT_WELL : VERDICT_NO_CRC;
}

enum verdict diagnosis_judge(const struct findings *findings)
{
    if (findings->trouble != PORT_OPENED)
        return judge_opening(findings);
    if (findings->good > 0)
        return judge_good(findings);
    return diagnosis_bytes(findings) > 0 ? judge_refused(findings) : judge_silence(findings);
}

bool verdict_is_fault(enum verdict verdict)
{
    return verdict != VERDICT_WELL && verdict != VERDICT_NO_CRC;
}

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[VERDICTS] = {
        [VERDICT_WELL] = "all well",
        [VERDICT_NO_CRC] = "all well, no CRC",
        [VERDICT_MISSING] = "no such port",
        [VERDICT_FORBIDDEN] = "no permission",
        [VERDICT_TAKEN] = "held by another program",
        [VERDICT_NO_SERIAL] = "no serial port",
        [VERDICT_UNREACHABLE] = "unreachable",
        [VERDICT_UNREADABLE] = "cannot be opened",
        [VERDICT_LOST] = "went away",
        [VERDICT_SILENCE] = "silence",
        [VERDICT_SILENT_STREAM] = "silent connection",
        [VERDICT_NO_PIPE] = "no such pipe",
        [VERDICT_SILENT_PIPE] = "silent pipe",
        [VERDICT_NO_INPUT] = "empty input",
        [VERDICT_EMPTY] = "empty recording",
        [VERDICT_INVERTED] = "inverted signal",
        [VERDICT_WRONG_SETTINGS] = "wrong speed",
        [VERDICT_WRONG_PARITY] = "wrong parity",
        [VERDICT_NO_TELEGRAM] = "text, no telegram",
        [VERDICT_NOISE] = "noise",
        [VERDICT_LINE_ENDS] = "changed line ends",
        [VERDICT_HALF] = "half telegrams",
        [VERDICT_TOO_LONG] = "telegrams without end",
        [VERDICT_NO_KEY] = "encrypted, no key",
        [VERDICT_WRONG_KEY] = "encrypted, wrong key",
        [VERDICT_WRONG_AUTHKEY] = "encrypted, wrong authentication key",
        [VERDICT_DLMS] = "DLMS",
    };
    return names[verdict];
}

bool diagnosis_is_certain(const struct findings *findings)
{
    uint64_t useless = findings->without_key + findings->not_decrypted + findings->wrong_tag;
    uint64_t damaged = diagnosis_damaged(findings);
    if (damaged > 0)
        return damaged >= ENOUGH_DAMAGED && has_text(findings) &&
               (findings->good == 0 || findings->good >= ENOUGH_GOOD);
    if (findings->good == 0)
        return useless >= ENOUGH_OTHER || findings->hdlc >= ENOUGH_OTHER;
    return findings->good >= ENOUGH_GOOD;
}
