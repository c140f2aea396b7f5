/* SPDX-License-Identifier: MIT */
/* dsmr decode: prints what stands in recorded telegrams. */
#include "cmd/cmd.h"
#include "cmd/decode_format.h"
#include "core/decryption.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_DECODED = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

static const char help[] =
    "Usage: dsmr decode [OPTION]… [FILE]…\n"
    "\n"
    "Prints the values of recorded telegrams: any number in a file, garbage between them is\n"
    "skipped and reported. Without FILE, or with -, standard input is read.\n"
    "\n"
    "  --format table   for people (default)\n"
    "  --format json    one line of JSON a telegram\n"
    "  --format csv     one row an item: telegram, its time, id, channel, value, unit\n"
    "  --ignore-crc     use telegrams whose CRC is wrong, too\n"
    "  --zone ZONE      zone of the meter's clock, such as Europe/Brussels; without it the\n"
    "                   meter tells, else Europe/Amsterdam\n"
    "  --key HEX        key of encrypted telegrams, 32 hexadecimal digits\n"
    "  --authkey HEX    authentication key: the tags of encrypted telegrams are checked with it;\n"
    "                   without it they are trusted when the CRC inside is right\n"
    "  -h, --help       this text\n"
    "\n"
    "Exit status: 0 all telegrams decoded, 1 some refused or none found, 2 wrong usage or a\n"
    "file that cannot be read.\n"
    "\n"
    "Example: dsmr decode --format csv telegrams.txt > telegrams.csv\n";

struct decode {
    const struct decode_format *format;
    bool ignore_crc;
    bool colour;
    bool has_zone;
    struct dsmr_zone zone;
    struct buffer out;
    struct decoded decoded;
    struct dsmr_channels channels;
    struct decryption_keys keys;
    struct decryption *decryption; /* NULL without a key */
    const char *file;
    const char *trust; /* what was told last of how encrypted telegrams are read; of this file */
    unsigned long telegrams;
    unsigned long refused;
    bool hinted; /* where a key is to be had was told */
};

void decode_print_refusal(struct buffer *out, const struct dsmr_telegram *telegram)
{
    buffer_add_text(out, dsmr_strerror(telegram->status));
    if (telegram->status == DSMR_ERR_CRC)
        buffer_print(out, ": sent %04X, computed %04X", telegram->crc_sent, telegram->crc_computed);
}

static void write_out(struct decode *decode)
{
    if (decode->out.size > 0)
        fwrite(decode->out.at, 1, decode->out.size, stdout);
    buffer_clear(&decode->out);
}

static void report_garbage(const struct decode *decode, const struct dsmr_telegram *telegram)
{
    fprintf(stderr, "%s: skipped %llu bytes outside any telegram at byte %llu\n", decode->file,
            (unsigned long long)telegram->skipped, (unsigned long long)telegram->offset);
}

static void report_bad_lines(const struct decode *decode)
{
    for (size_t i = 0; i < decode->decoded.leftover_count; i++) {
        const struct leftover *leftover = &decode->decoded.leftovers[i];
        if (leftover->status != DSMR_ERR_LINE)
            continue;
        fprintf(stderr, "%s: telegram %lu: bad line: ", decode->file, decode->telegrams);
        for (size_t c = 0; c < leftover->object.line.size && c < 80; c++) {
            char byte = leftover->object.line.at[c];
            fputc(byte >= ' ' && byte <= '~' ? byte : '?', stderr);
        }
        fputc('\n', stderr);
    }
}

static void report_refusal(struct decode *decode, const struct dsmr_telegram *telegram)
{
    struct buffer text = {0};
    decode_print_refusal(&text, telegram);
    fprintf(stderr, "%s: telegram %lu at byte %llu refused: %s%s\n", decode->file,
            decode->telegrams, (unsigned long long)telegram->offset, text.at,
            telegram->status == DSMR_ERR_KEY && !decode->hinted
                ? " (give it with --key; the grid operator has it)"
                : "");
    decode->hinted |= telegram->status == DSMR_ERR_KEY;
    buffer_free(&text);
}

/* How an encrypted telegram that is used was read: told once, and when it changes. */
static void report_trust(struct decode *decode, const struct dsmr_telegram *telegram)
{
    const char *trust = telegram->protection == DSMR_AUTHENTICATED ? "their tags are right"
                        : !telegram->tagged                        ? "they have no tags"
                                                                   : "their tags are not checked";
    if (telegram->protection == DSMR_PLAIN || trust == decode->trust)
        return;
    decode->trust = trust;
    fprintf(stderr, "%s: telegram %lu: decrypted telegrams from here; %s\n", decode->file,
            decode->telegrams, trust);
}

static void take(struct decode *decode, const struct dsmr_telegram *telegram)
{
    if (telegram->status == DSMR_ERR_GARBAGE) {
        report_garbage(decode, telegram);
        return;
    }
    bool usable =
        telegram->status == DSMR_OK || (telegram->status == DSMR_ERR_CRC && decode->ignore_crc);
    struct decode_context context = {++decode->telegrams, decode->colour};
    if (usable) {
        report_trust(decode, telegram);
        decoded_read(&decode->decoded, telegram, &decode->channels,
                     decode->has_zone ? &decode->zone : NULL);
    } else {
        decode->refused++;
        report_refusal(decode, telegram);
    }
    decode->format->telegram(&decode->out, &context, telegram, usable ? &decode->decoded : NULL);
    write_out(decode);
    if (usable)
        report_bad_lines(decode);
}

