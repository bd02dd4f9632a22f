/* SPDX-License-Identifier: Apache-2.0 */
/* A run record as JSON text, both ways. */
#ifndef OCI_RECORD_JSON_H
#define OCI_RECORD_JSON_H

#include <stddef.h>

#include "oci/record.h"

/* *@ret is the caller's. */
int record_to_json(const struct run_record *record, char **ret, size_t *ret_length,
		   struct error *err);
/*
 * -EBADMSG where the text is no record. Keys that are not known are passed over, so that another
 * version's records can still be read. *@ret is freed by record_done(), also after a failure.
 */
int record_from_json(const char *text, size_t length, struct run_record *ret, struct error *err);

#endif
