/* SPDX-License-Identifier: MIT */
/* Work by several threads: all of it is done, once, and ends in the order in which it was handed in. */
#include "core/workers.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { PIECES = 5, ROUNDS = 2000, THREADS = 4 };

/* What the pieces are, and what became of them. */
struct bench {
    unsigned number[PIECES];
    unsigned square[PIECES];
    bool in_use[THREADS]; /* by worker */
    atomic_uint clashes;
    unsigned finished;
    unsigned in_order;
    atomic_uint at_once;
};

static void square(void *context, size_t piece, unsigned worker)
{
    struct bench *bench = context;
    unsigned number = bench->number[piece];
    if (worker >= THREADS || bench->in_use[worker])
        atomic_fetch_add(&bench->clashes, 1);
    bench->in_use[worker % THREADS] = true;
    for (unsigned i = 0; i < number % 7; i++) /* so that they overtake each other */
        sched_yield();
    bench->square[piece] = number * number;
    bench->in_use[worker % THREADS] = false;
}

static void finish(void *context, size_t piece)
{
    struct bench *bench = context;
    if (atomic_fetch_add(&bench->at_once, 1) != 0)
        atomic_fetch_add(&bench->clashes, 1);
    unsigned number = bench->number[piece];
    bench->in_order += number == bench->finished && bench->square[piece] == number * number;
    bench->square[piece] = UINT32_MAX;
    bench->finished++;
    atomic_fetch_sub(&bench->at_once, 1);
}

static void work_through(unsigned threads, size_t pieces, unsigned rounds)
{
    struct bench bench;
    memset(&bench, 0, sizeof bench);
    struct workers *workers = workers_new(&(struct workers_job){
        .work = square,
        .finish = finish,
        .context = &bench,
        .pieces = pieces,
        .threads = threads,
    });
    for (unsigned i = 0; i < rounds; i++) {
        size_t piece = workers_take(workers);
        assert_true(piece < pieces);
        bench.number[piece] = i;
        workers_give(workers);
    }
    workers_free(workers);
    assert_int_equal(bench.finished, rounds);
    assert_int_equal(bench.in_order, rounds);
    assert_int_equal(atomic_load(&bench.clashes), 0);
}

static void test_pieces_are_finished_in_their_order(void **state)
{
    (void)state;
    work_through(THREADS, PIECES, ROUNDS);
    work_through(2, PIECES, ROUNDS);
}

static void test_fewer_pieces_than_threads_will_do(void **state)
{
    (void)state;
    work_through(THREADS, 2, ROUNDS);
    work_through(THREADS, 1, ROUNDS);
}

static void test_one_thread_is_the_one_that_hands_in(void **state)
{
    (void)state;
    work_through(1, 1, ROUNDS);
    work_through(1, PIECES, ROUNDS);
}

static void test_no_work_is_no_trouble(void **state)
{
    (void)state;
    work_through(THREADS, PIECES, 0);
    work_through(1, 1, 0);
}

static void test_there_is_a_core(void **state)
{
    (void)state;
    assert_true(workers_cores() >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_finished_in_their_order),
        cmocka_unit_test(test_fewer_pieces_than_threads_will_do),
        cmocka_unit_test(test_one_thread_is_the_one_that_hands_in),
        cmocka_unit_test(test_no_work_is_no_trouble),
        cmocka_unit_test(test_there_is_a_core),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
