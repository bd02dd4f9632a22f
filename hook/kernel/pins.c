// SPDX-License-Identifier: Apache-2.0
/*
 * Our folder, and pins of links by key in it. Pins of programs are programs.c's; listing keys is pins-list.c's, putting
 * other links in the place of those that are there pins-exchange.c's.
 */
#include "kernel/pins.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "kernel/mounts.h"
#include "kernel/pins-place.h"

/*
 * The kernel mounts bpffs with mode 1777 where no other is asked for: whoever is faster can make a
 * folder, or a link, where ours should be.
 */
static int check_folder(const char *path, struct error *err)
{
	struct stat st;

	if (lstat(path, &st))
		return error_errno(err, errno, "%s", path);
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || st.st_mode & 077)
		return error_set(err, EPERM,
				 "%s: must be a folder of user %u with mode 0700, is %s of user %u "
				 "with mode %04o: remove it, and mount bpffs with mode=0700",
				 path, geteuid(), S_ISDIR(st.st_mode) ? "one" : "a file or link",
				 st.st_uid, st.st_mode & 07777);
	return 0;
}

int pins_make_folder(const char *path, struct error *err)
{
	if (mkdir(path, 0700) && errno != EEXIST)
		return error_errno(err, errno, "%s", path);
	return check_folder(path, err);
}

static int check_bpffs(const char *path, struct error *err)
{
	struct statfs fs;

	if (statfs(path, &fs))
		return error_errno(err, errno, "bpffs %s", path);
	if (fs.f_type != BPF_FS_MAGIC)
		return error_set(err, EINVAL,
				 "bpffs %s: no bpf file system is mounted there: "
				 "mount -t bpf bpf %s -o mode=0700",
				 path, path);
	return 0;
}

/*
 * Without the sticky bit others could give our folder another name at any moment, and that name to
 * one of theirs.
 */
static int check_place(const char *path, struct error *err)
{
	struct stat st;

	if (stat(path, &st))
		return error_errno(err, errno, "bpffs %s", path);
	if (st.st_uid == geteuid() && (!(st.st_mode & 022) || st.st_mode & S_ISVTX))
		return 0;
	return error_set(
		err, EPERM,
		"bpffs %s: users other than %u may take our folder away (it is of user %u with "
		"mode %04o): chmod 0700 %s",
		path, geteuid(), st.st_uid, st.st_mode & 07777, path);
}

int pins_open(const char *bpffs, bool create, struct pins *ret, struct error *err)
{
	struct mount mount = {0};
	struct pins pins = {0};
	char *containers = NULL;
	int r;

	if (!bpffs && mount_find("bpf", &mount, err))
		return error_set(err, ENOENT,
				 "no bpffs (bpf file system) is mounted: mount -t bpf bpf "
				 "/sys/fs/bpf -o mode=0700 (and at every boot)");
	/* What was found is one. */
	r = bpffs ? check_bpffs(bpffs, err) : 0;
	r = r ?: check_place(bpffs ?: mount.path, err);
	if (!r && (asprintf(&pins.root, "%s/oci-sockopt-hook", bpffs ?: mount.path) < 0 ||
		   asprintf(&containers, "%s/containers", pins.root) < 0))
		r = error_set(err, ENOMEM, "out of memory");
	r = r ?: (create ? pins_make_folder : check_folder)(pins.root, err);
	r = r ?: (create ? pins_make_folder : check_folder)(containers, err);
	free(containers);
	mount_done(&mount);
	if (r) {
		pins_done(&pins);
		return r;
	}
	*ret = pins;
	return 0;
}

void pins_done(struct pins *pins)
{
	free(pins->root);
	pins->root = NULL;
}

char *pins_path(const struct pins *pins, const char *prefix, const char *key, const char *name)
{
	char *path, *start;

	if (asprintf(&path, "%s/containers/%s%s%s%s", pins->root, prefix, key, name ? "/" : "",
		     name ?: "") < 0)
		return NULL;
	start = path + strlen(pins->root);
	for (char *p = start; *p; p++) {
		if (*p == '.')
			*p = '%';
	}
	return path;
}

const char *pins_link_name(size_t link)
{
	static const char *const names[PINS_LINKS] = {"setsockopt", "getsockopt", "compat-set",
						      "compat-get", "compat-ring"};

	return names[link];
}

static int get_one(const struct pins *pins, const char *key, size_t link, struct pinned *ret,
		   struct error *err)
{
	_cleanup_free_ char *path = pins_path(pins, "", key, pins_link_name(link));
	int r;

	if (!path)
		return error_set(err, ENOMEM, "out of memory");
	ret->fds[link] = bpf_obj_get(path);
	if (ret->fds[link] < 0)
		return errno == ENOENT ? 0 : error_errno(err, errno, "%s", path);
	r = bpf_link_facts(ret->fds[link], &ret->facts[link], err);
	if (r)
		return error_prefix(err, "%s", path);
	if (!ret->facts[link].cgroup_id)
		ret->husk = true;
	return 0;
}

int pins_get(const struct pins *pins, const char *key, struct pinned *ret, struct error *err)
{
	_cleanup_free_ char *folder = pins_path(pins, "", key, NULL);
	struct pinned pinned = PINNED_NONE;
	int r = 0;

	*ret = pinned;
	if (!folder)
		return error_set(err, ENOMEM, "out of memory");
	if (access(folder, F_OK)) {
		if (errno == ENOENT)
			return 0;
		return error_errno(err, errno, "%s", folder);
	}
	pinned.exists = true;
	for (size_t link = 0; link < PINS_LINKS && !r; link++)
		r = get_one(pins, key, link, &pinned, err);
	if (r) {
		pinned_done(&pinned);
		return r;
	}
	*ret = pinned;
	return 0;
}

