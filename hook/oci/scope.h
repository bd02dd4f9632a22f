/* SPDX-License-Identifier: Apache-2.0 */
/* The annotations of our domain, sorted by key and by how near they are to one container. */
#ifndef OCI_SCOPE_H
#define OCI_SCOPE_H

#include "base/error.h"
#include "oci/state.h"

#define ANNOTATION_DOMAIN  "sockopt.oci" /* every key that is meant for us has it in it */
#define ANNOTATION_POLICY  "policy.sockopt.oci"
#define ANNOTATION_PROFILE "profile.sockopt.oci"
#define ANNOTATION_MODE	   "mode.sockopt.oci"

/* Nearest first: <key>/container.<name>, <key>/<name>, <key>/pod, <key>. */
enum scope {
	SCOPE_CONTAINER,
	SCOPE_NAME,
	SCOPE_POD,
	SCOPE_BARE,
	SCOPE_COUNT
};

enum scoped_key {
	KEY_POLICY,
	KEY_PROFILE,
	KEY_MODE,
	KEY_COUNT
};

/* The annotations that speak of one container; NULL: none. They are the state's. */
struct scope_grid {
	const struct annotation *at[KEY_COUNT][SCOPE_COUNT];
};

/*
 * Sort @state's annotations for the container @name; NULL: the runtime does not tell it. -EINVAL
 * for a key of our domain that is not known, for a scope that is none, and for one that names a
 * container where @name is NULL.
 */
int scope_sort(const struct oci_state *state, const char *name, struct scope_grid *ret,
	       struct error *err);

/* The nearest annotation of @key, or NULL. */
const struct annotation *scope_nearest(const struct scope_grid *grid, enum scoped_key key);

#endif
