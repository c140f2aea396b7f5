/* SPDX-License-Identifier: MIT */
/* The files of a spool: what survives a torn tail, wherever it is torn, and a disk that is full. */
#include "spool/spool_folder.h"

#include "core/memory.h"
#include "spool/spool_format.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { AMPLE = 100 * 1024 * 1024 }; /* bytes */

struct fixture {
    char path[64];
    struct spool_folder *folder;
};

static void open_folder(struct fixture *f, uint64_t limit)
{
    char *error = NULL;
    f->folder = spool_folder_open(f->path, limit, &error);
    if (f->folder == NULL)
        print_error("%s\n", error);
    assert_non_null(f->folder);
}

static void set_up(struct fixture *f)
{
    strcpy(f->path, "/tmp/dsmr-spool-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    open_folder(f, AMPLE);
}

static void mark(struct fixture *f, uint64_t done, uint64_t held)
{
    const struct spool_marks marks = {.done = done};
    spool_folder_mark(f->folder, &marks, held);
}

static void open_again(struct fixture *f)
{
    spool_folder_close(f->folder);
    open_folder(f, AMPLE);
}

static void file_path(const struct fixture *f, const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s/%s", f->path, name);
}

/* The names of the files that end so, in their order; returns how many. */
static size_t list_files(const struct fixture *f, const char *ending, char names[][64], size_t most)
{
    struct dirent **entries;
    size_t found = 0;
    int count = scandir(f->path, &entries, NULL, alphasort);
    assert_true(count >= 0);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        size_t size = strlen(name);
        if (size > strlen(ending) && size < 64 &&
            strcmp(name + size - strlen(ending), ending) == 0 && found < most)
            strcpy(names[found++], name);
        free(entries[i]);
    }
    free(entries);
    return found;
}

static size_t count_segments(const struct fixture *f)
{
    static char names[64][64];
    return list_files(f, ".spool", names, 64);
}

static void tear_down(struct fixture *f)
{
    static char names[64][64];
    char path[400];
    spool_folder_close(f->folder);
    size_t count = list_files(f, "", names, 64);
    for (size_t i = 0; i < count; i++) {
        file_path(f, names[i], path, sizeof path);
        unlink(path);
    }
    assert_int_equal(rmdir(f->path), 0);
}

static int append(struct fixture *f, uint64_t number, const char *text)
{
    struct spool_record record = {number, 1000 + (int64_t)number, text, strlen(text)};
    return spool_folder_append(f->folder, &record);
}

/* As long as a telegram in JSON, and different for each number. */
static void append_long(struct fixture *f, uint64_t number, size_t size)
{
    char *text = memory_new(size + 1, 1);
    char digits[21];
    memset(text, 'a' + (int)(number % 26), size);
    snprintf(digits, sizeof digits, "%020llu", (unsigned long long)number);
    memcpy(text, digits, sizeof digits - 1);
    text[sizeof digits - 1] = '.';
    assert_int_equal(append(f, number, text), 0);
    free(text);
}

struct seen {
    uint64_t numbers[4000];
    char first[64];
    size_t count;
};

static void note(void *context, const struct spool_record *record)
{
    struct seen *seen = context;
    assert_true(seen->count < 4000);
    assert_int_equal(record->added_ms, 1000 + (int64_t)record->number);
    if (seen->count == 0)
        snprintf(seen->first, sizeof seen->first, "%.*s", (int)record->size, record->bytes);
    seen->numbers[seen->count++] = record->number;
}

static struct seen *read_all(struct fixture *f, uint64_t behind)
{
    static struct seen seen;
    memset(&seen, 0, sizeof seen);
    while (!spool_folder_read(f->folder, seen.count > 0 ? seen.numbers[seen.count - 1] : behind,
                              100000, note, &seen))
        continue;
    return &seen;
}

static void assert_numbers(const struct seen *seen, uint64_t first, uint64_t last)
{
    assert_int_equal(seen->count, last + 1 - first);
    for (size_t i = 0; i < seen->count; i++)
        assert_int_equal(seen->numbers[i], first + i);
}

static void test_what_was_appended_is_read(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    assert_int_equal(spool_folder_last(f.folder), 0);
    assert_true(spool_folder_read(f.folder, 0, 1, note, NULL));
    assert_int_equal(append(&f, 1, "one"), 0);
    assert_int_equal(append(&f, 2, ""), 0);
    assert_int_equal(append(&f, 3, "three"), 0);
    assert_numbers(read_all(&f, 0), 1, 3);
    assert_string_equal(read_all(&f, 0)->first, "one");
    assert_string_equal(read_all(&f, 2)->first, "three");
    assert_int_equal(read_all(&f, 3)->count, 0);
    assert_int_equal(spool_folder_last(f.folder), 3);
    tear_down(&f);
}

