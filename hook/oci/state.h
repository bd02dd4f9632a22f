/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's state as the runtime hands it to a hook on standard input. Lenient: runtimes
 * differ in layout and add keys; only what we use is demanded.
 */
#ifndef OCI_STATE_H
#define OCI_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

#define OCI_STATE_MAX                                                                              \
	(4 << 20) /* bytes: annotations of a pod are at most 256 KiB, escaped sixfold */

/* Bytes of a key in messages: longer ones than Kubernetes takes would push out the reason. */
#define ANNOTATION_SHOWN_MAX 320

struct annotation {
	char *key;
	char *value;
};

struct oci_state {
	char *oci_version; /* NULL where the runtime gives none */
	char *id;
	char *bundle; /* absolute path */
	char *status; /* NULL where the runtime gives none */
	pid_t pid;    /* 0 where absent */
	struct annotation *annotations;
	size_t n_annotations;
};

/*
 * Read all of @fd (at most OCI_STATE_MAX bytes) and parse it. The result is freed by
 * oci_state_done().
 */
int oci_state_read(int fd, struct oci_state *ret, struct error *err);
/* Only the reading. The text ends with a NUL and is the caller's. */
int oci_state_read_text(int fd, char **ret_text, size_t *ret_length, struct error *err);
/*
 * A look at the text without parsing it: false where it is a state as runtimes write it and no
 * annotation's key can contain @word (letters and dots). Where it is not clear, true. The text of
 * other members and the values of annotations are not checked.
 */
bool oci_state_may_name(const char *text, size_t length, const char *word);
/* The same from memory. */
int oci_state_parse(const char *text, size_t length, struct oci_state *ret, struct error *err);
void oci_state_done(struct oci_state *state);

/* The value of annotation @key, or NULL. */
const char *oci_state_annotation(const struct oci_state *state, const char *key);

/* -EINVAL unless @id is what runtimes accept: [A-Za-z0-9_+-][A-Za-z0-9_+.-]*, at most 255 bytes. */
int oci_id_check(const char *id, struct error *err);

#endif
