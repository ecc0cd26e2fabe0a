/* The functions that the runtime calls, exported by the plugin's own file: a module has those of
 * the kinds of task that it names, and no others. */
#ifndef BUBBLES_EXPORTS_H
#define BUBBLES_EXPORTS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    char *data;
    uint32_t size;
} bubbles_owned_;

/* A context as it is passed: its parts one by one. */
#define BUBBLES_CONTEXT_PARAMS_                                                              \
    char *job, uint32_t job_size, char *task, uint32_t task_size, uint32_t phase,            \
        uint32_t split, uint32_t splits, uint32_t attempt
#define BUBBLES_CONTEXT_ARGS_ job, job_size, task, task_size, phase, split, splits, attempt

void *bubbles_call_transform_open_(char *config, uint32_t size, BUBBLES_CONTEXT_PARAMS_);
void *bubbles_call_transform_process_(uint32_t input, char *chunk, uint32_t size);
void *bubbles_call_transform_finish_(void);
void *bubbles_call_extract_plan_(char *config, uint32_t size, uint32_t has, char *mark, uint32_t mark_size);
void *bubbles_call_extract_run_(char *config, uint32_t size, char *payload, uint32_t payload_size,
                                uint64_t bytes, BUBBLES_CONTEXT_PARAMS_);
void *bubbles_call_load_open_(char *config, uint32_t size, BUBBLES_CONTEXT_PARAMS_);
void *bubbles_call_load_write_(char *chunk, uint32_t size);
void *bubbles_call_load_prepare_(void);
void *bubbles_call_load_end_(uint32_t commit, char *config, uint32_t size, bubbles_owned_ *receipts,
                             uint32_t count);

#ifdef __cplusplus
}
#define BUBBLES_C_ extern "C"
#else
#define BUBBLES_C_
#endif

#define BUBBLES_EXPORT_(name) BUBBLES_C_ __attribute__((export_name("bubbles:etl/" name)))

#define BUBBLES_EXPORT_TRANSFORM_                                                            \
    BUBBLES_EXPORT_("transform@0.1.0#open")                                                  \
    void *bubbles_transform_open_(char *config, uint32_t size, BUBBLES_CONTEXT_PARAMS_) {    \
        return bubbles_call_transform_open_(config, size, BUBBLES_CONTEXT_ARGS_);            \
    }                                                                                        \
    BUBBLES_EXPORT_("transform@0.1.0#process")                                               \
    void *bubbles_transform_process_(uint32_t input, char *chunk, uint32_t size) {           \
        return bubbles_call_transform_process_(input, chunk, size);                          \
    }                                                                                        \
    BUBBLES_EXPORT_("transform@0.1.0#finish")                                                \
    void *bubbles_transform_finish_(void) { return bubbles_call_transform_finish_(); }

#define BUBBLES_EXPORT_EXTRACT_                                                              \
    BUBBLES_EXPORT_("extract@0.1.0#plan")                                                    \
    void *bubbles_extract_plan_(char *config, uint32_t size, uint32_t has, char *mark,       \
                                uint32_t mark_size) {                                        \
        return bubbles_call_extract_plan_(config, size, has, mark, mark_size);               \
    }                                                                                        \
    BUBBLES_EXPORT_("extract@0.1.0#run")                                                     \
    void *bubbles_extract_run_(char *config, uint32_t size, char *payload,                   \
                               uint32_t payload_size, uint64_t bytes,                        \
                               BUBBLES_CONTEXT_PARAMS_) {                                    \
        return bubbles_call_extract_run_(config, size, payload, payload_size, bytes,         \
                                         BUBBLES_CONTEXT_ARGS_);                             \
    }

#define BUBBLES_EXPORT_LOAD_                                                                 \
    BUBBLES_EXPORT_("load@0.1.0#open")                                                       \
    void *bubbles_load_open_(char *config, uint32_t size, BUBBLES_CONTEXT_PARAMS_) {         \
        return bubbles_call_load_open_(config, size, BUBBLES_CONTEXT_ARGS_);                 \
    }                                                                                        \
    BUBBLES_EXPORT_("load@0.1.0#write")                                                      \
    void *bubbles_load_write_(char *chunk, uint32_t size) {                                  \
        return bubbles_call_load_write_(chunk, size);                                        \
    }                                                                                        \
    BUBBLES_EXPORT_("load@0.1.0#prepare")                                                    \
    void *bubbles_load_prepare_(void) { return bubbles_call_load_prepare_(); }               \
    BUBBLES_EXPORT_("load@0.1.0#commit")                                                     \
    void *bubbles_load_commit_(char *config, uint32_t size, bubbles_owned_ *receipts,        \
                               uint32_t count) {                                             \
        return bubbles_call_load_end_(1, config, size, receipts, count);                     \
    }                                                                                        \
    BUBBLES_EXPORT_("load@0.1.0#abort")                                                      \
    void *bubbles_load_abort_(char *config, uint32_t size, bubbles_owned_ *receipts,         \
                              uint32_t count) {                                              \
        return bubbles_call_load_end_(0, config, size, receipts, count);                     \
    }

#endif
