/* SPDX-License-Identifier: MIT */
/* How the Homie convention has properties described and their values written. */
#include "sink/homie_tree.h"

#include "config/config.h"
#include "core/json_writer.h"

#include <string.h>

enum { HOMIE_4 = 4, HOMIE_5 = 5 };

/* ------------------------------------------------------------------------------------------------
 * Properties
 */

static bool is_enum(const struct quantity *quantity)
{
    return quantity->enumeration && !quantity->odd;
}

/* Counts, seconds and minutes are whole until one of them is not. */
static bool is_whole(const struct quantity *quantity)
{
    bool counted = quantity->unit == DSMR_UNIT_NONE || quantity->unit == DSMR_UNIT_S ||
                   quantity->unit == DSMR_UNIT_MIN;
    return counted && !quantity->fraction && quantity->info && quantity->info->decimals == 0;
}

/* 4.0 has no type for a moment in time. */
static const char *datatype(const struct quantity *quantity, int version)
{
    if (is_enum(quantity))
        return "enum";
    if (quantity->type == DSMR_TYPE_TEXT || quantity->enumeration)
        return "string";
    if (quantity->type == DSMR_TYPE_TIME)
        return version == HOMIE_4 ? "string" : "datetime";
    return is_whole(quantity) ? "integer" : "float";
}

static const char *unit_name(const struct quantity *quantity)
{
    return quantity->unit == DSMR_UNIT_M3 ? "m³" : dsmr_unit_name(quantity->unit);
}

static void write_format(struct buffer *out, const struct quantity *quantity)
{
    const char *word;
    buffer_clear(out);
    for (size_t i = 0; (word = enumeration_word(quantity->enumeration, i)) != NULL; i++)
        buffer_print(out, "%s%s", i > 0 ? "," : "", word);
}

static void write_name(struct buffer *out, const struct quantity *quantity, enum language language)
{
    quantity_name(out, quantity, language);
    if (quantity->net)
        buffer_add_text(out, language == LANGUAGE_DUTCH ? " (afgeleid)" : " (derived)");
}

/* A text that is gone is empty; any other value that is gone was the last. An empty message would
 * remove the property, so 5.0 has a NUL for an empty text. */
