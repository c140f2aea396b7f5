/* SPDX-License-Identifier: MIT */
/* The device of the Homie convention: its nodes and properties, and how they are described. */
#ifndef DSMR_SINK_HOMIE_TREE_H
#define DSMR_SINK_HOMIE_TREE_H

#include "core/buffer.h"
#include "sink/homie.h"

/* A kind of meter behind a P1 port. */
struct homie_node {
    char *id;
    char *meter;
    enum dsmr_kind kind;
    struct quantities quantities; /* its properties */
    struct buffer *sent;          /* by quantity: the value that was sent last; at is NULL before */
    size_t sent_count;
    bool told; /* in the telegram that is being taken in */
};

struct homie_tree {
    struct homie_node *nodes;
    size_t count;
    bool changed; /* a node or a property is new or no longer what it was */
};

/* Zeroed to begin with. Takes in the readings that count. */
void homie_tree_update(struct homie_tree *tree, const struct readings *readings);

/* The id of the nodes of a P1 meter: its name, fit for an id. Written over what out holds. */
void homie_meter_id(struct buffer *out, const char *meter);

/* The id of the meter in that of one of its nodes; empty for the main one. False when it is no id of a
 * node. */
bool homie_node_meter(struct dsmr_text node, struct dsmr_text *meter);

/* The id of a property. */
void homie_property_id(const struct quantity *quantity, char out[ITEM_ID_MAX]);

/* The value as the convention wants it, written over what out holds; false when there is none. */
bool homie_value(struct buffer *out, const struct quantity *quantity, int version);

/* Where the messages of a description go; topic is below the device's. */
struct homie_writer {
    void (*write)(void *context, const char *topic, const char *payload, size_t size);
    void *context;
};

/* Version 4: all attributes but $state. */
void homie_describe_4(const struct homie_tree *tree, enum language language,
                      const struct homie_writer *writer);

/* Version 5: $description; number rises from one description to the next. */
void homie_describe_5(const struct homie_tree *tree, enum language language, int64_t number,
                      const struct homie_writer *writer);

void homie_tree_free(struct homie_tree *tree);

#endif