void pinned_done(struct pinned *pinned)
{
	for (size_t link = 0; link < PINS_LINKS; link++) {
		if (pinned->fds[link] >= 0)
			close(pinned->fds[link]);
		pinned->fds[link] = -1;
	}
}

int pins_remove_folder(const char *path, struct error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0 : error_errno(err, errno, "%s", path);
	TAKE_FD(fd);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] != '.' && unlinkat(dirfd(dir), entry->d_name, 0) &&
		    errno != ENOENT)
			return error_errno(err, errno, "%s/%s", path, entry->d_name);
	}
	if (rmdir(path) && errno != ENOENT)
		return error_errno(err, errno, "%s", path);
	return 0;
}

int pins_put(const struct pins *pins, const char *key, const int links[PINS_LINKS],
	     struct error *err)
{
	_cleanup_free_ char *pending = pins_path(pins, PENDING_PREFIX, key, NULL);
	_cleanup_free_ char *folder = pins_path(pins, "", key, NULL);
	int r;

	if (!pending || !folder)
		return error_set(err, ENOMEM, "out of memory");
	r = pins_remove_folder(pending, err);
	r = r ?: pins_make_folder(pending, err);
	for (size_t link = 0; link < PINS_LINKS && !r; link++) {
		_cleanup_free_ char *path = NULL;

		if (links[link] < 0)
			continue;
		path = pins_path(pins, PENDING_PREFIX, key, pins_link_name(link));
		if (!path)
			r = error_set(err, ENOMEM, "out of memory");
		else if (bpf_obj_pin(links[link], path))
			r = error_errno(err, errno, "pinning %s", path);
	}
	if (!r && renameat2(AT_FDCWD, pending, AT_FDCWD, folder, RENAME_NOREPLACE))
		r = error_errno(err, errno, "%s", folder);
	if (r)
		pins_remove_folder(pending, NULL);
	return r;
}

/*
 * Without its pin the kernel frees a link some time later; until then its program runs, and a
 * policy that comes to the same cgroup at once would be counted beside it.
 */
static void detach_links(const char *folder, bool unpin)
{
	struct link_facts facts;

	for (size_t link = 0; link < PINS_LINKS; link++) {
		_cleanup_close_ int fd = -1;
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%s/%s", folder, pins_link_name(link)) < 0) {
			path = NULL;
			return;
		}
		fd = bpf_obj_get(path);
		/* That of a husk is detached already. */
		if (fd >= 0 && !bpf_link_facts(fd, &facts, NULL) && facts.cgroup_id)
			bpf_link_detach(fd);
		if (fd >= 0 && unpin)
			unlink(path);
	}
}

int pins_drop(const struct pins *pins, const char *key, size_t link, struct error *err)
{
	_cleanup_free_ char *path = pins_path(pins, "", key, pins_link_name(link));
	_cleanup_close_ int old = -1;

	if (!path)
		return error_set(err, ENOMEM, "out of memory");
	old = bpf_obj_get(path);
	if (old >= 0)
		bpf_link_detach(old);
	if (unlink(path) && errno != ENOENT)
		return error_errno(err, errno, "%s", path);
	return 0;
}

int pins_detach(const struct pins *pins, const char *key, struct error *err)
{
	_cleanup_free_ char *folder = pins_path(pins, "", key, NULL);

	if (!folder)
		return error_set(err, ENOMEM, "out of memory");
	detach_links(folder, false);
	return 0;
}

bool pins_pending(const struct pins *pins, const char *key)
{
	_cleanup_free_ char *pending = pins_path(pins, PENDING_PREFIX, key, NULL);

	return !pending || !access(pending, F_OK) || errno != ENOENT;
}

bool pins_exist(const struct pins *pins, const char *key)
{
	_cleanup_free_ char *folder = pins_path(pins, "", key, NULL);

	return !folder || !access(folder, F_OK) || errno != ENOENT;
}

static bool is_attached(const struct pinned *pinned, size_t call)
{
	return pinned->fds[call] >= 0 && pinned->facts[call].cgroup_id;
}

bool pinned_attached(const struct pinned *pinned)
{
	return is_attached(pinned, 0) || is_attached(pinned, 1);
}

bool pins_attached(const struct pins *pins, const char *key)
{
	struct pinned pinned = PINNED_NONE;
	bool attached = false;

	for (size_t call = 0; call < 2 && !attached; call++)
		attached = !get_one(pins, key, call, &pinned, NULL) && is_attached(&pinned, call);
	pinned_done(&pinned);
	return attached;
}

/* By the names that pins have; what else an update left that was killed is looked for only then. */
static int remove_links(const struct pins *pins, const char *prefix, const char *key,
			struct error *err)
{
	_cleanup_free_ char *folder = pins_path(pins, prefix, key, NULL);

	if (!folder)
		return error_set(err, ENOMEM, "out of memory");
	detach_links(folder, true);
	if (!rmdir(folder) || errno == ENOENT)
		return 0;
	pins_forget_waiting(pins, key);
	return pins_remove_folder(folder, err);
}

int pins_remove(const struct pins *pins, const char *key, struct error *err)
{
	int r = remove_links(pins, "", key, err);

	return r || !pins_pending(pins, key) ? r : remove_links(pins, PENDING_PREFIX, key, err);
}
