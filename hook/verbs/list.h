/* SPDX-License-Identifier: Apache-2.0 */
/* The listing that `list` and `host list` share. */
#ifndef VERBS_LIST_H
#define VERBS_LIST_H

#include "verbs/verbs.h"

/* Print all policies of @kind; NULL: of any. Returns an exit status. */
int list_print(struct verb_call *call, const char *kind);

#endif
