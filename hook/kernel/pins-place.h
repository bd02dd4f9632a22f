/* SPDX-License-Identifier: Apache-2.0 */
/* Where pins are: what pins.c, pins-list.c and pins-exchange.c share; nobody else includes it. */
#ifndef KERNEL_PINS_PLACE_H
#define KERNEL_PINS_PLACE_H

#include "kernel/pins.h"

/* A folder that is being filled; a crash leaves it, and the next that needs the name removes it. */
#define PENDING_PREFIX "%pending-" /* no key has a '%', and none begins with a '.' */
/* Behind a link's name while it waits to take the place of another; a crash leaves it as well. */
#define WAITING_SUFFIX "+"

/* The path of @key's folder, or of @name in it. NULL where memory ran out. The caller frees it. */
char *pins_path(const struct pins *pins, const char *prefix, const char *key, const char *name);

/*
 * Detach and unpin the links of @key that wait for a place: what an update left that was killed. At once, for
 * they decide calls beside those that are in place.
 */
void pins_forget_waiting(const struct pins *pins, const char *key);

#endif
