/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of `sockoptctl doctor` share: the lines that it prints, and the files that it
 * reads below --root. Each check is a function in a table of doctor.c; it adds one line, or one for
 * each thing that it finds wrong. Private to doctor*.c.
 */
#ifndef VERBS_DOCTOR_H
#define VERBS_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/compile.h"
#include "base/error.h"
#include "oci/config.h"

enum doctor_state {
	DOCTOR_OK,
	DOCTOR_WARN, /* something is lost, but policies are put in force */
	DOCTOR_FAIL, /* policies, or some of them, cannot be put in force */
};

struct doctor_line {
	enum doctor_state state;
	const char *check;
	char *what;
	char *remedy; /* NULL: nothing to do */
};

struct doctor {
	const char *root;	   /* "" or DIR, in front of paths in messages */
	int root_fd;		   /* of the folder that all files are looked for below */
	char *config_path;	   /* as messages name it */
	struct host_config config; /* defaults where the file is broken */
	struct error config_error; /* why it is */
	bool config_there;
	bool may_probe;		  /* the caller may load programs: other probes mean something */
	bool takes[SIZE_CLASSES]; /* by size class: the programs of this build load */
	const char *check;
	struct doctor_line *lines;
	size_t n;
	bool out_of_memory;
};

/* Add a line of the running check. */
void doctor_say(struct doctor *d, enum doctor_state state, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* What to do about the line added last. */
void doctor_todo(struct doctor *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- doctor-tree.c: files below the root ---- */

/* open(2) of @path below the root, which links do not leave. -1 with errno. */
int doctor_open(const struct doctor *d, const char *path, int flags);
/* The whole text of the regular file @path. -ENOENT where there is none. The caller frees *@ret. */
int doctor_read(const struct doctor *d, const char *path, char **ret, size_t *ret_length,
		struct error *err);
/* Where @path below the root really is, for calls that take a path. NULL with errno. */
char *doctor_resolve(const struct doctor *d, const char *path);
bool doctor_exists(const struct doctor *d, const char *path);

struct doctor_names {
	char **names;
	size_t n;
};
/*
 * The names in the folder @path that end in @suffix, sorted; hidden ones are left out. NULL: all
 * names, hidden ones too.
 */
int doctor_list(struct doctor *d, const char *path, const char *suffix, struct doctor_names *ret);
void doctor_names_add(struct doctor *d, struct doctor_names *names, const char *name);
void doctor_names_done(struct doctor_names *names);

/* ---- doctor-hook.c ---- */

/*
 * Judge the program that a runtime's configuration calls as our hook; @where says which
 * configuration. Adds lines for what is wrong. Returns whether containers get their policies by it.
 */
bool doctor_judge_hook(struct doctor *d, const char *where, const char *path);

/* ---- doctor-folders.c ---- */

/* The one folder that is read where no configuration names any, whatever podman(1) 4.3 says. */
#define DOCTOR_HOOKS_DIR "/usr/share/containers/oci/hooks.d"

/* A runtime that reads hooks.d files. */
struct doctor_consumer {
	const char *name;
	const char *const *programs;	/* where it is installed, NULL at the end */
	const char *const *configs;	/* files, the later ones win; NULL at the end */
	const char *const *config_dirs; /* folders of *.conf, read after those */
	const char *const key[3];	/* where its configuration names folders */
	size_t key_depth;
	const char *table;   /* the same for people: of the last of configs */
	bool only_installed; /* the usual folder is another's, too */
};

/*
 * The folders that @c looks into, the later ones of more weight. Where its configuration names some
 * they take the place of the usual one. False where a configuration was not understood, which is
 * said.
 */
bool doctor_hook_folders(struct doctor *d, const struct doctor_consumer *c,
			 struct doctor_names *ret);

/* ---- the checks ---- */

typedef void doctor_check(struct doctor *d);

/* doctor-kernel.c */
doctor_check doctor_capabilities, doctor_lockdown, doctor_unprivileged, doctor_attach, doctor_load,
	doctor_errno, doctor_long, doctor_ring, doctor_guard, doctor_btf, doctor_memlock;
/* doctor-mounts.c */
doctor_check doctor_cgroup2, doctor_net_classes, doctor_bpffs, doctor_pins;
/* doctor-files.c */
doctor_check doctor_config, doctor_profiles, doctor_run_dir, doctor_record_dir;
/* doctor-policies.c */
doctor_check doctor_policies, doctor_generations;
/* doctor-hooksd.c */
doctor_check doctor_podman, doctor_crio;
/* doctor-containerd.c */
doctor_check doctor_containerd;

#endif