static void test_everything_outlives_closing(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    append(&f, 1, "one");
    append(&f, 2, "two");
    append(&f, 3, "three");
    mark(&f, 2, 0);
    open_again(&f);
    assert_int_equal(spool_folder_last(f.folder), 3);
    assert_int_equal(spool_folder_done(f.folder), 2);
    assert_string_equal(read_all(&f, 2)->first, "three");
    append(&f, 4, "four");
    assert_numbers(read_all(&f, 0), 1, 4);
    tear_down(&f);
}

static void test_reading_goes_on_where_it_was(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    static struct seen seen;
    memset(&seen, 0, sizeof seen);
    for (uint64_t number = 1; number <= 1500; number++)
        append_long(&f, number, 3000);
    assert_true(count_segments(&f) > 3);
    while (!spool_folder_read(f.folder, seen.count, 1, note, &seen))
        continue;
    assert_numbers(&seen, 1, 1500);
    append_long(&f, 1501, 3000);
    assert_true(spool_folder_read(f.folder, 1500, 100000, note, &seen));
    assert_numbers(&seen, 1, 1501);
    assert_numbers(read_all(&f, 700), 701, 1501);
    tear_down(&f);
}

static void test_records_of_any_size(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    uint64_t number = 0;
    static const size_t sizes[] = {64 * 1024,
                                   30,
                                   SPOOL_RECORD_MAX,
                                   64 * 1024 - SPOOL_HEADER,
                                   100,
                                   64 * 1024 - SPOOL_HEADER + 1,
                                   100};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        append_long(&f, ++number, sizes[i]);
    assert_numbers(read_all(&f, 0), 1, number);
    open_again(&f);
    assert_int_equal(spool_folder_last(f.folder), number);
    assert_numbers(read_all(&f, 0), 1, number);
    tear_down(&f);
}

/* kill -9 and power failures leave any beginning of what was being written. */
static void test_a_tail_torn_anywhere_is_cut_off(void **state)
{
    (void)state;
    struct fixture f;
    char path[400], name[] = "00000000000000000001.spool";
    set_up(&f);
    append(&f, 1, "one");
    append(&f, 2, "the second record");
    append(&f, 3, "three");
    file_path(&f, name, path, sizeof path);
    struct stat whole;
    assert_int_equal(stat(path, &whole), 0);
    char *bytes = memory_new((size_t)whole.st_size, 1);
    int fd = open(path, O_RDWR);
    assert_int_equal(read(fd, bytes, (size_t)whole.st_size), whole.st_size);
    off_t ends[] = {0, SPOOL_HEADER + 3, 2 * SPOOL_HEADER + 3 + 17, whole.st_size};
    for (off_t size = 0; size <= whole.st_size; size++) {
        uint64_t kept = 0;
        while (kept < 3 && ends[kept + 1] <= size)
            kept++;
        assert_int_equal(pwrite(fd, bytes, (size_t)whole.st_size, 0), whole.st_size);
        assert_int_equal(ftruncate(fd, size), 0);
        open_again(&f);
        assert_int_equal(spool_folder_last(f.folder), kept);
        assert_int_equal(read_all(&f, 0)->count, kept);
        assert_int_equal(append(&f, kept + 1, "after"), 0);
        assert_string_equal(read_all(&f, kept)->first, "after");
        open_again(&f);
        assert_numbers(read_all(&f, 0), 1, kept + 1);
        /* As it was, for the next round. */
        assert_int_equal(ftruncate(fd, 0), 0);
    }
    free(bytes);
    close(fd);
    tear_down(&f);
}

