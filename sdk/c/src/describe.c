/* What the plugin offers, made of the tasks that its files name. */
#include "call.h"

/* A description as it is passed back. */
typedef struct {
    uint8_t kind;
    const char *summary;
    uint32_t summary_size;
    const uint8_t *accepts;
    uint32_t accepts_count;
    uint8_t has_produces;
    uint8_t produces;
    const char *schema;
    uint32_t schema_size;
    uint8_t deterministic;
    uint8_t combinable;
} abi_description;

static abi_description descriptions[3];
static struct {
    const abi_description *list;
    uint32_t count;
} answer = {descriptions, 0};

enum { EXTRACT, TRANSFORM, LOAD };

/* The contract's numbers of ours. */
static const uint8_t formats[] = {1, 0, 2};

static void add_property(bubbles_buffer *schema, const bubbles_field *field) {
    static const char *types[] = {"integer", "number", "boolean", "string"};
    bubbles_add_quoted(schema, bubbles_text_of(field->name));
    bubbles_add(schema, ":{");
    uint32_t kind = field->kind & 7;
    if (kind != BUBBLES_JSON) {
        bubbles_add(schema, "\"type\":");
        bubbles_add(schema, field->kind & BUBBLES_OPTIONAL ? "[\"" : "\"");
        bubbles_add(schema, types[kind]);
        bubbles_add(schema, field->kind & BUBBLES_OPTIONAL ? "\",\"null\"]" : "\"");
    }
    bubbles_add(schema, "}");
}

static bubbles_text schema(const bubbles_about *about) {
    if (about->config_schema) return bubbles_text_of(about->config_schema);
    bubbles_buffer text = {0};
    const bubbles_shape *shape = about->config();
    bubbles_add(&text, "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
    for (size_t i = 0; i < shape->count; i++) {
        if (i) bubbles_add(&text, ",");
        add_property(&text, &shape->fields[i]);
    }
    bubbles_add(&text, "},\"required\":[");
    for (size_t i = 0, named = 0; i < shape->count; i++) {
        if (shape->fields[i].kind & BUBBLES_OPTIONAL) continue;
        if (named++) bubbles_add(&text, ",");
        bubbles_add_quoted(&text, bubbles_text_of(shape->fields[i].name));
    }
    bubbles_add(&text, "]}");
    return bubbles_text_in(&text);
}

static void describe(uint8_t kind, const bubbles_about *about) {
    abi_description *it = &descriptions[answer.count++];
    bubbles_text summary = bubbles_text_of(about->summary), config = schema(about);
    it->kind = kind;
    it->summary = summary.data;
    it->summary_size = (uint32_t)summary.size;
    it->accepts = &formats[about->accepts];
    it->accepts_count = kind != EXTRACT;
    it->has_produces = kind != LOAD;
    it->produces = formats[about->produces];
    it->schema = config.data;
    it->schema_size = (uint32_t)config.size;
    it->deterministic = !about->varies;
    it->combinable = about->combinable;
}

__attribute__((export_name("bubbles:etl/plugin@0.1.0#describe")))
void *bubbles_describe_(void) {
    if (answer.count == 0) {
        if (&bubbles_extract_about) describe(EXTRACT, &bubbles_extract_about);
        if (&bubbles_transform_about) describe(TRANSFORM, &bubbles_transform_about);
        if (&bubbles_load_about) describe(LOAD, &bubbles_load_about);
    }
    return &answer;
}
