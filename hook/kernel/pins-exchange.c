// SPDX-License-Identifier: Apache-2.0
/*
 * Other links in the place of those that are pinned under a key. One pin takes another's place at a time; so that no
 * moment is without either, all new ones are pinned before the first old one goes.
 */
#include <bpf/bpf.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/pins-place.h"

static char *waiting_path(const struct pins *pins, const char *key, size_t link)
{
	char name[32];

	snprintf(name, sizeof(name), "%s" WAITING_SUFFIX, pins_link_name(link));
	return pins_path(pins, "", key, name);
}

static char *place_path(const struct pins *pins, const char *key, size_t link)
{
	return pins_path(pins, "", key, pins_link_name(link));
}

static void forget_waiting(const struct pins *pins, const char *key, size_t link)
{
	_cleanup_free_ char *path = waiting_path(pins, key, link);
	_cleanup_close_ int fd = path ? bpf_obj_get(path) : -1;

	if (fd >= 0)
		bpf_link_detach(fd);
	if (path)
		unlink(path);
}

void pins_forget_waiting(const struct pins *pins, const char *key)
{
	for (size_t link = 0; link < PINS_LINKS; link++)
		forget_waiting(pins, key, link);
}

static int pin_at(char *path, int fd, struct error *err)
{
	_cleanup_free_ char *owned = path;

	if (!path)
		return error_set(err, ENOMEM, "out of memory");
	return bpf_obj_pin(fd, path) ? error_errno(err, errno, "pinning %s", path) : 0;
}

/* From where it waits. */
static int take_place(const struct pins *pins, const char *key, size_t link, struct error *err)
{
	_cleanup_free_ char *place = place_path(pins, key, link);
	_cleanup_free_ char *waiting = waiting_path(pins, key, link);

	if (!place || !waiting)
		return error_set(err, ENOMEM, "out of memory");
	return rename(waiting, place) ? error_errno(err, errno, "%s", place) : 0;
}

/* The old link has its place again, in which the new one is. */
static int give_back(const struct pins *pins, const char *key, size_t link, int old)
{
	int r = pin_at(waiting_path(pins, key, link), old, NULL);

	return r ?: take_place(pins, key, link, NULL);
}

/*
 * The first @placed have their places already. Negative where one of them could not be taken away again: then what waits
 * goes on to wait, so that of the new ones none is missing.
 */
static int put_back(const struct pins *pins, const char *key, const int links[PINS_LINKS],
		    const struct pinned *before, size_t placed)
{
	int r = 0;

	for (size_t link = 0; link < placed && !r; link++) {
		if (links[link] >= 0 && before->fds[link] >= 0)
			r = give_back(pins, key, link, before->fds[link]);
	}
	if (r)
		return r;
	for (size_t link = 0; link < PINS_LINKS; link++) {
		if (links[link] >= 0 && before->fds[link] < 0)
			pins_drop(pins, key, link, NULL);
	}
	pins_forget_waiting(pins, key);
	return 0;
}

/* Nothing has to make room for a link that was not there. */
static int pin_all(const struct pins *pins, const char *key, const int links[PINS_LINKS],
		   const struct pinned *before, struct error *err)
{
	int r = 0;

	for (size_t link = 0; link < PINS_LINKS && !r; link++) {
		if (links[link] >= 0)
			r = pin_at(before->fds[link] < 0 ? place_path(pins, key, link)
							 : waiting_path(pins, key, link),
				   links[link], err);
	}
	return r;
}

int pins_exchange(const struct pins *pins, const char *key, const int links[PINS_LINKS],
		  const struct pinned *before, struct error *err)
{
	size_t placed = 0;
	int r;

	pins_forget_waiting(pins, key);
	r = pin_all(pins, key, links, before, err);
	for (; placed < PINS_LINKS && !r; placed += !r) {
		if (links[placed] >= 0 && before->fds[placed] >= 0)
			r = take_place(pins, key, placed, err);
	}
	if (r && put_back(pins, key, links, before, placed))
		return error_set(err, ENOTRECOVERABLE,
				 "pins of %s: the new ones are there, and some of the old ones "
				 "still: \"sockoptctl update\" again removes those",
				 key);
	for (size_t link = 0; link < PINS_LINKS && !r; link++) {
		if (links[link] >= 0 && before->fds[link] >= 0)
			bpf_link_detach(before->fds[link]);
	}
	return r;
}
