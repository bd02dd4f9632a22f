/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel says of one policy, held against its run record. */
#ifndef VERBS_FINDINGS_H
#define VERBS_FINDINGS_H

#include "verbs/inventory.h"

enum verdict {
	FOUND_OK,
	FOUND_NOTE,  /* right, and good to know */
	FOUND_WRONG, /* not as the run record says */
};

struct finding {
	enum verdict verdict;
	const char *check; /* "links", "order", … */
	char text[ERROR_MAX];
};

struct findings {
	struct finding *list;
	size_t n;
	bool failed; /* memory ran out */
};

/* Look at @entry. Freed by findings_done(). */
void findings_make(const struct host_config *config, const struct inventory *inventory,
		   const struct entry *entry, struct findings *ret);
void findings_done(struct findings *findings);
/* The worst of them. */
enum verdict findings_worst(const struct findings *findings);
/* "ok", "note", "wrong". */
const char *verdict_name(enum verdict verdict);

#endif
