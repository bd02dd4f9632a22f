/* SPDX-License-Identifier: Apache-2.0 */
/*
 * containerd's configuration as containerd itself would have it: config.toml with the files that
 * it imports, joined as the containerd of this host joins them. Knows nothing of hooks. Private to
 * doctor-containerd*.c.
 */
#ifndef VERBS_DOCTOR_CONTAINERD_H
#define VERBS_DOCTOR_CONTAINERD_H

#include "oci/toml.h"
#include "verbs/doctor.h"

#define CONTAINERD_CONFIG "/etc/containerd/config.toml"

struct containerd_file {
	char *path;
	const char *from; /* who imports it; NULL: CONTAINERD_CONFIG itself */
	bool missing;
	struct toml toml;
};

/* A key of a handler: plugins.PLUGIN.containerd.runtimes.NAME.KEY. */
struct containerd_key {
	const struct containerd_file *file;
	const struct toml_entry *entry;
	const char *plugin, *handler, *key;
	bool lost; /* containerd does not take it */
};

struct containerd_config {
	struct containerd_file *files; /* in the order in which containerd reads them */
	size_t n_files;
	unsigned long version; /* that the files name, 1 where they name none */
	unsigned int major;    /* of containerd: 1, or 2 and newer */
	const char *plugin;    /* the one whose handlers are taken */
	struct containerd_key *keys;
	size_t n_keys;
};

/* Whether a program of containerd is there, or its configuration. */
bool containerd_is_installed(const struct doctor *d);

/*
 * Read what is there. What cannot be understood, and what keeps containerd from starting, is said.
 * Freed by containerd_config_done().
 */
void containerd_config_read(struct doctor *d, struct containerd_config *ret);
void containerd_config_done(struct containerd_config *config);

/* What containerd takes as @key of @handler, NULL: nothing. */
const struct toml_entry *containerd_find(const struct containerd_config *config,
					 const char *handler, const char *key);

/* ---- for those who read ---- */

/* The files of @config, with what they say. */
void containerd_files_read(struct doctor *d, struct containerd_config *config);
/* A line about the file @path. */
void containerd_not_understood(struct doctor *d, const char *path, const char *what);

#endif