/* Each file is a stream of its own, of a meter of its own. */
static bool decode_stream(struct decode *decode, int fd)
{
    static const size_t piece = 65536;
    char framed[DSMR_TELEGRAM_MAX];
    char bytes[65536];
    struct dsmr_framer framer;
    struct dsmr_telegram telegram;
    ssize_t count;
    dsmr_framer_init(&framer, framed, sizeof framed);
    dsmr_framer_decrypt(&framer, decryption_cipher(decode->decryption));
    dsmr_channels_init(&decode->channels);
    do {
        count = read(fd, bytes, piece);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        dsmr_framer_push(&framer, bytes, (size_t)count);
        if (count == 0)
            dsmr_framer_flush(&framer, true);
        while (dsmr_framer_next(&framer, &telegram) != DSMR_MORE)
            take(decode, &telegram);
        fflush(stdout); /* whoever reads a live line waits for it */
    } while (count != 0);
    return true;
}

static bool decode_file(struct decode *decode, const char *path)
{
    bool standard_input = strcmp(path, "-") == 0;
    unsigned long before = decode->telegrams;
    decode->trust = NULL;
    decode->file = standard_input ? "standard input" : path;
    int fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && decode_stream(decode, fd);
    if (!good)
        fprintf(stderr, "dsmr decode: cannot read %s: %s\n", decode->file, strerror(errno));
    else if (decode->telegrams == before)
        fprintf(stderr, "%s: no telegram found\n", decode->file);
    if (good && decode->telegrams == before)
        decode->refused++;
    if (fd >= 0 && !standard_input)
        close(fd);
    return good;
}

static const struct decode_format *find_format(const char *name)
{
    static const struct decode_format *const formats[] = {&decode_table, &decode_json, &decode_csv};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

static bool usage_error(const char *what, const char *value)
{
    fprintf(stderr, "dsmr decode: %s%s%s; see dsmr decode --help\n", what, value ? ": " : "",
            value ? value : "");
    return false;
}

/* Keys are secret: what was given is not shown. */
static bool take_key(const char *option, uint8_t key[DSMR_KEY_SIZE], bool *present)
{
    *present = decryption_key_parse(optarg, key);
    return *present || usage_error("32 hexadecimal digits must follow", option);
}

/* Returns false on wrong usage, told to the user; *done is set when the help was asked for. */
static bool read_options(struct decode *decode, int argc, char **argv, bool *done)
{
    enum { FORMAT = 256, IGNORE_CRC, ZONE, KEY, AUTHKEY };
    static const struct option options[] = {
        {"format", required_argument, NULL, FORMAT},
        {"ignore-crc", no_argument, NULL, IGNORE_CRC},
        {"zone", required_argument, NULL, ZONE},
        {"key", required_argument, NULL, KEY},
        {"authkey", required_argument, NULL, AUTHKEY},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case FORMAT:
            decode->format = find_format(optarg);
            if (!decode->format)
                return usage_error("no such format (table, json or csv)", optarg);
            break;
        case IGNORE_CRC:
            decode->ignore_crc = true;
            break;
        case ZONE:
            decode->has_zone = true;
            if (!dsmr_zone_parse((struct dsmr_text){optarg, strlen(optarg)}, &decode->zone))
                return usage_error("no zone of a country with P1 meters", optarg);
            break;
        case KEY:
            if (!take_key("--key", decode->keys.key, &decode->keys.present))
                return false;
            break;
        case AUTHKEY:
            if (!take_key("--authkey", decode->keys.authentication_key, &decode->keys.authenticate))
                return false;
            break;
        case 'h':
            fputs(help, stdout);
            *done = true;
            return true;
        default:
            return usage_error("wrong usage", NULL);
        }
    }
    if (decode->keys.authenticate && !decode->keys.present)
        return usage_error("--authkey needs --key", NULL);
    return true;
}

static int finish(struct decode *decode, bool readable)
{
    bool written = fflush(stdout) == 0 && !ferror(stdout);
    if (!written)
        fprintf(stderr, "dsmr decode: cannot write the output: %s\n", strerror(errno));
    buffer_free(&decode->out);
    decoded_free(&decode->decoded);
    decryption_free(decode->decryption);
    explicit_bzero(&decode->keys, sizeof decode->keys);
    if (!readable || !written)
        return EXIT_USAGE;
    return decode->refused > 0 ? EXIT_REFUSED : EXIT_DECODED;
}

int cmd_decode(int argc, char **argv)
{
    struct decode decode = {.format = &decode_table};
    bool done = false;
    const char *no_color = getenv("NO_COLOR");
    decode.colour = isatty(STDOUT_FILENO) && (!no_color || no_color[0] == '\0');
    if (!read_options(&decode, argc, argv, &done))
        return EXIT_USAGE;
    if (done)
        return EXIT_DECODED;
    decode.decryption = decryption_new(&decode.keys);
    if (decode.keys.present && !decode.decryption) {
        fputs("dsmr decode: OpenSSL has no AES-128-GCM here\n", stderr);
        return EXIT_USAGE;
    }
    if (decode.format->head)
        buffer_add_text(&decode.out, decode.format->head);
    write_out(&decode);
    bool readable = true;
    if (optind == argc)
        readable = decode_file(&decode, "-");
    for (int i = optind; i < argc; i++)
        readable = decode_file(&decode, argv[i]) && readable;
    return finish(&decode, readable);
}
