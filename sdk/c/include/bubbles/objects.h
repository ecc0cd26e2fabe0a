/* Files and cloud objects by URL, as far as the task's grants go: for extracts and loads.
 *
 * Each function gives BUBBLES_OK, BUBBLES_TRANSIENT where it may work later, or BUBBLES_FATAL with
 * the store's message, so that `return` hands it on. `bubbles_object_error` tells which it was. */
#ifndef BUBBLES_OBJECTS_H
#define BUBBLES_OBJECTS_H

#include "result.h"
#include "text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The most that one read gives, in bytes. */
#define BUBBLES_READ_BYTES ((uint64_t)8 << 20)

typedef struct {
    bubbles_text url;
    uint64_t size;
    /* Without data where the store has no such thing. */
    bubbles_text etag;
} bubbles_object;

typedef struct {
    bubbles_object *items;
    size_t count;
} bubbles_objects;

typedef enum {
    BUBBLES_OBJECT_DENIED,
    BUBBLES_OBJECT_NOT_FOUND,
    BUBBLES_OBJECT_TRANSIENT,
    BUBBLES_OBJECT_OTHER,
} bubbles_object_error_kind;

/* Of the last function here that did not give BUBBLES_OK. */
bubbles_object_error_kind bubbles_object_error(void);

/* All objects whose URL matches, sorted. Give the list back with `bubbles_objects_free`. */
bubbles_result bubbles_find(bubbles_text pattern, bubbles_objects *found);
void bubbles_objects_free(bubbles_objects *found);

/* At most `length` bytes from `offset`; fewer only where the object ends. Free `data` with
 * `bubbles_bytes_free`. Big reads in order are fastest. */
bubbles_result bubbles_read(bubbles_text url, uint64_t offset, uint64_t length, bubbles_bytes *read);
void bubbles_bytes_free(bubbles_bytes *bytes);

/* An object in the making, seen by nobody until its receipt is published. */
typedef struct {
    int32_t handle;
} bubbles_staged;

bubbles_result bubbles_staged_create(bubbles_text url, bubbles_staged *staged);
bubbles_result bubbles_staged_write(bubbles_staged staged, bubbles_bytes bytes);
/* Makes the bytes durable, and ends `staged`. Free the receipt with `bubbles_bytes_free`. */
bubbles_result bubbles_staged_finish(bubbles_staged staged, bubbles_bytes *receipt);
/* Ends `staged` and removes what was written. */
void bubbles_staged_drop(bubbles_staged staged);

/* Makes a staged object visible, whole. Doing it again changes nothing. */
bubbles_result bubbles_publish(bubbles_bytes receipt);
/* Removes what was staged. Doing it again changes nothing. */
bubbles_result bubbles_discard(bubbles_bytes receipt);
/* Removes a visible object. Doing it again changes nothing. */
bubbles_result bubbles_remove(bubbles_text url);

#ifdef __cplusplus
}
#endif
#endif
