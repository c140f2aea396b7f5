/* SPDX-License-Identifier: MIT */
#include "sink/push_batch.h"

#include <string.h>

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

void push_batch_init(struct push_batch *batch, struct push_store *store, enum push_format format,
                     size_t most)
{
    *batch = (struct push_batch){
        .store = store, .format = format, .most = most, .limit = most, .patience = PUSH_PATIENCE};
}

void push_batch_free(struct push_batch *batch)
{
    buffer_free(&batch->body);
}

static char form_letter(enum push_format format)
{
    return format == PUSH_INFLUX ? 'I' : 'J';
}

void push_record_begin(struct buffer *record, enum push_format format)
{
    char letter = form_letter(format);
    buffer_clear(record);
    buffer_add(record, &letter, 1);
}

uint64_t push_batch_ready(const struct push_batch *batch)
{
    uint64_t waiting = push_store_waiting(batch->store);
    return waiting > batch->suspect_count ? waiting - batch->suspect_count : 0;
}

static bool is_suspect(const struct push_batch *batch, uint64_t number)
{
    for (size_t i = 0; i < batch->suspect_count; i++)
        if (batch->suspects[i] == number)
            return true;
    return false;
}

/* Neither JSON nor lines have a NUL; what mqtt.spool keeps has one behind its topic. */
static bool is_of_form(const struct push_batch *batch, const struct spool_record *record)
{
    return record->size > 1 && record->bytes[0] == form_letter(batch->format) &&
           memchr(record->bytes, '\0', record->size) == NULL;
}

/* The next record to send; NULL when there is none now. */
static const struct spool_record *next_record(struct push_batch *batch, uint64_t *misfits)
{
    const struct spool_record *record;
    while ((record = push_store_take(batch->store)) != NULL) {
        if (is_suspect(batch, record->number))
            continue;
        if (is_of_form(batch, record))
            return record;
        (*misfits)++;
        push_store_done(batch->store, record->number);
    }
    return NULL;
}

uint64_t push_batch_compose(struct push_batch *batch)
{
    bool json = batch->format == PUSH_JSON;
    const struct spool_record *record = NULL;
    uint64_t misfits = 0;
    batch->count = 0;
    buffer_clear(&batch->body);
    while (batch->count < batch->limit && batch->body.size < PUSH_BODY_MAX &&
           (record = next_record(batch, &misfits)) != NULL) {
        if (json)
            buffer_add_text(&batch->body, batch->count == 0 ? "[" : ",\n");
        buffer_add(&batch->body, record->bytes + 1, record->size - 1);
        batch->numbers[batch->count++] = record->number;
        if (record->number <= batch->proven)
            break;
    }
    if (json)
        buffer_add_text(&batch->body, "]\n");
    return misfits;
}

void push_batch_done(struct push_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        push_store_done(batch->store, batch->numbers[i]);
    batch->limit = batch->suspect_count > 0 ? 1 : lesser(batch->limit * 2, batch->most);
    batch->patience = PUSH_PATIENCE;
    if (batch->suspect_count == 0)
        return;
    batch->proven = batch->suspects[batch->suspect_count - 1];
    batch->suspect_count = 0;
    push_store_rewind(batch->store);
}

void push_batch_return(struct push_batch *batch)
{
    batch->limit = lesser(batch->limit, (batch->count + 1) / 2);
    push_store_rewind(batch->store);
}

bool push_batch_is_proven(const struct push_batch *batch)
{
    return batch->count == 1 && batch->numbers[0] <= batch->proven;
}

static enum push_refusal halve(struct push_batch *batch, bool too_large)
{
    batch->limit = batch->count / 2;
    if (too_large)
        batch->most = batch->limit;
    push_store_rewind(batch->store);
    return PUSH_NEXT;
}

enum push_refusal push_batch_refused(struct push_batch *batch, bool too_large)
{
    if (batch->count > 1)
        return halve(batch, too_large);
    if (push_batch_is_proven(batch)) {
        push_store_done(batch->store, batch->numbers[0]);
        return PUSH_LEFT_OUT;
    }
    batch->suspects[batch->suspect_count++] = batch->numbers[0];
    if (batch->suspect_count < batch->patience)
        return PUSH_NEXT;
    batch->suspect_count = 0;
    batch->patience = lesser(batch->patience * 2, PUSH_SUSPECTS_MAX);
    return PUSH_EVERYTHING;
}
