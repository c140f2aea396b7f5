/* SPDX-License-Identifier: MIT */
/* Whole telegrams through decoder and guard, on a clock of the test's own: which totals get out. */
#include "meter/guard.c"

#include "meter/levels_file.c"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

/* A house in which the test decides what the meter says and what time it is. */
struct house {
    struct guard *guard;
    struct guard_setup setup;
    struct log log;
    char *told;
    size_t told_size;
    struct decoded decoded;
    struct dsmr_channels channels;
    struct dsmr_framer framer;
    char buffer[4096];
    char telegram[4096];
    enum dsmr_crc crc; /* what the guard is told of each telegram */
    int64_t now_ms;
    int64_t since_start_s; /* that passed before this run */
    char folder[40];

    /* What the meter says; a line is left out where its text is empty. */
    const char *time;
    const char *id;
    const char *low; /* kWh */
    const char *normal;
    const char *fed;
    const char *gas; /* groups */
    const char *gas_id;
};

static const char gas_early[] = "(210103120000W)(00981.443*m3)";
static const char gas_late[] = "(210103120500W)(00981.500*m3)";

static int set_up(void **state)
{
    struct house *house = calloc(1, sizeof *house);
    assert_non_null(house);
    house->log = (struct log){.level = LOG_INFO, .journal = true};
    house->log.stream = open_memstream(&house->told, &house->told_size);
    house->setup = (struct guard_setup){
        .meter = "main", .port = "/dev/p1", .limits = {56, 40, 30, 3}, .log = &house->log};
    house->guard = guard_new(&house->setup);
    dsmr_channels_init(&house->channels);
    house->time = "";
    house->id = "4530303030";
    house->low = "001581.120";
    house->normal = "000204.000";
    house->fed = "000000.000";
    house->gas = gas_early;
    house->gas_id = "4730303030";
    *state = house;
    return 0;
}

