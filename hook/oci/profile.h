/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles: policies that the host's administrator installed by name. Reads no policy's inside. */
#ifndef OCI_PROFILE_H
#define OCI_PROFILE_H

#include <stddef.h>

#include "base/error.h"
#include "oci/config.h"

/* -EINVAL unless @name is [A-Za-z0-9_][A-Za-z0-9_.-]{0,63}, which never leaves a folder. */
int profile_name_check(const char *name, struct error *err);

/*
 * Read <profilesDir>/@name.json, without following links out of the folder. The file has to be a
 * regular one of root's or the caller's that nobody else may write; -ENOENT where it is missing,
 * -EFBIG beyond POLICY_JSON_MAX. *@ret_text and *@ret_path are the caller's.
 */
int profile_read(const struct host_config *config, const char *name, char **ret_text,
		 size_t *ret_length, char **ret_path, struct error *err);

#endif
