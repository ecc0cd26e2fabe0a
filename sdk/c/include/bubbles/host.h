/* What the runtime gives to every task. */
#ifndef BUBBLES_HOST_H
#define BUBBLES_HOST_H

#include "text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { BUBBLES_DEBUG, BUBBLES_INFO, BUBBLES_WARN, BUBBLES_ERROR } bubbles_level;

/* Hands a chunk to the next task; waits while that is busy. Rows that wait in the SDK go first. */
void bubbles_emit(const void *data, size_t size);
/* Puts one record aside with its reason. */
void bubbles_put_aside(bubbles_bytes record, bubbles_text reason);
/* A line for the job's log. */
void bubbles_log(bubbles_level level, const char *message);
void bubbles_log_text(bubbles_level level, bubbles_text message);

#ifdef __cplusplus
}
#endif
#endif
