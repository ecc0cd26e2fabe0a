/* What a task's function gives back. */
#ifndef BUBBLES_RESULT_H
#define BUBBLES_RESULT_H

#include "text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    BUBBLES_OK,
    /* This row is put aside with the reason, and the rest goes on. Only from a row function. */
    BUBBLES_REJECT,
    /* This input is bad and always will be: handled as the task's `on-error` says. */
    BUBBLES_INVALID,
    /* It may work later: retried with back-off. */
    BUBBLES_TRANSIENT,
    /* The job cannot go on. */
    BUBBLES_FATAL,
} bubbles_result;

/* Each keeps a copy of the message: `return bubbles_fatal("no such table");` */
bubbles_result bubbles_reject(const char *reason);
bubbles_result bubbles_invalid(const char *message);
bubbles_result bubbles_transient(const char *message);
bubbles_result bubbles_fatal(const char *message);
/* For messages put together in a buffer. */
bubbles_result bubbles_fail(bubbles_result kind, bubbles_text message);

#ifdef __cplusplus
}
#endif
#endif
