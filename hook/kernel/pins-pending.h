/* SPDX-License-Identifier: Apache-2.0 */
/* What pins.c and pins-list.c share; nobody else includes it. */
#ifndef KERNEL_PINS_PENDING_H
#define KERNEL_PINS_PENDING_H

/* A folder that is being filled; a crash leaves it, and the next that needs the name removes it. */
#define PENDING_PREFIX "%pending-" /* no key has a '%', and none begins with a '.' */

#endif