static void remove_folder(const char *folder)
{
    DIR *open = opendir(folder);
    for (struct dirent *entry; open && (entry = readdir(open));) {
        char *path = memory_print("%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(path);
        free(path);
    }
    if (open)
        closedir(open);
    rmdir(folder);
}

static int tear_down(void **state)
{
    struct house *house = *state;
    guard_free(house->guard);
    decoded_free(&house->decoded);
    fclose(house->log.stream);
    free(house->told);
    if (house->folder[0] != '\0')
        remove_folder(house->folder);
    free(house);
    return 0;
}

static void add_line(struct house *house, const char *form, const char *text)
{
    size_t size = strlen(house->telegram);
    if (text[0] != '\0')
        snprintf(house->telegram + size, sizeof house->telegram - size, form, text);
}

static void write_telegram(struct house *house)
{
    strcpy(house->telegram, "/TST5MADE-UP\r\n\r\n");
    add_line(house, "0-0:1.0.0(%s)\r\n", house->time);
    add_line(house, "0-0:96.1.1(%s)\r\n", house->id);
    add_line(house, "1-0:1.8.1(%s*kWh)\r\n", house->low);
    add_line(house, "1-0:1.8.2(%s*kWh)\r\n", house->normal);
    add_line(house, "1-0:2.8.1(%s*kWh)\r\n", house->fed);
    add_line(house, "1-0:1.7.0(%s*kW)\r\n", "00.500");
    add_line(house, "0-0:96.7.21(%s)\r\n", "00005");
    add_line(house, "0-1:24.1.0(%s)\r\n", "003");
    add_line(house, "0-1:96.1.0(%s)\r\n", house->gas_id);
    add_line(house, "0-1:24.2.1%s\r\n", house->gas);
    strcat(house->telegram, "!\r\n");
}

/* The telegram of this moment goes through the guard. */
static void send(struct house *house)
{
    struct dsmr_telegram telegram;
    write_telegram(house);
    dsmr_framer_init(&house->framer, house->buffer, sizeof house->buffer);
    dsmr_framer_push(&house->framer, house->telegram, strlen(house->telegram));
    assert_int_equal(dsmr_framer_next(&house->framer, &telegram), DSMR_OK);
    decoded_read(&house->decoded, &telegram, &house->channels, NULL);
    guard_check(house->guard, &house->decoded, house->crc, house->now_ms,
                (1600000000 + house->since_start_s) * 1000 + house->now_ms);
}

static void send_after(struct house *house, int64_t ms)
{
    house->now_ms += ms;
    send(house);
}

/* What sinks get for an item: its number or time, "" for nothing. */
static const char *published(const struct house *house, const char *id)
{
    static char text[DSMR_NUMBER_SIZE];
    text[0] = '\0';
    for (size_t i = 0; i < house->decoded.count; i++) {
        const struct dsmr_reading *reading = &house->decoded.readings[i];
        assert_true(!guard_reason(house->guard, i) || reading->superseded);
        if (reading->superseded || strcmp(dsmr_item_id(reading->item), id) != 0)
            continue;
        if (reading->type == DSMR_TYPE_TIME)
            dsmr_time_print(&reading->time, text);
        else
            dsmr_number_print(reading->number, text);
    }
    return text;
}

#define PUBLISHED(house, id, wanted) assert_string_equal(published(house, id), wanted)

static size_t times_told(struct house *house, const char *text)
{
    size_t count = 0;
    fflush(house->log.stream);
    for (const char *at = house->told; (at = strstr(at, text)); at += strlen(text))
        count++;
    return count;
}

/* ------------------------------------------------------------------------------------------------
 * The rules, on telegrams
 */

static void test_a_household_passes(void **state)
{
    struct house *house = *state;
    send(house);
    PUBLISHED(house, "eDeliveryTariff1", "1581.120");
    PUBLISHED(house, "eDeliveryTariff2", "204.000");
    PUBLISHED(house, "eProductionTariff1", "0.000"); /* no panels, for ever */
    PUBLISHED(house, "gValue", "981.443");
    house->low = "001581.121";
    send_after(house, 1000);
    PUBLISHED(house, "eDeliveryTariff1", "1581.121");
    PUBLISHED(house, "eProductionTariff1", "0.000");
    PUBLISHED(house, "gValue", "981.443");
    assert_int_equal(guard_series(house->guard), 0);
    assert_int_equal(times_told(house, "guard"), 0);
}

/* Refoss/refoss_rpc #14: all totals 0 for 3.4 s after the meter started. */
static void test_zeros_while_the_meter_starts(void **state)
{
    struct house *house = *state;
    send(house);
    house->low = house->normal = "000000.000";
    for (int i = 0; i < 4; i++) {
        send_after(house, 850);
        PUBLISHED(house, "eDeliveryTariff1", "");
        PUBLISHED(house, "eDeliveryTariff2", "");
        PUBLISHED(house, "eActualDelivery", "0.500"); /* nothing wrong with that one */
        PUBLISHED(house, "gValue", "981.443");
    }
    house->low = "001581.121";
    house->normal = "000204.000";
    send_after(house, 850);
    PUBLISHED(house, "eDeliveryTariff1", "1581.121");
    PUBLISHED(house, "eDeliveryTariff2", "204.000");
    assert_int_equal(times_told(house, "eDeliveryTariff1 = 0.000 kWh is not passed on: a zero that "
                                       "is false, or of a meter that starts up; it was 1581.120"),
                     1);
    assert_int_equal(times_told(house, "eDeliveryTariff1"), 2);
    assert_int_equal(times_told(house, "eDeliveryTariff1 = 1581.121 kWh is good again; not passed "
                                       "on: 4\n"),
                     1);
    assert_int_equal(guard_series(house->guard), 0);
}

/* johanmeijer/grott #99: one step back of 0.1 is enough. */
static void test_a_step_back_of_a_tenth(void **state)
{
    struct house *house = *state;
    send(house);
    house->low = "001581.020";
    for (int i = 0; i < 100; i++) {
        send_after(house, 10000);
        PUBLISHED(house, "eDeliveryTariff1", "");
        PUBLISHED(house, "eDeliveryTariff2", "204.000");
    }
    house->low = "001581.121";
    send_after(house, 10000);
    PUBLISHED(house, "eDeliveryTariff1", "1581.121");
    assert_int_equal(times_told(house, "below the last good one; it was 1581.120"), 1);
}

static void test_an_impossible_jump_names_its_key(void **state)
{
    struct house *house = *state;
    send(house);
    house->low = "009581.121"; /* a flipped bit where there is no CRC */
    house->gas = "(210103120500W)(90981.500*m3)";
    send_after(house, 10000);
    PUBLISHED(house, "eDeliveryTariff1", "");
    PUBLISHED(house, "gValue", "");
    PUBLISHED(house, "gValueTS", ""); /* goes with its value */
    house->low = "001581.122";
    house->gas = gas_late;
    send_after(house, 10000);
    PUBLISHED(house, "eDeliveryTariff1", "1581.122");
    PUBLISHED(house, "gValue", "981.500");
    PUBLISHED(house, "gValueTS", "2021-01-03T12:05:00+01:00");
    assert_int_equal(times_told(house, "can carry by guard.power; it was 1581.120"), 1);
    assert_int_equal(times_told(house, "can carry by guard.gas; it was 981.443"), 1);
}

static void test_a_level_that_lasts_is_a_new_series_told_once(void **state)
{
    struct house *house = *state;
    send(house);
    house->low = "000003.500";
    for (int seconds = 0; seconds < 180; seconds += 10) {
        send_after(house, 10000);
        PUBLISHED(house, "eDeliveryTariff1", "");
    }
    send_after(house, 10000);
    PUBLISHED(house, "eDeliveryTariff1", "3.500");
    send_after(house, 10000);
    PUBLISHED(house, "eDeliveryTariff1", "3.500");
    assert_int_equal(guard_series(house->guard), 1);
    assert_int_equal(times_told(house, "has lasted: a new series begins (number 1"), 1);
    assert_int_equal(times_told(house, "eDeliveryTariff1"), 2);
}

static void test_a_new_equipment_id_starts_a_new_series(void **state)
{
    struct house *house = *state;
    house->crc = DSMR_CRC_OK;
    send(house);
    house->id = "4531313131";
    house->low = "000000.017";
    house->normal = "000000.000";
    send_after(house, 10000);
    PUBLISHED(house, "eDeliveryTariff1", "0.017");
    PUBLISHED(house, "eDeliveryTariff2", "0.000");
    PUBLISHED(house, "gValue", "981.443");
    assert_int_equal(guard_series(house->guard), 1);
    assert_int_equal(times_told(house, "another electricity meter, 4531313131"), 1);
    house->gas_id = "4731313131";
    house->gas = "(210103120500W)(00000.010*m3)";
    send_after(house, 10000);
    PUBLISHED(house, "gValue", "0.010");
    PUBLISHED(house, "eDeliveryTariff1", "0.017");
    assert_int_equal(guard_series(house->guard), 2);
}

static void test_a_new_meter_that_shows_nothing_but_zeros(void **state)
{
    struct house *house = *state;
    house->crc = DSMR_CRC_OK;
    send(house);
    house->id = "4531313131";
    house->low = house->normal = "000000.000";
    send_after(house, 10000);
    PUBLISHED(house, "eDeliveryTariff1", "");
    house->low = "000000.001";
    send_after(house, 10000);
    PUBLISHED(house, "eDeliveryTariff1", "0.001");
    PUBLISHED(house, "eDeliveryTariff2", "0.000");
}

static void test_an_id_that_no_crc_vouches_for_must_come_again(void **state)
{
    struct house *house = *state;
    house->crc = DSMR_CRC_NONE;
    send(house);
    house->id = "4530303031"; /* garbled */
    send_after(house, 10000);
    PUBLISHED(house, "eDeliveryTariff1", "");
    PUBLISHED(house, "gValue", "981.443");
    house->id = "4530303030";
    send_after(house, 10000);
    PUBLISHED(house, "eDeliveryTariff1", "1581.120");
    house->id = "4531313131";
    house->low = "000000.017";
    for (int i = 1; i < IDENTITY_TELEGRAMS; i++) {
        send_after(house, 10000);
        PUBLISHED(house, "eDeliveryTariff1", "");
    }
    send_after(house, 10000);
    PUBLISHED(house, "eDeliveryTariff1", "0.017");
    assert_int_equal(guard_series(house->guard), 1);
}

static void test_ids_that_are_others_each_time_are_never_believed(void **state)
{
    struct house *house = *state;
    send(house);
    for (int i = 0; i < 20; i++) {
        house->id = i % 2 == 0 ? "4530303031" : "4530303130";
        send_after(house, 10000);
        PUBLISHED(house, "eDeliveryTariff1", "");
    }
    assert_int_equal(guard_series(house->guard), 0);
}

static void test_a_telegram_without_id_is_of_the_same_meter(void **state)
{
    struct house *house = *state;
    send(house);
    house->id = "";
    house->low = "000000.000";
    send_after(house, 10000);
    PUBLISHED(house, "eDeliveryTariff1", "");
    house->low = "001581.121";
    send_after(house, 10000);
    PUBLISHED(house, "eDeliveryTariff1", "1581.121");
}

static void test_gas_whose_own_time_runs_backwards(void **state)
{
    struct house *house = *state;
    house->gas = gas_late;
    send(house);
    house->gas = "(210103110000W)(00981.510*m3)";
    send_after(house, 10000);
    PUBLISHED(house, "gValue", "");
    PUBLISHED(house, "gValueTS", "");
    house->gas = "(210103121000W)(00981.510*m3)";
    send_after(house, 10000);
    PUBLISHED(house, "gValue", "981.510");
    assert_int_equal(times_told(house, "by its own time"), 1);
}

/* The last Sunday of October: 02:30 comes twice, the letter tells which. */
static void test_gas_in_the_night_that_summer_ends(void **state)
{
    struct house *house = *state;
    house->gas = "(211031023000S)(00981.443*m3)";
    send(house);
    house->gas = "(211031020000W)(00981.450*m3)";
    send_after(house, 1800 * 1000);
    PUBLISHED(house, "gValue", "981.450");
    assert_int_equal(times_told(house, "guard"), 0);
}

static void test_a_gas_meter_a_year_ahead_does_not_lock_itself_out(void **state)
{
    struct house *house = *state;
    house->time = "210103120001W";
    send(house);
    house->time = "210103120501W";
    house->gas = "(220103120500W)(00981.500*m3)";
    send_after(house, 300 * 1000);
    PUBLISHED(house, "gValue", "981.500");
    house->time = "210103121001W";
    house->gas = "(210103121000W)(00981.600*m3)";
    send_after(house, 300 * 1000);
    PUBLISHED(house, "gValue", "981.600");
}

/* Forms of recorded telegrams: a gas meter that is out of reach. */
static void test_gas_of_a_meter_out_of_reach_is_absent(void **state)
{
    static const char *const forms[] = {"(632525252525S)(00000.000)", "(700101010000W)(00000000)",
                                        "(000000000000W)(00000.000*m3)", "(*m3)", "()"};
    struct house *house = *state;
    send(house);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        house->gas = forms[i];
        send_after(house, 10000);
        PUBLISHED(house, "gValue", "");
    }
    house->gas = gas_late;
    send_after(house, 10000);
    PUBLISHED(house, "gValue", "981.500");
    assert_int_equal(times_told(house, "guard"), 0);
}