static void test_a_changed_byte_anywhere_is_noticed(void **state)
{
    (void)state;
    struct fixture f;
    char path[400];
    set_up(&f);
    append(&f, 1, "one");
    append(&f, 2, "the second record");
    file_path(&f, "00000000000000000001.spool", path, sizeof path);
    int fd = open(path, O_RDWR);
    for (off_t at = SPOOL_HEADER + 3; at < 2 * SPOOL_HEADER + 3 + 17; at++) {
        char byte, other;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        other = (char)(byte ^ 0x10);
        assert_int_equal(pwrite(fd, &other, 1, at), 1);
        assert_numbers(read_all(&f, 0), 1, 1);
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    assert_numbers(read_all(&f, 0), 1, 2);
    close(fd);
    tear_down(&f);
}

static void test_zeros_at_the_end_are_no_records(void **state)
{
    (void)state;
    struct fixture f;
    char path[400];
    set_up(&f);
    append(&f, 1, "one");
    file_path(&f, "00000000000000000001.spool", path, sizeof path);
    assert_int_equal(truncate(path, 10000), 0);
    open_again(&f);
    assert_int_equal(spool_folder_last(f.folder), 1);
    append(&f, 2, "two");
    open_again(&f);
    assert_numbers(read_all(&f, 0), 1, 2);
    tear_down(&f);
}

static void test_a_bad_record_costs_its_segment_and_no_more(void **state)
{
    (void)state;
    struct fixture f;
    char path[400];
    set_up(&f);
    for (uint64_t number = 1; number <= 1000; number++)
        append_long(&f, number, 3000);
    file_path(&f, "00000000000000000001.spool", path, sizeof path);
    int fd = open(path, O_RDWR);
    assert_int_equal(pwrite(fd, "?", 1, 10 * (3000 + SPOOL_HEADER) + 100), 1);
    close(fd);
    const struct seen *seen = read_all(&f, 0);
    assert_int_equal(seen->numbers[9], 10);
    assert_true(seen->numbers[10] > 300 && seen->numbers[10] < 400);
    assert_int_equal(spool_folder_unreadable(f.folder), seen->numbers[10] - 11);
    assert_int_equal(seen->numbers[seen->count - 1], 1000);
    tear_down(&f);
}

/* As from a copy of another folder: whole, but its number has no place there. */
static void test_a_record_of_another_segment_is_bad(void **state)
{
    (void)state;
    struct fixture f;
    char path[400];
    unsigned char header[SPOOL_HEADER], body[3000] = {0};
    const struct spool_record stranger = {1000000, 1, (const char *)body, sizeof body};
    set_up(&f);
    for (uint64_t number = 1; number <= 1000; number++)
        append_long(&f, number, sizeof body);
    file_path(&f, "00000000000000000001.spool", path, sizeof path);
    int fd = open(path, O_RDWR);
    const off_t place = 10 * (SPOOL_HEADER + (off_t)sizeof body);
    spool_format_header(&stranger, header);
    assert_int_equal(pwrite(fd, header, sizeof header, place), sizeof header);
    assert_int_equal(pwrite(fd, body, sizeof body, place + SPOOL_HEADER), sizeof body);
    close(fd);
    open_again(&f);
    const struct seen *seen = read_all(&f, 0);
    assert_int_equal(spool_folder_last(f.folder), 1000);
    assert_int_equal(seen->numbers[9], 10);
    assert_true(seen->numbers[10] > 300 && seen->numbers[10] < 400);
    assert_int_equal(spool_folder_unreadable(f.folder), seen->numbers[10] - 11);
    assert_int_equal(seen->numbers[seen->count - 1], 1000);
    tear_down(&f);
}

static void test_a_torn_mark_means_nothing_is_done(void **state)
{
    (void)state;
    struct fixture f;
    char path[400];
    set_up(&f);
    append(&f, 1, "one");
    append(&f, 2, "two");
    mark(&f, 1, 0);
    file_path(&f, "done", path, sizeof path);
    assert_int_equal(truncate(path, 7), 0);
    open_again(&f);
    assert_int_equal(spool_folder_done(f.folder), 0);
    assert_numbers(read_all(&f, spool_folder_done(f.folder)), 1, 2);
    tear_down(&f);
}

static void test_what_is_done_goes(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    for (uint64_t number = 1; number <= 1500; number++)
        append_long(&f, number, 3000);
    size_t segments = count_segments(&f);
    mark(&f, 400, 0);
    assert_int_equal(count_segments(&f), segments - 1);
    mark(&f, 1499, 0);
    assert_int_equal(count_segments(&f), 1);
    mark(&f, 1500, 0);
    assert_int_equal(count_segments(&f), 1);
    assert_true(spool_folder_bytes(f.folder) < SPOOL_TIDY);
    assert_int_equal(spool_folder_dropped(f.folder), 0);
    open_again(&f);
    assert_int_equal(spool_folder_last(f.folder), 1500);
    assert_int_equal(spool_folder_done(f.folder), 1500);
    tear_down(&f);
}

/* After a power failure the mark may be older than the files are. */
static void test_numbers_are_not_used_again_without_a_mark(void **state)
{
    (void)state;
    struct fixture f;
    char path[400];
    set_up(&f);
    for (uint64_t number = 1; number <= 100; number++)
        append_long(&f, number, 3000);
    mark(&f, 100, 0);
    file_path(&f, "done", path, sizeof path);
    assert_int_equal(truncate(path, 0), 0);
    open_again(&f);
    assert_int_equal(spool_folder_last(f.folder), 100);
    assert_int_equal(spool_folder_done(f.folder), 100);
    tear_down(&f);
}

static void test_the_oldest_make_room(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    spool_folder_close(f.folder);
    open_folder(&f, 1);
    mark(&f, 100, 200);
    for (uint64_t number = 101; number <= 3000; number++) {
        append_long(&f, number, 3000);
        assert_true(spool_folder_bytes(f.folder) <= 2 * SPOOL_SEGMENT + 4000);
    }
    const struct seen *seen = read_all(&f, 100);
    assert_true(seen->numbers[0] > 2000);
    assert_int_equal(seen->numbers[seen->count - 1], 3000);
    /* Those up to 200 are in memory. */
    assert_int_equal(spool_folder_dropped(f.folder), seen->numbers[0] - 201);
    tear_down(&f);
}

static void test_a_full_disk_changes_nothing(void **state)
{
    (void)state;
    struct fixture f;
    struct rlimit limit;
    set_up(&f);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    struct rlimit tight = {10000, limit.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    append_long(&f, 1, 4000);
    append_long(&f, 2, 4000);
    char text[4001];
    memset(text, 'x', 4000);
    text[4000] = '\0';
    assert_int_not_equal(append(&f, 3, text), 0);
    assert_int_not_equal(append(&f, 3, text), 0);
    assert_int_equal(spool_folder_last(f.folder), 2);
    assert_int_equal(append(&f, 4, "a short one"), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    signal(SIGXFSZ, SIG_DFL);
    append_long(&f, 5, 4000);
    open_again(&f);
    const struct seen *seen = read_all(&f, 0);
    assert_int_equal(seen->count, 4);
    assert_int_equal(seen->numbers[1], 2);
    assert_int_equal(seen->numbers[2], 4);
    assert_int_equal(seen->numbers[3], 5);
    tear_down(&f);
}

static void test_one_dsmr_a_folder(void **state)
{
    (void)state;
    struct fixture f;
    char *error = NULL;
    set_up(&f);
    assert_null(spool_folder_open(f.path, 0, &error));
    assert_non_null(strstr(error, "is in use, by this or another dsmr"));
    free(error);
    tear_down(&f);
}

static void test_folders_that_cannot_be(void **state)
{
    (void)state;
    static const char *const paths[][2] = {
        {"/nowhere/at/all", "No such file or directory"},
        {"/dev/null", "Not a directory"},
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char *error = NULL;
        assert_null(spool_folder_open(paths[i][0], 0, &error));
        assert_non_null(strstr(error, paths[i][0]));
        assert_non_null(strstr(error, paths[i][1]));
        free(error);
    }
}

static void test_other_files_are_left_alone(void **state)
{
    (void)state;
    struct fixture f;
    char path[400];
    static const char *const others[] = {"1.spool", "00000000000000000000.spool",
                                         "0000000000000000000x.spool", "notes.txt"};
    set_up(&f);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        file_path(&f, others[i], path, sizeof path);
        close(open(path, O_CREAT | O_WRONLY, 0600));
    }
    append(&f, 1, "one");
    open_again(&f);
    assert_numbers(read_all(&f, 0), 1, 1);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        file_path(&f, others[i], path, sizeof path);
        assert_int_equal(access(path, F_OK), 0);
    }
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_appended_is_read),
        cmocka_unit_test(test_everything_outlives_closing),
        cmocka_unit_test(test_reading_goes_on_where_it_was),
        cmocka_unit_test(test_records_of_any_size),
        cmocka_unit_test(test_a_tail_torn_anywhere_is_cut_off),
        cmocka_unit_test(test_a_changed_byte_anywhere_is_noticed),
        cmocka_unit_test(test_zeros_at_the_end_are_no_records),
        cmocka_unit_test(test_a_bad_record_costs_its_segment_and_no_more),
        cmocka_unit_test(test_a_record_of_another_segment_is_bad),
        cmocka_unit_test(test_a_torn_mark_means_nothing_is_done),
        cmocka_unit_test(test_what_is_done_goes),
        cmocka_unit_test(test_numbers_are_not_used_again_without_a_mark),
        cmocka_unit_test(test_the_oldest_make_room),
        cmocka_unit_test(test_a_full_disk_changes_nothing),
        cmocka_unit_test(test_one_dsmr_a_folder),
        cmocka_unit_test(test_folders_that_cannot_be),
        cmocka_unit_test(test_other_files_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
