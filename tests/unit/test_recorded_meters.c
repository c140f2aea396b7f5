/* SPDX-License-Identifier: MIT */
/*
 * What Home Assistant and Homie are told of recorded meters of all kinds and countries. The recordings
 * hold other people's meter numbers and stay outside: ../shared/telegrams, beside the checkout, is
 * looked at where it is present.
 */
#include "sink/homeassistant.h"
#include "sink/homie.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "ha_reader.h"
#include "homie_reader.h"

enum { RECORDING_MAX = 1 << 20 };

static const struct mqtt_topics topics = {
    .values = "dsmr/{meter}/{item}", .status = "dsmr/status", .line = "dsmr/{meter}/status"};

static char *folder(void)
{
    char *path = memory_text(__FILE__);
    char *slash = strrchr(path, '/');
    assert_non_null(slash);
    *slash = '\0';
    char *found = memory_print("%s/../../../shared/telegrams", path);
    free(path);
    return found;
}

static size_t read_recording(const char *name, char *out)
{
    char *path = folder();
    char *file_name = memory_print("%s/%s", path, name);
    FILE *file = fopen(file_name, "rb");
    assert_non_null(file);
    size_t size = fread(out, 1, RECORDING_MAX, file);
    fclose(file);
    free(file_name);
    free(path);
    return size;
}

typedef void player(const char *text, size_t size, struct loop *loop, struct log *log);

/* True for the name of a recording in clear text. */
static bool is_recording(const char *name)
{
    size_t size = strlen(name);
    return size > 4 && strcmp(name + size - 4, ".txt") == 0;
}

static void play_all(player *play)
{
    static char text[RECORDING_MAX];
    struct log log = {.level = LOG_ERROR};
    struct loop *loop = loop_new();
    char *path = folder();
    DIR *recordings = opendir(path);
    struct dirent *entry;
    size_t count = 0;
    free(path);
    assert_non_null(recordings);
    while ((entry = readdir(recordings)) != NULL) {
        if (!is_recording(entry->d_name))
            continue;
        play(text, read_recording(entry->d_name, text), loop, &log);
        count++;
    }
    closedir(recordings);
    loop_free(loop);
    assert_true(count > 100);
}

static void note_sensor(void *context, json_t *root, json_t *sensor)
{
    size_t *count = context;
    (void)root;
    (void)sensor;
    (*count)++;
}

static void play_for_home_assistant(const char *text, size_t size, struct loop *loop,
                                    struct log *log)
{
    struct world world;
    size_t sensors = 0;
    bool read = false;
    world_init(&world);
    struct mqtt_composer *composer = homeassistant_new(&(struct homeassistant_setup){
        .style = {&topics, "homeassistant", LANGUAGE_ENGLISH, 300},
        .emit = world_emit(&world),
        .loop = loop,
        .log = log,
    });
    for (int i = 0; i < 3; i++)
        read = world_read(&world, composer, "main", text, size, DSMR_CRC_OK);
    ha_read(&world, note_sensor, &sensors);
    assert_true(sensors > 0 || !read || world.decoded.count < 5);
    composer->free(composer);
    world_free(&world);
}

static void play_for_homie(const char *text, size_t size, struct loop *loop, struct log *log)
{
    for (int version = 4; version <= 5; version++) {
        struct world world;
        world_init(&world);
        struct mqtt_composer *composer = homie_new(&(struct homie_setup){
            .version = version,
            .device = "dsmr",
            .emit = world_emit(&world),
            .loop = loop,
            .log = log,
        });
        bool read = world_read(&world, composer, "main", text, size, DSMR_CRC_OK);
        if (read && world.decoded.count > 0) {
            struct homie_count count = version == 5 ? homie_read_5(&world, "homie/5/dsmr/")
                                                    : homie_read_4(&world, "homie/dsmr/");
            assert_true(count.nodes > 0 && count.values == count.properties);
        }
        composer->free(composer);
        world_free(&world);
    }
}

static void test_home_assistant(void **state)
{
    (void)state;
    play_all(play_for_home_assistant);
}

static void test_homie(void **state)
{
    (void)state;
    play_all(play_for_homie);
}

static bool has_recordings(void)
{
    char *path = folder();
    bool there = access(path, R_OK | X_OK) == 0;
    free(path);
    return there;
}

int main(void)
{
    if (!has_recordings()) {
        puts("1..0 # SKIP no ../shared/telegrams beside the checkout");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_home_assistant),
        cmocka_unit_test(test_homie),
    };
    return cmocka_run_group_tests_name("recorded meters", tests, NULL, NULL);
}
