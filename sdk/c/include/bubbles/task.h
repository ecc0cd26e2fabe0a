/* Tasks, and how a plugin names its own.
 *
 * Each macro takes designated fields of the struct below it at its end: `.summary = "...",` and
 * what else is not as usual. Functions get their configuration typed. */
#ifndef BUBBLES_TASK_H
#define BUBBLES_TASK_H

#include "objects.h"
#include "result.h"
#include "rows.h"
#include "text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Formats that a task accepts. 0 stands for JSON. */
typedef enum { BUBBLES_FORMAT_JSON, BUBBLES_FORMAT_BYTES, BUBBLES_FORMAT_ARROW } bubbles_format;
typedef enum { BUBBLES_WHOLE, BUBBLES_PARTIAL, BUBBLES_FINAL } bubbles_phase;

/* Where a task runs. */
typedef struct {
    bubbles_text job;
    bubbles_text task;
    bubbles_phase phase;
    uint32_t split;
    uint32_t splits;
    uint32_t attempt;
} bubbles_context;

/* What people and checks are told of a task. */
typedef struct {
    const bubbles_shape *(*config)(void);
    /* JSON Schema of the configuration, where that made of `config` says too little. */
    const char *config_schema;
    const char *summary;
    bubbles_format accepts;
    bubbles_format produces;
    /* Equal input does not always give equal output. */
    bool varies;
    bool combinable;
} bubbles_about;

/* A task that turns chunks into chunks: `row` or `chunk`, and the others where needed. */
typedef struct {
    const bubbles_shape *(*input)(void);
    bubbles_result (*row)(const void *config, const void *row);
    /* May change the chunk. `input` counts the task's inputs from 0. */
    bubbles_result (*chunk)(const void *config, uint32_t input, char *data, size_t size);
    bubbles_result (*open)(const void *config, const bubbles_context *context);
    /* After the last chunk. */
    bubbles_result (*finish)(const void *config);
} bubbles_transform;

/* A piece of a source that can be read apart. */
typedef struct {
    bubbles_bytes payload;
    /* About how much there is to read; 0 if unknown. */
    uint64_t bytes;
} bubbles_split;

/* A source in the making, filled by `plan`. */
typedef struct bubbles_source bubbles_source;
void bubbles_source_add(bubbles_source *source, bubbles_bytes payload, uint64_t bytes);
void bubbles_source_bookmark(bubbles_source *source, bubbles_bytes bookmark);

/* A task that reads a source. */
typedef struct {
    /* `bookmark` has no data where no job committed before. */
    bubbles_result (*plan)(const void *config, bubbles_bytes bookmark, bubbles_source *source);
    bubbles_result (*run)(const void *config, const bubbles_split *piece, const bubbles_context *context);
} bubbles_extract;

/* A task that writes a destination, in two steps: `row` or `write`, and all the others. */
typedef struct {
    const bubbles_shape *(*input)(void);
    bubbles_result (*row)(const void *config, const void *row);
    bubbles_result (*write)(const void *config, char *data, size_t size);
    bubbles_result (*open)(const void *config, const bubbles_context *context);
    /* Makes the output durable, and puts the receipt into `receipt`. */
    bubbles_result (*prepare)(const void *config, bubbles_buffer *receipt);
    bubbles_result (*commit)(const void *config, const bubbles_bytes *receipts, size_t count);
    bubbles_result (*abort)(const void *config, const bubbles_bytes *receipts, size_t count);
} bubbles_load;

/* What the macros define and the SDK looks for. */
extern const bubbles_about bubbles_extract_about __attribute__((weak));
extern const bubbles_about bubbles_transform_about __attribute__((weak));
extern const bubbles_about bubbles_load_about __attribute__((weak));
extern const bubbles_extract bubbles_the_extract __attribute__((weak));
extern const bubbles_transform bubbles_the_transform __attribute__((weak));
extern const bubbles_load bubbles_the_load __attribute__((weak));

#ifdef __cplusplus
}
#endif

#include "exports.h"

/* A function from a row to rows: `bubbles_result function(const config_type *, const row_type *)`,
 * which calls the `_emit` of what it gives. */
#define BUBBLES_TRANSFORM(config_type, row_type, function, ...)                              \
    static bubbles_result bubbles_row_(const void *config_, const void *row_) {              \
        return function((const config_type *)config_, (const row_type *)row_);               \
    }                                                                                        \
    const bubbles_about bubbles_transform_about = {.config = config_type##_shape, __VA_ARGS__}; \
    const bubbles_transform bubbles_the_transform = {.input = row_type##_shape, .row = bubbles_row_}; \
    BUBBLES_EXPORT_TRANSFORM_

/* Any other transform: `task` is a struct in parentheses. */
#define BUBBLES_TRANSFORM_TASK(config_type, task, ...)                                       \
    const bubbles_about bubbles_transform_about = {.config = config_type##_shape, __VA_ARGS__}; \
    const bubbles_transform bubbles_the_transform = BUBBLES_BARE_ task;                      \
    BUBBLES_EXPORT_TRANSFORM_

#define BUBBLES_EXTRACT_TASK(config_type, task, ...)                                         \
    const bubbles_about bubbles_extract_about = {.config = config_type##_shape, __VA_ARGS__}; \
    const bubbles_extract bubbles_the_extract = BUBBLES_BARE_ task;                          \
    BUBBLES_EXPORT_EXTRACT_

#define BUBBLES_LOAD_TASK(config_type, task, ...)                                            \
    const bubbles_about bubbles_load_about = {.config = config_type##_shape, __VA_ARGS__};   \
    const bubbles_load bubbles_the_load = BUBBLES_BARE_ task;                                \
    BUBBLES_EXPORT_LOAD_

#define BUBBLES_BARE_(...) {__VA_ARGS__}

#endif
