/* SPDX-License-Identifier: MIT */
#include "sink/homie_tree.h"

#include "config/config.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------
 * Ids: a-z, 0-9 and -, the latter neither first nor last
 */

static bool is_id_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* A name that cannot stay as it is gets its sum behind it, so that A and a are two. */
void homie_meter_id(struct buffer *out, const char *meter)
{
    size_t size = strlen(meter);
    bool starts = size > 0 && meter[0] != '-' && is_id_character(lower(meter[0]));
    bool changed = !starts || meter[size - 1] == '-';
    buffer_clear(out);
    if (!starts)
        buffer_add(out, "m", 1);
    for (size_t i = 0; i < size; i++) {
        char c = lower(meter[i]);
        changed = changed || c != meter[i] || !is_id_character(c);
        buffer_add(out, is_id_character(c) ? &c : "-", 1);
    }
    if (changed)
        buffer_print(out, "-%04x", dsmr_crc16(0, meter, size));
}

static const char *kind_id(enum dsmr_kind kind)
{
    switch (kind) {
    case DSMR_KIND_DEVICE:
        return "p1";
    case DSMR_KIND_SLAVE_ELECTRICITY:
        return "slaveelectricity";
    default:
        return dsmr_kind_name(kind);
    }
}

bool homie_node_meter(struct dsmr_text node, struct dsmr_text *meter)
{
    for (enum dsmr_kind kind = DSMR_KIND_DEVICE; kind < DSMR_KIND_COUNT; kind++) {
        const char *id = kind_id(kind);
        size_t size = strlen(id);
        if (node.size < size || memcmp(node.at + node.size - size, id, size) != 0)
            continue;
        size_t rest = node.size - size;
        *meter = (struct dsmr_text){node.at, rest > 0 ? rest - 1 : 0};
        if (rest == 0 || (rest > 1 && node.at[rest - 1] == '-'))
            return true;
    }
    return false;
}

void homie_property_id(const struct quantity *quantity, char out[ITEM_ID_MAX])
{
    item_id_in_words(quantity->id, '-', out, ITEM_ID_MAX);
}

/* ------------------------------------------------------------------------------------------------
 * Nodes
 */

static struct homie_node *add_node(struct homie_tree *tree, const char *meter, enum dsmr_kind kind)
{
    struct buffer id = {0};
    if (strcmp(meter, CONFIG_MAIN_METER) != 0) {
        homie_meter_id(&id, meter);
        buffer_add_text(&id, "-");
    }
    buffer_add_text(&id, kind_id(kind));
    tree->nodes = memory_grow(tree->nodes, tree->count + 1, sizeof *tree->nodes);
    struct homie_node *node = &tree->nodes[tree->count++];
    *node = (struct homie_node){.id = id.at, .meter = memory_text(meter), .kind = kind};
    tree->changed = true;
    return node;
}

/* The readings of one kind mostly stand together. */
static struct homie_node *node_of(struct homie_tree *tree, struct homie_node *last,
                                  const char *meter, enum dsmr_kind kind)
{
    if (last && last->kind == kind)
        return last;
    for (size_t i = 0; i < tree->count; i++)
        if (tree->nodes[i].kind == kind && strcmp(tree->nodes[i].meter, meter) == 0)
            return &tree->nodes[i];
    return add_node(tree, meter, kind);
}

static void make_room(struct homie_node *node)
{
    size_t count = node->quantities.count;
    if (count <= node->sent_count)
        return;
    node->sent = memory_grow(node->sent, count, sizeof *node->sent);
    memset(node->sent + node->sent_count, 0, (count - node->sent_count) * sizeof *node->sent);
    node->sent_count = count;
}

void homie_tree_update(struct homie_tree *tree, const struct readings *readings)
{
    struct homie_node *node = NULL;
    for (size_t i = 0; i < tree->count; i++)
        tree->nodes[i].told = false;
    for (size_t i = 0; i < readings->count; i++) {
        const struct dsmr_reading *reading = &readings->at[i];
        if (reading->superseded)
            continue;
        node = node_of(tree, node, readings->meter, dsmr_item_info(reading->item)->kind);
        if (!node->told)
            quantities_begin(&node->quantities);
        node->told = true;
        quantities_take(&node->quantities, readings, i);
    }
    for (size_t i = 0; i < tree->count; i++) {
        node = &tree->nodes[i];
        if (!node->told)
            continue;
        quantities_end(&node->quantities);
        make_room(node);
        tree->changed = tree->changed || node->quantities.changed;
        node->quantities.changed = false;
    }
}

void homie_tree_free(struct homie_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        struct homie_node *node = &tree->nodes[i];
        for (size_t j = 0; j < node->sent_count; j++)
            buffer_free(&node->sent[j]);
        quantities_free(&node->quantities);
        free(node->sent);
        free(node->id);
        free(node->meter);
    }
    free(tree->nodes);
    *tree = (struct homie_tree){0};
}