static void test_all_zeros_at_the_start_are_waited_for(void **state)
{
    struct house *house = *state;
    house->low = house->normal = house->fed = "000000.000";
    house->gas = "(210103120000W)(00000.000*m3)";
    send(house);
    PUBLISHED(house, "eDeliveryTariff1", "");
    PUBLISHED(house, "eProductionTariff1", "");
    PUBLISHED(house, "gValue", "");
    PUBLISHED(house, "ePowerFailures", "5"); /* counts, and is no amount */
    house->low = "001581.120";
    send_after(house, 1000);
    PUBLISHED(house, "eDeliveryTariff1", "1581.120");
    PUBLISHED(house, "eProductionTariff1", "0.000");
    PUBLISHED(house, "gValue", "");
    for (int seconds = 0; seconds < 180; seconds++)
        send_after(house, 1000);
    PUBLISHED(house, "gValue", "0.000"); /* a gas meter that nobody has used */
}

static void test_a_number_beyond_all_measure(void **state)
{
    struct house *house = *state;
    send(house);
    house->low = "999999999999999.999";
    send_after(house, 1000);
    PUBLISHED(house, "eDeliveryTariff1", "");
    house->low = "-00001.000";
    send_after(house, 1000);
    PUBLISHED(house, "eDeliveryTariff1", "");
    house->low = "001581.120";
    send_after(house, 1000);
    PUBLISHED(house, "eDeliveryTariff1", "1581.120");
}

