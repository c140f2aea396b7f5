/* SPDX-License-Identifier: MIT */
/*
 * An option is answered only when the answer is no echo of what we asked ourselves: two sides that
 * answer answers never come to an end [RFC 1143].
 */
#include "source/telnet.h"

#include <string.h>

enum { SE = 240, SB = 250, IAC = 255 };

enum state { IN_BYTES, BEHIND_IAC, BEHIND_VERB, IN_SUB, IN_SUB_BEHIND_IAC };

enum side { OURS, THEIRS };

static const struct {
    enum telnet_option option;
    bool wanted[2]; /* by side */
} options[] = {
    {TELNET_BINARY, {true, true}},
    {TELNET_NO_GO_AHEAD, {true, true}},
    {TELNET_COM_PORT, {true, false}},
};

enum { OPTIONS = sizeof options / sizeof options[0] };

/* The option's place among those we know; OPTIONS for another. */
static size_t place_of(unsigned char option)
{
    size_t place = 0;
    while (place < OPTIONS && options[place].option != option)
        place++;
    return place;
}

static void send_verb(struct telnet *telnet, enum telnet_verb verb, unsigned char option)
{
    unsigned char command[] = {IAC, (unsigned char)verb, option};
    telnet->send(telnet->context, command, sizeof command);
}

void telnet_start(struct telnet *telnet)
{
    static const enum telnet_verb asking[] = {[OURS] = TELNET_WILL, [THEIRS] = TELNET_DO};
    for (size_t place = 0; place < OPTIONS; place++) {
        for (int side = OURS; side <= THEIRS; side++) {
            if (!options[place].wanted[side])
                continue;
            telnet->asked[side] = (uint8_t)(telnet->asked[side] | 1u << place);
            send_verb(telnet, asking[side], (unsigned char)options[place].option);
        }
    }
}

/* Returns true when the option was not so before. An answer to what we asked needs none itself. */
static bool switch_option(struct telnet *telnet, enum side side, size_t place, bool on)
{
    static const enum telnet_verb verbs[2][2] = {
        [OURS] = {TELNET_WONT, TELNET_WILL},
        [THEIRS] = {TELNET_DONT, TELNET_DO},
    };
    unsigned bit = 1u << place;
    bool answers = telnet->asked[side] & bit;
    bool was_on = telnet->on[side] & bit;
    telnet->asked[side] = (uint8_t)(telnet->asked[side] & ~bit);
    telnet->on[side] = (uint8_t)((telnet->on[side] & ~bit) | (on ? bit : 0));
    if (!answers && was_on != on)
        send_verb(telnet, verbs[side][on], (unsigned char)options[place].option);
    return answers || was_on != on;
}

/* The other side wants an option on or off, or answers whether it may be. */
static void negotiate(struct telnet *telnet, unsigned char option)
{
    bool on = telnet->verb == TELNET_WILL || telnet->verb == TELNET_DO;
    enum side side = telnet->verb == TELNET_DO || telnet->verb == TELNET_DONT ? OURS : THEIRS;
    size_t place = place_of(option);
    if (place == OPTIONS || !options[place].wanted[side]) {
        if (on)
            send_verb(telnet, side == OURS ? TELNET_WONT : TELNET_DONT, option);
        return;
    }
    if (switch_option(telnet, side, place, on) && side == OURS)
        telnet->ours(telnet->context, options[place].option, on);
}

static void end_sub(struct telnet *telnet)
{
    size_t size = telnet->sub_size < TELNET_SUB_MAX ? telnet->sub_size : TELNET_SUB_MAX;
    if (size > 0)
        telnet->sub(telnet->context, (enum telnet_option)telnet->sub_bytes[0],
                    telnet->sub_bytes + 1, size - 1);
    telnet->sub_size = 0;
    telnet->state = IN_BYTES;
}

static void add_to_sub(struct telnet *telnet, unsigned char byte)
{
    if (telnet->sub_size < TELNET_SUB_MAX)
        telnet->sub_bytes[telnet->sub_size++] = byte;
    telnet->state = IN_SUB;
}

static void take_command(struct telnet *telnet, unsigned char byte)
{
    if (byte >= TELNET_WILL && byte <= TELNET_DONT) {
        telnet->verb = byte;
        telnet->state = BEHIND_VERB;
    } else {
        telnet->state = byte == SB ? IN_SUB : IN_BYTES;
    }
}

/* True when the byte is one of the port's own. */
static bool take(struct telnet *telnet, unsigned char byte)
{
    switch (telnet->state) {
    case BEHIND_IAC:
        take_command(telnet, byte);
        return byte == IAC;
    case BEHIND_VERB:
        telnet->state = IN_BYTES;
        negotiate(telnet, byte);
        return false;
    case IN_SUB:
        if (byte == IAC)
            telnet->state = IN_SUB_BEHIND_IAC;
        else
            add_to_sub(telnet, byte);
        return false;
    case IN_SUB_BEHIND_IAC:
        if (byte == SE)
            end_sub(telnet);
        else
            add_to_sub(telnet, byte);
        return false;
    default:
        if (byte == IAC)
            telnet->state = BEHIND_IAC;
        return byte != IAC;
    }
}

size_t telnet_receive(struct telnet *telnet, char *bytes, size_t size)
{
    size_t kept = 0;
    for (size_t i = 0; i < size; i++) {
        char byte = bytes[i];
        if (!take(telnet, (unsigned char)byte))
            continue;
        /* Where the other side does not send eight bits, a lone CR comes as CR NUL. */
        if (!telnet->after_cr || byte != '\0')
            bytes[kept++] = byte;
        telnet->after_cr = byte == '\r';
    }
    return kept;
}

void telnet_send_sub(struct telnet *telnet, enum telnet_option option, const unsigned char *bytes,
                     size_t size)
{
    unsigned char command[TELNET_SUB_SENT] = {IAC, SB, (unsigned char)option};
    size_t at = 3;
    for (size_t i = 0; i < size && i < TELNET_SUB_MAX; i++) {
        command[at++] = bytes[i];
        if (bytes[i] == IAC)
            command[at++] = IAC;
    }
    command[at++] = IAC;
    command[at++] = SE;
    telnet->send(telnet->context, command, at);
}
