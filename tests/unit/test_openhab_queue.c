/* SPDX-License-Identifier: MIT */
/* The queue of the openHAB sink: order, newest value, rests; time is made by the test. */
#include "sink/openhab_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ITEMS = 4, MINUTE = 60000 };

struct fixture {
    struct bound_item items[ITEMS];
    struct openhab_queue queue;
};

static void set_up(struct fixture *fixture)
{
    static char names[ITEMS][2] = {"A", "B", "C", "D"};
    static const dsmr_item readings[ITEMS] = {3, 5, 3, 7};
    memset(fixture, 0, sizeof *fixture);
    for (int i = 0; i < ITEMS; i++)
        fixture->items[i] = (struct bound_item){.name = names[i], .reading = readings[i]};
    queue_init(&fixture->queue, &(struct bound_items){fixture->items, ITEMS});
}

static void offer(struct fixture *fixture, int item, const char *state, bool only_changes)
{
    struct buffer text = {0};
    buffer_add_text(&text, state);
    queue_offer(&fixture->queue, &fixture->queue.targets[item], &text, only_changes);
    buffer_free(&text);
}

static struct target *take(struct fixture *fixture, const char *name, const char *state)
{
    struct target *target = queue_take(&fixture->queue, 0);
    assert_non_null(target);
    assert_string_equal(target->item->name, name);
    assert_string_equal(target->sent.at, state);
    return target;
}

static void assert_empty(struct fixture *fixture)
{
    assert_null(queue_take(&fixture->queue, 0));
    assert_null(fixture->queue.first);
    assert_null(fixture->queue.last);
}

static void test_items_of_a_reading_in_file_order(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    struct target *first = queue_bound(&f.queue, "main", 3);
    assert_string_equal(first->item->name, "A");
    assert_string_equal(first->next_same->item->name, "C");
    assert_null(first->next_same->next_same);
    assert_null(queue_bound(&f.queue, "main", 4));
    assert_null(queue_bound(&f.queue, "main", DSMR_ITEM_NONE));
    queue_free(&f.queue);
}

static void test_order_is_that_of_the_offers(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    offer(&f, 2, "1", false);
    offer(&f, 0, "2", false);
    offer(&f, 3, "3", false);
    offer(&f, 2, "4", false); /* newer, in the old place */
    assert_int_equal(f.queue.dropped, 1);
    assert_int_equal(queue_waiting(&f.queue), 3);
    queue_accepted(&f.queue, take(&f, "C", "4"));
    queue_accepted(&f.queue, take(&f, "A", "2"));
    queue_accepted(&f.queue, take(&f, "D", "3"));
    assert_empty(&f);
    assert_int_equal(queue_waiting(&f.queue), 0);
    queue_free(&f.queue);
}

static void test_item_is_under_way_once(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    offer(&f, 0, "1", false);
    struct target *flying = take(&f, "A", "1");
    offer(&f, 0, "2", false);
    offer(&f, 1, "b", false);
    offer(&f, 0, "3", false);
    assert_string_equal(flying->sent.at, "1");
    struct target *other = take(&f, "B", "b");
    assert_empty(&f);
    queue_accepted(&f.queue, flying);
    queue_accepted(&f.queue, take(&f, "A", "3"));
    queue_accepted(&f.queue, other);
    assert_empty(&f);
    assert_int_equal(f.queue.dropped, 1);
    queue_free(&f.queue);
}

static void test_every_and_change(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    offer(&f, 0, "1", false);
    queue_accepted(&f.queue, take(&f, "A", "1"));
    offer(&f, 0, "1", true);
    assert_empty(&f);
    offer(&f, 0, "1", false);
    queue_accepted(&f.queue, take(&f, "A", "1"));
    offer(&f, 0, "2", true);
    queue_accepted(&f.queue, take(&f, "A", "2"));
    offer(&f, 0, "2.0", true);
    queue_accepted(&f.queue, take(&f, "A", "2.0"));
    assert_int_equal(f.queue.dropped, 0);
    queue_free(&f.queue);
}

static void test_failures_go_back_to_their_place(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    for (int i = 0; i < ITEMS; i++)
        offer(&f, i, "1", false);
    struct target *a = take(&f, "A", "1"), *b = take(&f, "B", "1"), *c = take(&f, "C", "1");
    offer(&f, 1, "2", false);
    queue_failed(&f.queue, c);
    queue_failed(&f.queue, a);
    queue_failed(&f.queue, b);
    assert_int_equal(f.queue.dropped, 1);
    take(&f, "A", "1");
    take(&f, "B", "2");
    take(&f, "C", "1");
    take(&f, "D", "1");
    assert_empty(&f);
    queue_free(&f.queue);
}

static void test_take_behind_a_turn(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    for (int i = 0; i < 3; i++)
        offer(&f, i, "1", false);
    uint64_t tried = 0;
    static const char *const order[] = {"A", "B", "C", "A", "B"};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        struct target *target = queue_take(&f.queue, tried);
        assert_string_equal(target->item->name, order[i]);
        tried = target->flight_turn;
        queue_failed(&f.queue, target);
    }
    take(&f, "A", "1");
    queue_free(&f.queue);
}