static void test_warnings_that_come_again_are_not_repeated(void **state)
{
    struct house *house = *state;
    send(house);
    for (int i = 0; i < 25; i++) {
        house->low = i % 2 == 0 ? "000000.000" : "001581.120";
        send_after(house, 1000);
    }
    assert_int_equal(times_told(house, "eDeliveryTariff1 = 0.000 kWh is not passed on"), 1);
}

/* Telegrams of a file come at once, whatever time lay between them. */
static void test_a_recording_has_its_own_time(void **state)
{
    struct house *house = *state;
    house->setup.replay = true;
    guard_free(house->guard);
    house->guard = guard_new(&house->setup);
    house->time = "210103120000W";
    send(house);
    house->time = "210103180000W";
    house->low = "001591.120";
    send(house);
    PUBLISHED(house, "eDeliveryTariff1", "1591.120");
    house->time = "210103180010W";
    house->low = "001601.120";
    send(house);
    PUBLISHED(house, "eDeliveryTariff1", "");
    house->time = "";
    send(house);
    PUBLISHED(house, "eDeliveryTariff1", "1601.120"); /* who knows */
    house->low = "001591.120";
    send(house);
    PUBLISHED(house, "eDeliveryTariff1", "");
}

/* ------------------------------------------------------------------------------------------------
 * From one run to the next
 */