bool homie_value(struct buffer *out, const struct quantity *quantity, int version)
{
    char text[DSMR_NUMBER_SIZE + DSMR_TIME_SIZE];
    buffer_clear(out);
    buffer_add(out, "", 0);
    if (is_enum(quantity)) {
        buffer_add_text(out, quantity->word ? quantity->word : "");
        return quantity->present;
    }
    switch (quantity->type) {
    case DSMR_TYPE_NUMBER:
        buffer_add(out, text, dsmr_number_print(quantity->number, text));
        return quantity->present;
    case DSMR_TYPE_TIME:
        buffer_add(out, text, dsmr_time_print(&quantity->time, text));
        return quantity->present;
    case DSMR_TYPE_TEXT:
        break;
    }
    if (quantity->present)
        buffer_add(out, quantity->text.at, quantity->text.size);
    if (out->size == 0 && version == HOMIE_5)
        buffer_add(out, "", 1);
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * Version 4: a message an attribute
 */

struct describer {
    const struct homie_writer *writer;
    enum language language;
    struct buffer topic;
    struct buffer text;
};

/* Writes text to the topic with the attribute behind it. */
static void write_attribute(struct describer *describer, const char *attribute, const char *text)
{
    size_t size = describer->topic.size;
    buffer_print(&describer->topic, "%s%s", size > 0 ? "/" : "", attribute);
    describer->writer->write(describer->writer->context, describer->topic.at, text, strlen(text));
    describer->topic.size = size;
    describer->topic.at[size] = '\0';
}

static void describe_property(struct describer *describer, const struct quantity *quantity)
{
    write_name(&describer->text, quantity, describer->language);
    write_attribute(describer, "$name", describer->text.at);
    write_attribute(describer, "$datatype", datatype(quantity, HOMIE_4));
    if (is_enum(quantity)) {
        write_format(&describer->text, quantity);
        write_attribute(describer, "$format", describer->text.at);
    } else if (quantity->unit != DSMR_UNIT_NONE) {
        write_attribute(describer, "$unit", unit_name(quantity));
    }
    write_attribute(describer, "$settable", "false");
    write_attribute(describer, "$retained", "true");
}

static void write_node_name(struct buffer *out, const struct homie_node *node,
                            enum language language)
{
    buffer_clear(out);
    buffer_add_text(out, kind_title(node->kind, language));
    if (strcmp(node->meter, CONFIG_MAIN_METER) != 0)
        buffer_print(out, " %s", node->meter);
}

static void describe_node(struct describer *describer, const struct homie_node *node)
{
    char id[ITEM_ID_MAX];
    buffer_clear(&describer->topic);
    buffer_add_text(&describer->topic, node->id);
    write_node_name(&describer->text, node, describer->language);
    write_attribute(describer, "$name", describer->text.at);
    write_attribute(describer, "$type", dsmr_kind_name(node->kind));
    buffer_clear(&describer->text);
    for (size_t i = 0; i < node->quantities.count; i++) {
        homie_property_id(&node->quantities.at[i], id);
        buffer_print(&describer->text, "%s%s", i > 0 ? "," : "", id);
    }
    write_attribute(describer, "$properties", describer->text.at);
    for (size_t i = 0; i < node->quantities.count; i++) {
        homie_property_id(&node->quantities.at[i], id);
        buffer_clear(&describer->topic);
        buffer_print(&describer->topic, "%s/%s", node->id, id);
        describe_property(describer, &node->quantities.at[i]);
    }
}

static const char *device_name(enum language language)
{
    return language == LANGUAGE_DUTCH ? "Slimme meter" : "Smart meter";
}

void homie_describe_4(const struct homie_tree *tree, enum language language,
                      const struct homie_writer *writer)
{
    struct describer describer = {.writer = writer, .language = language};
    buffer_add(&describer.topic, "", 0);
    write_attribute(&describer, "$homie", "4.0.0");
    write_attribute(&describer, "$name", device_name(language));
    for (size_t i = 0; i < tree->count; i++)
        buffer_print(&describer.text, "%s%s", i > 0 ? "," : "", tree->nodes[i].id);
    write_attribute(&describer, "$nodes", describer.text.at);
    write_attribute(&describer, "$extensions", "");
    write_attribute(&describer, "$implementation", "dsmr " DSMR_VERSION);
    for (size_t i = 0; i < tree->count; i++)
        describe_node(&describer, &tree->nodes[i]);
    buffer_free(&describer.topic);
    buffer_free(&describer.text);
}

/* ------------------------------------------------------------------------------------------------
 * Version 5: one message
 */

static void write_member(struct json *json, const char *name, const char *text)
{
    json_name(json, name);
    json_utf8(json, text);
}

static void write_property(struct json *json, struct buffer *text, const struct quantity *quantity,
                           enum language language)
{
    char id[ITEM_ID_MAX];
    homie_property_id(quantity, id);
    json_name(json, id);
    json_open(json, '{');
    write_name(text, quantity, language);
    write_member(json, "name", text->at);
    write_member(json, "datatype", datatype(quantity, HOMIE_5));
    if (is_enum(quantity)) {
        write_format(text, quantity);
        write_member(json, "format", text->at);
    } else if (quantity->unit != DSMR_UNIT_NONE) {
        write_member(json, "unit", unit_name(quantity));
    }
    json_close(json, '}');
}

static void write_node(struct json *json, struct buffer *text, const struct homie_node *node,
                       enum language language)
{
    json_name(json, node->id);
    json_open(json, '{');
    write_node_name(text, node, language);
    write_member(json, "name", text->at);
    write_member(json, "type", dsmr_kind_name(node->kind));
    json_name(json, "properties");
    json_open(json, '{');
    for (size_t i = 0; i < node->quantities.count; i++)
        write_property(json, text, &node->quantities.at[i], language);
    json_close(json, '}');
    json_close(json, '}');
}

void homie_describe_5(const struct homie_tree *tree, enum language language, int64_t number,
                      const struct homie_writer *writer)
{
    struct buffer out = {0};
    struct buffer text = {0};
    struct json json = {.out = &out};
    json_open(&json, '{');
    write_member(&json, "homie", "5.0");
    json_name(&json, "version");
    json_integer(&json, number);
    write_member(&json, "name", device_name(language));
    json_name(&json, "nodes");
    json_open(&json, '{');
    for (size_t i = 0; i < tree->count; i++)
        write_node(&json, &text, &tree->nodes[i], language);
    json_close(&json, '}');
    json_close(&json, '}');
    writer->write(writer->context, "$description", out.at, out.size);
    buffer_free(&out);
    buffer_free(&text);
}
