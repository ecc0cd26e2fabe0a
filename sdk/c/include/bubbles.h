/* Writes plugins for Bubbles in C: tasks that extract, transform or load data in a sandbox.
 *
 * A plugin is one or more C files that name a task with BUBBLES_TRANSFORM, BUBBLES_EXTRACT or
 * BUBBLES_LOAD, at most one of each, compiled together with the files in `src`.
 * All of it works without printf and files; a plugin that prints writes to the job's log. */
#ifndef BUBBLES_H
#define BUBBLES_H

#include "bubbles/buffer.h"
#include "bubbles/host.h"
#include "bubbles/objects.h"
#include "bubbles/result.h"
#include "bubbles/rows.h"
#include "bubbles/task.h"
#include "bubbles/text.h"

#endif