static void use_folder(struct house *house)
{
    strcpy(house->folder, "/tmp/dsmr-guard-XXXXXX");
    assert_non_null(mkdtemp(house->folder));
    house->setup.state_folder = house->folder;
    guard_free(house->guard);
    house->guard = guard_new(&house->setup);
}

/* The program ends, and starts again some time later. */
static void restart(struct house *house, int64_t seconds)
{
    guard_free(house->guard);
    house->guard = guard_new(&house->setup);
    house->since_start_s += house->now_ms / 1000 + seconds;
    house->now_ms = 77;
}

static char *file_of(const struct house *house)
{
    char *path = memory_print("%s/levels-main", house->folder);
    FILE *file = fopen(path, "r");
    char *text = memory_new(8192, 1);
    free(path);
    if (!file)
        return text;
    text[fread(text, 1, 8191, file)] = '\0';
    fclose(file);
    return text;
}

static void write_file(const struct house *house, const char *text)
{
    char *path = memory_print("%s/levels-main", house->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    free(path);
}

static void test_a_restart_forgets_nothing(void **state)
{
    struct house *house = *state;
    use_folder(house);
    send(house);
    restart(house, 60);
    house->low = house->normal = "000000.000";
    house->gas = "(210103110000W)(00981.443*m3)";
    send(house);
    PUBLISHED(house, "eDeliveryTariff1", "");
    PUBLISHED(house, "eDeliveryTariff2", "");
    PUBLISHED(house, "gValue", "");
    house->low = "001583.120"; /* 56 kW are 1.9 kWh in two minutes */
    send_after(house, 1000);
    PUBLISHED(house, "eDeliveryTariff1", "");
    house->low = "001582.120";
    house->normal = "000204.000";
    house->gas = gas_late;
    send_after(house, 1000);
    PUBLISHED(house, "eDeliveryTariff1", "1582.120");
    PUBLISHED(house, "eDeliveryTariff2", "204.000");
    PUBLISHED(house, "gValue", "981.500");
}

static void test_another_meter_is_noticed_after_a_restart(void **state)
{
    struct house *house = *state;
    use_folder(house);
    house->crc = DSMR_CRC_OK;
    send(house);
    restart(house, 60);
    house->id = "4531313131";
    house->low = "000000.017";
    send(house);
    PUBLISHED(house, "eDeliveryTariff1", "0.017");
    assert_int_equal(guard_series(house->guard), 1);
    char *text = file_of(house); /* a kill from now on forgets nothing of it */
    assert_non_null(strstr(text, "series 1\nid electricity 34353331333133313331\n"));
    free(text);
    restart(house, 60);
    assert_int_equal(guard_series(house->guard), 1);
}

static void test_the_memory_is_of_one_port(void **state)
{
    struct house *house = *state;
    use_folder(house);
    send(house);
    house->setup.port = "tcp://127.0.0.1:2000";
    guard_free(house->guard);
    house->guard = guard_new(&house->setup);
    house->low = "000003.500";
    send_after(house, 1000);
    PUBLISHED(house, "eDeliveryTariff1", "3.500");
}

/* A simulated meter that starts again, or a recording. */
static void test_a_clock_before_the_memory_ends_it(void **state)
{
    struct house *house = *state;
    use_folder(house);
    house->time = "210103120001W";
    send(house);
    restart(house, 60);
    house->time = "210103120000W";
    house->low = "001581.000";
    send(house);
    PUBLISHED(house, "eDeliveryTariff1", "1581.000");
}

static void test_the_file_is_written_seldom(void **state)
{
    struct house *house = *state;
    use_folder(house);
    send(house);
    for (int seconds = 0; seconds < 599; seconds++)
        send_after(house, 1000);
    char *text = file_of(house);
    assert_string_equal(text, "");
    free(text);
    house->low = "001581.130";
    send_after(house, 1000);
    text = file_of(house);
    assert_non_null(strstr(text, "port /dev/p1\nseries 0\n"));
    assert_non_null(strstr(text, "\nid electricity 34353330333033303330\n"));
    assert_non_null(strstr(text, "\nlevel eDeliveryTariff1 1581.130000000 1600000600 0 0 0\n"));
    assert_non_null(strstr(text, "\nlevel gValue 981.443000000 1600000000 0 1609671600 1\n"));
    write_file(house, "");
    free(text);
    send_after(house, 1000);
    text = file_of(house);
    assert_string_equal(text, "");
    free(text);
    char *fresh = memory_print("%s/levels-main.new", house->folder);
    assert_int_equal(access(fresh, F_OK), -1);
    free(fresh);
}

static void test_a_damaged_file_costs_what_is_damaged(void **state)
{
    struct house *house = *state;
    use_folder(house);
    write_file(house, "port /dev/p1\n"
                      "series -1\n"
                      "series 99999999999999999999\n"
                      "id\nid x 00\nid electricity 4\nid electricity 4g\nid gas\n"
                      "level\nlevel eDeliveryTariff1\n"
                      "level eDeliveryTariff1 9000.000 1600000000 0\n"
                      "level eDeliveryTariff1 9000.0x0 1600000000 0 0\n"
                      "level eDeliveryTariff1 -9000.000 1600000000 0 0\n"
                      "level eDeliveryTariff1 9000.000 1600000000 x 0\n"
                      "level eDeliveryTariff1 9000.000 99999999999999999999 0 0\n"
                      "level eActualDelivery 9000.000 1600000000 0 0\n"
                      "level nothing 9000.000 1600000000 0 0\n"
                      "\n   \nnonsense \x01\x02\xFF\n"
                      "level eDeliveryTariff2 9000.000 1600000000 0 0\n"
                      "level gValue 98");
    guard_free(house->guard);
    house->guard = guard_new(&house->setup);
    send(house);
    PUBLISHED(house, "eDeliveryTariff1", "1581.120");
    PUBLISHED(house, "eDeliveryTariff2", ""); /* that line was whole */
    PUBLISHED(house, "gValue", "981.443");
    assert_int_equal(guard_series(house->guard), 0);
}

static void test_a_folder_that_is_gone_is_told_once(void **state)
{
    struct house *house = *state;
    use_folder(house);
    send(house);
    remove_folder(house->folder);
    for (int i = 0; i < 3; i++)
        send_after(house, SAVE_MS);
    assert_int_equal(times_told(house, "levels-main: No such file or directory"), 1);
    PUBLISHED(house, "eDeliveryTariff1", "1581.120");
}

static void test_the_file_of_a_meter(void **state)
{
    (void)state;
    char *path = levels_path("/var/lib/dsmr", "garage 2/../x");
    assert_string_equal(path, "/var/lib/dsmr/levels-garage-2-..-x");
    free(path);
}

#define HOUSE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(test_a_household_passes),
        HOUSE_TEST(test_zeros_while_the_meter_starts),
        HOUSE_TEST(test_a_step_back_of_a_tenth),
        HOUSE_TEST(test_an_impossible_jump_names_its_key),
        HOUSE_TEST(test_a_level_that_lasts_is_a_new_series_told_once),
        HOUSE_TEST(test_a_new_equipment_id_starts_a_new_series),
        HOUSE_TEST(test_a_new_meter_that_shows_nothing_but_zeros),
        HOUSE_TEST(test_an_id_that_no_crc_vouches_for_must_come_again),
        HOUSE_TEST(test_ids_that_are_others_each_time_are_never_believed),
        HOUSE_TEST(test_a_telegram_without_id_is_of_the_same_meter),
        HOUSE_TEST(test_gas_whose_own_time_runs_backwards),
        HOUSE_TEST(test_gas_in_the_night_that_summer_ends),
        HOUSE_TEST(test_a_gas_meter_a_year_ahead_does_not_lock_itself_out),
        HOUSE_TEST(test_gas_of_a_meter_out_of_reach_is_absent),
        HOUSE_TEST(test_all_zeros_at_the_start_are_waited_for),
        HOUSE_TEST(test_a_number_beyond_all_measure),
        HOUSE_TEST(test_warnings_that_come_again_are_not_repeated),
        HOUSE_TEST(test_a_recording_has_its_own_time),
        HOUSE_TEST(test_a_restart_forgets_nothing),
        HOUSE_TEST(test_another_meter_is_noticed_after_a_restart),
        HOUSE_TEST(test_the_memory_is_of_one_port),
        HOUSE_TEST(test_a_clock_before_the_memory_ends_it),
        HOUSE_TEST(test_the_file_is_written_seldom),
        HOUSE_TEST(test_a_damaged_file_costs_what_is_damaged),
        HOUSE_TEST(test_a_folder_that_is_gone_is_told_once),
        cmocka_unit_test(test_the_file_of_a_meter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
