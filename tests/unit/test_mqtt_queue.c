/* SPDX-License-Identifier: MIT */
/* The queue of the MQTT sink: order, newest value, what stands, and its bounds. */
#include "sink/mqtt_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct mqtt_queue ample(void)
{
    return (struct mqtt_queue){.topics_max = 100000, .bytes_max = 100 * 1000 * 1000};
}

static bool offer(struct mqtt_queue *queue, enum emit_class class, const char *topic,
                  const char *text)
{
    return mqtt_queue_offer(queue, class, topic, text, strlen(text), 0, class == EMIT_STANDING);
}

static bool value(struct mqtt_queue *queue, const char *topic, const char *text)
{
    return offer(queue, EMIT_VALUE, topic, text);
}

static struct mqtt_message *take(struct mqtt_queue *queue, const char *topic, const char *text)
{
    struct mqtt_message *message = mqtt_queue_take(queue);
    assert_non_null(message);
    assert_string_equal(message->topic, topic);
    assert_int_equal(message->size, strlen(text));
    assert_memory_equal(message->payload, text, message->size);
    return message;
}

static void assert_empty(struct mqtt_queue *queue)
{
    assert_int_equal(queue->waiting, 0);
    assert_null(mqtt_queue_take(queue));
    assert_null(queue->last);
}

static void test_order_is_that_of_the_offers(void **state)
{
    (void)state;
    struct mqtt_queue queue = ample();
    value(&queue, "b", "1");
    value(&queue, "a", "2");
    value(&queue, "c", "3");
    value(&queue, "b", "4"); /* newer, in the old place */
    assert_int_equal(queue.superseded, 1);
    assert_int_equal(queue.waiting, 3);
    mqtt_queue_landed(&queue, take(&queue, "b", "4"), true);
    mqtt_queue_landed(&queue, take(&queue, "a", "2"), true);
    mqtt_queue_landed(&queue, take(&queue, "c", "3"), true);
    assert_empty(&queue);
    mqtt_queue_free(&queue);
}

static void test_one_of_a_topic_flies(void **state)
{
    (void)state;
    struct mqtt_queue queue = ample();
    value(&queue, "a", "1");
    struct mqtt_message *first = take(&queue, "a", "1");
    value(&queue, "a", "2");
    value(&queue, "b", "3");
    mqtt_queue_landed(&queue, take(&queue, "b", "3"), true);
    assert_empty(&queue);
    mqtt_queue_landed(&queue, first, true);
    mqtt_queue_landed(&queue, take(&queue, "a", "2"), true);
    assert_empty(&queue);
    mqtt_queue_free(&queue);
}

static void test_what_comes_back_goes_to_its_old_place(void **state)
{
    (void)state;
    struct mqtt_queue queue = ample();
    value(&queue, "a", "1");
    value(&queue, "b", "2");
    value(&queue, "c", "3");
    struct mqtt_message *a = take(&queue, "a", "1");
    struct mqtt_message *b = take(&queue, "b", "2");
    mqtt_queue_landed(&queue, b, false);
    mqtt_queue_landed(&queue, a, false);
    mqtt_queue_landed(&queue, take(&queue, "a", "1"), true);
    mqtt_queue_landed(&queue, take(&queue, "b", "2"), true);
    mqtt_queue_landed(&queue, take(&queue, "c", "3"), true);
    assert_empty(&queue);
    mqtt_queue_free(&queue);
}

static void test_what_comes_back_gives_way_to_a_newer_one(void **state)
{
    (void)state;
    struct mqtt_queue queue = ample();
    value(&queue, "a", "1");
    struct mqtt_message *a = take(&queue, "a", "1");
    value(&queue, "a", "the newest");
    mqtt_queue_landed(&queue, a, false);
    mqtt_queue_landed(&queue, take(&queue, "a", "the newest"), true);
    assert_empty(&queue);
    mqtt_queue_free(&queue);
}

static void test_standing_messages_are_sent_once_a_connection(void **state)
{
    (void)state;
    struct mqtt_queue queue = ample();
    offer(&queue, EMIT_STANDING, "s", "online");
    mqtt_queue_landed(&queue, take(&queue, "s", "online"), true);
    offer(&queue, EMIT_STANDING, "s", "online");
    assert_empty(&queue);
    offer(&queue, EMIT_STANDING, "s", "offline");
    mqtt_queue_landed(&queue, take(&queue, "s", "offline"), true);
    mqtt_queue_renew(&queue);
    mqtt_queue_landed(&queue, take(&queue, "s", "offline"), true);
    mqtt_queue_renew_topic(&queue, "s");
    mqtt_queue_renew_topic(&queue, "unknown");
    mqtt_queue_landed(&queue, take(&queue, "s", "offline"), true);
    assert_empty(&queue);
    mqtt_queue_free(&queue);
}

static void test_values_are_renewed_when_they_are_retained(void **state)
{
    (void)state;
    struct mqtt_queue queue = ample();
    value(&queue, "v", "1");
    mqtt_queue_offer(&queue, EMIT_VALUE, "r", "2", 1, 0, true);
    offer(&queue, EMIT_STANDING, "s", "3");
    for (int i = 0; i < 3; i++)
        mqtt_queue_landed(&queue, mqtt_queue_take(&queue), true);
    mqtt_queue_renew(&queue);
    mqtt_queue_landed(&queue, take(&queue, "s", "3"), true);
    mqtt_queue_landed(&queue, take(&queue, "r", "2"), true);
    assert_empty(&queue);
    mqtt_queue_free(&queue);
}

