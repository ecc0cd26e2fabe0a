/* What every call into the plugin has in common. */
#ifndef BUBBLES_CALL_H
#define BUBBLES_CALL_H

#include "abi.h"

/* A result as it is passed back. */
typedef struct {
    uint8_t failed;
    union {
        struct { uint8_t kind; const char *data; uint32_t size; } error;
        struct { const void *data; uint32_t size; } list;
        struct {
            const void *splits;
            uint32_t count;
            uint8_t has_bookmark;
            const char *bookmark;
            uint32_t bookmark_size;
        } source;
    };
} call_result;

/* The one that is passed back next. */
extern call_result call_answer;

/* The message of the last failure. */
bubbles_text call_message(void);
/* Sends waiting rows, and puts an error into the answer. */
void *call_done(bubbles_result result);
/* Reads the configuration, which it takes over. It is then `call_config`. */
bubbles_result call_configure(const bubbles_about *about, char *config, uint32_t size);
extern void *call_config;
void call_release(char *data, uint32_t size);

#define CALL_CONTEXT                                                                          \
    {                                                                                         \
        {job, job_size}, {task, task_size}, (bubbles_phase)phase, split, splits, attempt      \
    }

#endif
