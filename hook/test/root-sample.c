// SPDX-License-Identifier: Apache-2.0
/*
 * Which keys a bounded sweep looks at, in a real bpf file system: none is left out for long. The
 * oldest once were, which are the last in the folder: those of containers that began before all others.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "kernel/pins.h"
#include "test/tap.h"

#define KEYS	250
#define MOST	16
#define SAMPLES 5000

static void folder_of(const struct pins *pins, int i, char path[256])
{
	snprintf(path, 256, "%s/containers/%d", pins->root, i);
}

static void make_keys(const struct pins *pins)
{
	char path[256];
	struct error err;

	for (int i = 0; i < KEYS; i++) {
		folder_of(pins, i, path);
		if (pins_make_folder(path, &err)) {
			diag("%s", err.text);
			exit(1);
		}
	}
}

static void remove_keys(const struct pins *pins)
{
	char path[256];

	for (int i = 0; i < KEYS; i++) {
		folder_of(pins, i, path);
		rmdir(path);
	}
}

/* How often each key was in a sample; -1: one sample was larger than asked for, or could not be had. */
static int count(const struct pins *pins, int seen[KEYS])
{
	for (int t = 0; t < SAMPLES; t++) {
		struct error err;
		char **keys;
		size_t n;

		if (pins_sample(pins, MOST, &keys, &n, &err) || n > MOST)
			return -1;
		while (n-- > 0) {
			seen[atoi(keys[n])]++;
			free(keys[n]);
		}
		free(keys);
	}
	return 0;
}

int main(void)
{
	const int fair = SAMPLES * MOST / KEYS;
	struct pins pins = {0};
	int seen[KEYS] = {0};
	struct error err;

	if (pins_open("/sys/fs/bpf", true, &pins, &err)) {
		diag("%s", err.text);
		return 1;
	}
	make_keys(&pins);
	is_int((long long)pins_count(&pins), KEYS, "keys that there are");
	is_int(count(&pins, seen), 0, "samples are of a few keys");
	/* Where in the folder a key is, and so its share, is the kernel's: 6.1 gives one a quarter of it. It once was a twentieth. */
	for (int i = 0; i < MOST; i += 5)
		if (!ok(seen[i] >= fair / 8, "key %d of those made first is looked at", i))
			diag("%d times; %d would be its share", seen[i], fair);
	ok(seen[KEYS - 1], "so is the last one");
	remove_keys(&pins);
	pins_done(&pins);
	return tap_done();
}
