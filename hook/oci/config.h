/* SPDX-License-Identifier: Apache-2.0 */
/* The host's configuration: what annotations may ask for on this host. */
#ifndef OCI_CONFIG_H
#define OCI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define CONFIG_PATH "/etc/oci-sockopt-hook/config.json"

enum policy_mode {
	MODE_ENFORCE,
	MODE_AUDIT,
	MODE_RECORD,
	MODE_COUNT
};
enum on_compat {
	ON_COMPAT_GUARD,
	ON_COMPAT_WARN,
	ON_COMPAT_REFUSE,
	ON_COMPAT_IGNORE
};

struct host_config {
	bool allow_inline;		/* "allowInline", true */
	unsigned int allowed_modes;	/* "allowedModes", bits 1 << MODE_x, all */
	char *default_profile;		/* "defaultProfile", NULL */
	char *profiles_dir;		/* "profilesDir", /etc/oci-sockopt-hook/profiles.d */
	enum on_compat on_compat;	/* "onCompat", guard */
	char *run_dir;			/* "runDir", /run/oci-sockopt-hook */
	char *record_dir;		/* "recordDir", /var/lib/oci-sockopt-hook/recordings */
	char *bpffs;			/* "bpffs", NULL: the first bpf mount in mountinfo */
	unsigned int events_per_second; /* "eventsPerSecond", 1000: per container */
	unsigned int events_burst;	/* "eventsBurst", 2000 */
};
/*
 * "onDisplacedParent" is accepted with the one value "refuse"; "$schema" is any string. Both of
 * events* are from 1 to CONFIG_EVENTS_MAX.
 */
#define CONFIG_EVENTS_MAX 1000000

/*
 * Read @path; where it does not exist and @required is false, the defaults. Strict like a policy:
 * unknown or duplicate keys, wrong types and relative folders are errors that start with the file's
 * path. So is a file that others than root and the caller may write: whoever writes it decides what
 * every container may do.
 */
int host_config_read(const char *path, bool required, struct host_config *ret, struct error *err);
/* The same from memory; errors start with the place. */
int host_config_parse(const char *text, size_t length, struct host_config *ret, struct error *err);
void host_config_done(struct host_config *config);

/* "enforce", "audit", "record". */
const char *policy_mode_name(enum policy_mode mode);
/* The mode of that name; -EINVAL naming the nearest one. */
int policy_mode_parse(const char *name, enum policy_mode *ret, struct error *err);

#endif
