/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our folder in the bpf file system: programs and maps by generation and class, links by container.
 * All folders are 0700 and all pins 0600, for whoever may open a pin needs no capability to use it.
 *
 *   <bpffs>/oci-sockopt-hook/<generation>/events
 *   <bpffs>/oci-sockopt-hook/<generation>/<size class>/{setsockopt,getsockopt,pass,policies}
 *   <bpffs>/oci-sockopt-hook/<generation>/<size class>/{compat-set,compat-get,compat-ring,compat-none}
 *   <bpffs>/oci-sockopt-hook/<generation>/record/{setsockopt,getsockopt,policies,recordings}
 *   <bpffs>/oci-sockopt-hook/runDir -> where the run records of these containers are
 *   <bpffs>/oci-sockopt-hook/containers/<key>/{setsockopt,getsockopt,compat-set,compat-get,compat-ring}
 *
 * bpffs refuses '.' in names; a '.' of a key is '%' there, which no key contains.
 */
#ifndef KERNEL_PINS_H
#define KERNEL_PINS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "kernel/bpf.h"

struct pins {
	char *root; /* <bpffs>/oci-sockopt-hook */
};

/*
 * Find our folder in @bpffs (NULL: as mount_find() finds it); @create: make it where
 * missing, else -ENOENT. Refused where @bpffs is no bpf file system or the folder is
 * not ours alone. Freed by pins_done().
 */
int pins_open(const char *bpffs, bool create, struct pins *ret, struct error *err);
void pins_done(struct pins *pins);

/*
 * A link is named by its number: the two calls, then the companion's, in the order of companion.h.
 */
#define PINS_CALLS 2
#define PINS_LINKS 5
/* "setsockopt", "compat-set" and the like. */
const char *pins_link_name(size_t link);

/* The links pinned under a key. */
struct pinned {
	bool exists;			     /* there is a folder for the key */
	int fds[PINS_LINKS];		     /* -1: none. Closed by pinned_done() */
	struct link_facts facts[PINS_LINKS]; /* of those */
	bool husk;			     /* the cgroup of some link is gone */
};
#define PINNED_NONE                                                                                \
	{                                                                                          \
		.fds = { -1, -1, -1, -1, -1 }                                                      \
	}

int pins_get(const struct pins *pins, const char *key, struct pinned *ret, struct error *err);
void pinned_done(struct pinned *pinned);

/*
 * Pin @links (-1: none) under @key, whole or not at all. -EEXIST where the key is taken.
 */
int pins_put(const struct pins *pins, const char *key, const int links[PINS_LINKS],
	     struct error *err);

/*
 * Pin @links (-1: none) under @key, which exists, in the place of those of @before that have their number, which are
 * detached then. On failure all is as it was; -ENOTRECOVERABLE where it could not be put back, and @links are not to be
 * detached. Then, or where the caller is killed on the way, all old links are pinned, or all of @links, and perhaps some
 * of the others besides.
 */
int pins_exchange(const struct pins *pins, const char *key, const int links[PINS_LINKS],
		  const struct pinned *before, struct error *err);
/* Detach and unpin @link. Missing is success. */
int pins_drop(const struct pins *pins, const char *key, size_t link, struct error *err);

/*
 * Detach the links pinned under @key at once and leave their pins, which are husks from then on:
 * what the programs kept is final. Missing is success.
 */
int pins_detach(const struct pins *pins, const char *key, struct error *err);

/* Whether anything is pinned under @key; true where that cannot be told. */
bool pins_exist(const struct pins *pins, const char *key);
/* Whether one that was killed while it pinned left something for @key, which has no pins yet. */
bool pins_pending(const struct pins *pins, const char *key);
/* Remove what is pinned under @key. Missing is success. */
int pins_remove(const struct pins *pins, const char *key, struct error *err);

/* All keys, in the order of the folder. The caller frees each and the array. */
int pins_list(const struct pins *pins, char ***ret_keys, size_t *ret_count, struct error *err);
/*
 * The same, but @most of them or fewer, from a place in the folder that differs from time to time.
 */
int pins_sample(const struct pins *pins, size_t most, char ***ret_keys, size_t *ret_count,
		struct error *err);
/*
 * Say that what is pinned is @owner's. -EEXIST, and who in @other, where it is another's already: their locks do not keep
 * both from the same cgroup, and neither knows what of the other's is alive.
 */
int pins_claim(const struct pins *pins, const char *owner, char other[PATH_MAX], struct error *err);
/* Whose it is, in @ret; false where it is nobody's, or cannot be told. */
bool pins_owner(const struct pins *pins, char ret[PATH_MAX]);
/* Nobody's, from now on. Missing is success. */
int pins_disown(const struct pins *pins, struct error *err);

/* How many keys there are, pending ones with them; 0 where that cannot be told. */
size_t pins_count(const struct pins *pins);
/*
 * Whether a link that is pinned under @key is attached to a cgroup: the quick look at what is no
 * husk. False where nothing can be said.
 */
bool pins_attached(const struct pins *pins, const char *key);
/* The same of links that are open already. */
bool pinned_attached(const struct pinned *pinned);

/* mkdir with mode 0700, existing is success. */
int pins_make_folder(const char *path, struct error *err);
/* Remove the folder @path with the pins in it, one level deep. Missing is success. */
int pins_remove_folder(const char *path, struct error *err);

#endif