static void test_removed_messages_are_forgotten(void **state)
{
    (void)state;
    struct mqtt_queue queue = ample();
    offer(&queue, EMIT_STANDING, "s", "here");
    mqtt_queue_landed(&queue, take(&queue, "s", "here"), true);
    offer(&queue, EMIT_STANDING, "s", "");
    struct mqtt_message *removal = take(&queue, "s", "");
    mqtt_queue_landed(&queue, removal, false);
    assert_int_equal(queue.count, 1);
    mqtt_queue_landed(&queue, take(&queue, "s", ""), true);
    assert_int_equal(queue.count, 0);
    assert_int_equal(queue.bytes, 0);
    mqtt_queue_renew(&queue);
    assert_empty(&queue);
    mqtt_queue_free(&queue);
}

static void test_any_bytes(void **state)
{
    (void)state;
    struct mqtt_queue queue = ample();
    static const char bytes[] = "a\0b\xFF";
    mqtt_queue_offer(&queue, EMIT_VALUE, "a", bytes, sizeof bytes, 2, false);
    struct mqtt_message *message = mqtt_queue_take(&queue);
    assert_int_equal(message->size, sizeof bytes);
    assert_memory_equal(message->payload, bytes, sizeof bytes);
    assert_int_equal(message->qos, 2);
    mqtt_queue_landed(&queue, message, true);
    mqtt_queue_free(&queue);
}

static void test_many_topics(void **state)
{
    (void)state;
    enum { TOPICS = 20000 };
    struct mqtt_queue queue = ample();
    char topic[32], text[32];
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < TOPICS; i++) {
            snprintf(topic, sizeof topic, "dsmr/m%d/value", i);
            snprintf(text, sizeof text, "%d", i + round);
            assert_true(value(&queue, topic, text));
        }
    assert_int_equal(queue.count, TOPICS);
    assert_int_equal(queue.superseded, 2 * TOPICS);
    for (int i = 0; i < TOPICS; i++) {
        snprintf(topic, sizeof topic, "dsmr/m%d/value", i);
        snprintf(text, sizeof text, "%d", i + 2);
        mqtt_queue_landed(&queue, take(&queue, topic, text), true);
    }
    assert_empty(&queue);
    mqtt_queue_free(&queue);
}

static void test_bounds(void **state)
{
    (void)state;
    struct mqtt_queue queue = {.topics_max = 3, .bytes_max = 100000};
    char large[50001];
    memset(large, 'x', 50000);
    large[50000] = '\0';
    assert_true(value(&queue, "a", "1"));
    assert_true(value(&queue, "b", large));
    assert_true(value(&queue, "c", "1"));
    assert_false(value(&queue, "d", "1"));
    assert_false(value(&queue, "a", large));
    assert_int_equal(queue.dropped, 2);
    /* What is there already can always be made newer. */
    assert_true(value(&queue, "b", "2"));
    assert_true(value(&queue, "a", large));
    mqtt_queue_landed(&queue, take(&queue, "a", large), true);
    mqtt_queue_landed(&queue, take(&queue, "b", "2"), true);
    mqtt_queue_landed(&queue, take(&queue, "c", "1"), true);
    assert_empty(&queue);
    mqtt_queue_free(&queue);
}

static void land(struct mqtt_queue *queue, const char *topic, const char *text)
{
    mqtt_queue_landed(queue, take(queue, topic, text), true);
}

static void test_what_others_overwrite_is_said_again(void **state)
{
    (void)state;
    struct mqtt_queue queue = ample();
    offer(&queue, EMIT_STANDING, "status", "online");
    value(&queue, "a", "1");
    /* Our own message comes back while it flies, and when it has landed. */
    struct mqtt_message *status = take(&queue, "status", "online");
    mqtt_queue_mend(&queue, "status", "offline", 7);
    mqtt_queue_landed(&queue, status, true);
    land(&queue, "a", "1");
    mqtt_queue_mend(&queue, "status", "online", 6);
    mqtt_queue_mend(&queue, "a", "2", 1);
    mqtt_queue_mend(&queue, "nobody's", "2", 1);
    assert_empty(&queue);
    mqtt_queue_mend(&queue, "status", "offline", 7);
    land(&queue, "status", "online");
    mqtt_queue_mend(&queue, "status", "", 0);
    land(&queue, "status", "online");
    assert_empty(&queue);
    mqtt_queue_free(&queue);
}

static void join(void *context, const char *topic, const char *payload, size_t size)
{
    char *out = context;
    sprintf(out + strlen(out), "%s=%.*s ", topic, (int)size, payload);
}

static void test_what_is_retained_can_be_listed(void **state)
{
    (void)state;
    char list[100] = "";
    struct mqtt_queue queue = ample();
    offer(&queue, EMIT_STANDING, "status", "online");
    value(&queue, "a", "1");
    offer(&queue, EMIT_STANDING, "gone", "");
    offer(&queue, EMIT_STANDING, "config", "{}");
    land(&queue, "status", "online");
    /* What is to be removed, as long as it is. */
    mqtt_queue_each_retained(&queue, join, list);
    assert_string_equal(list, "status=online gone= config={} ");
    land(&queue, "a", "1");
    land(&queue, "gone", "");
    list[0] = '\0';
    mqtt_queue_each_retained(&queue, join, list);
    assert_string_equal(list, "status=online config={} ");
    mqtt_queue_free(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_is_that_of_the_offers),
        cmocka_unit_test(test_one_of_a_topic_flies),
        cmocka_unit_test(test_what_comes_back_goes_to_its_old_place),
        cmocka_unit_test(test_what_comes_back_gives_way_to_a_newer_one),
        cmocka_unit_test(test_standing_messages_are_sent_once_a_connection),
        cmocka_unit_test(test_values_are_renewed_when_they_are_retained),
        cmocka_unit_test(test_removed_messages_are_forgotten),
        cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_many_topics),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_what_others_overwrite_is_said_again),
        cmocka_unit_test(test_what_is_retained_can_be_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