static void test_missing_items_rest_ever_longer(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    offer(&f, 0, "1", false);
    static const int64_t rests[] = {5, 10, 20, 40, 80, 160, 300, 300};
    int64_t now = 7777;
    for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
        queue_rest(&f.queue, take(&f, "A", "1"), REST_MISSING, now);
        offer(&f, 0, "2", false); /* does not end the rest */
        offer(&f, 0, "1", true);
        assert_empty(&f);
        assert_int_equal(queue_wake(&f.queue, now), now + rests[i] * 1000);
        now += rests[i] * 1000;
        assert_int_equal(queue_wake(&f.queue, now), INT64_MAX);
    }
    queue_accepted(&f.queue, take(&f, "A", "1"));
    offer(&f, 0, "3", false);
    queue_rest(&f.queue, take(&f, "A", "3"), REST_MISSING, now);
    assert_int_equal(queue_wake(&f.queue, now), now + 5000); /* from the start again */
    queue_free(&f.queue);
}

static void test_refused_state_rests_until_another(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    offer(&f, 0, "bad", false);
    queue_rest(&f.queue, take(&f, "A", "bad"), REST_REFUSED, 0);
    offer(&f, 0, "bad", false);
    assert_empty(&f);
    offer(&f, 0, "good", false);
    queue_rest(&f.queue, take(&f, "A", "good"), REST_REFUSED, 0);
    assert_empty(&f);
    assert_int_equal(queue_wake(&f.queue, 1), 5 * MINUTE);
    assert_int_equal(queue_wake(&f.queue, 5 * MINUTE), INT64_MAX);
    struct target *again = take(&f, "A", "good"); /* tried once more */
    offer(&f, 0, "other", false);
    queue_rest(&f.queue, again, REST_REFUSED, 0);
    queue_accepted(&f.queue, take(&f, "A", "other")); /* that came meanwhile: at once */
    assert_empty(&f);
    queue_free(&f.queue);
}

static void test_wake_all_ends_rests(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    for (int i = 0; i < 3; i++)
        offer(&f, i, "1", true);
    queue_accepted(&f.queue, take(&f, "A", "1"));
    queue_rest(&f.queue, take(&f, "B", "1"), REST_MISSING, 0);
    struct target *flying = take(&f, "C", "1");
    queue_wake_all(&f.queue, false);
    assert_ptr_equal(f.queue.first, &f.queue.targets[1]);
    assert_ptr_equal(f.queue.last, &f.queue.targets[1]);
    /* With again: everything that was ever offered, but not what is under way. */
    queue_wake_all(&f.queue, true);
    take(&f, "B", "1");
    take(&f, "A", "1");
    assert_empty(&f);
    queue_accepted(&f.queue, flying);
    assert_empty(&f);
    queue_free(&f.queue);
}

static void test_no_items(void **state)
{
    (void)state;
    struct openhab_queue queue;
    queue_init(&queue, &(struct bound_items){0});
    assert_null(queue_take(&queue, 0));
    assert_int_equal(queue_wake(&queue, 0), INT64_MAX);
    queue_wake_all(&queue, true);
    queue_free(&queue);
}

static void test_what_was_told_is_known_of_items_that_stay(void **state)
{
    (void)state;
    struct fixture old, fresh;
    set_up(&old);
    set_up(&fresh);
    for (int i = 0; i < ITEMS; i++) {
        old.queue.targets[i].missing = old.queue.targets[i].missing_told = true;
        old.queue.targets[i].refusal_told = old.queue.targets[i].misfit_told = true;
    }
    char name[] = "Bb";
    old.items[1].name = name;    /* B is new */
    fresh.items[2].reading = 11; /* C has another reading */
    queue_inherit(&fresh.queue, &old.queue);
    static const bool missing[ITEMS] = {true, false, true, true};
    static const bool refused[ITEMS] = {true, false, false, true};
    for (int i = 0; i < ITEMS; i++) {
        const struct target *target = &fresh.queue.targets[i];
        assert_int_equal(target->missing && target->missing_told, missing[i]);
        assert_int_equal(target->refusal_told, refused[i]);
        assert_int_equal(target->misfit_told, refused[i]);
    }
    queue_free(&old.queue);
    queue_free(&fresh.queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items_of_a_reading_in_file_order),
        cmocka_unit_test(test_order_is_that_of_the_offers),
        cmocka_unit_test(test_item_is_under_way_once),
        cmocka_unit_test(test_every_and_change),
        cmocka_unit_test(test_failures_go_back_to_their_place),
        cmocka_unit_test(test_take_behind_a_turn),
        cmocka_unit_test(test_missing_items_rest_ever_longer),
        cmocka_unit_test(test_refused_state_rests_until_another),
        cmocka_unit_test(test_wake_all_ends_rests),
        cmocka_unit_test(test_no_items),
        cmocka_unit_test(test_what_was_told_is_known_of_items_that_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
