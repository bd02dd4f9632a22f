// SPDX-License-Identifier: Apache-2.0
/* `sockoptctl doctor`: is what a runtime's configuration calls our hook, and of this build? */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/programs.h"
#include "oci/hooks.h"
#include "verbs/doctor.h"

#define HOOK_BYTES_MAX (64 << 20)

/* Two builds with the same BPF object have the same generation, and get on. */
static bool judge_build(struct doctor *d, const char *where, const char *path, int fd)
{
	const char *generation = programs_generation();
	_cleanup_free_ char *text = NULL;
	struct error err = {0};
	size_t length;

	if (file_read_fd(fd, HOOK_BYTES_MAX, &text, &length, &err)) {
		doctor_say(d, DOCTOR_WARN, "%s: %s: %s", where, path, err.text);
		return true;
	}
	if (!strncmp(text, "#!", 2)) {
		doctor_say(d, DOCTOR_WARN, "%s: %s is a script: what it calls is not known", where,
			   path);
		doctor_todo(d, "name the hook itself");
		return true;
	}
	if (!memmem(text, length, HOOK_NAME, strlen(HOOK_NAME))) {
		doctor_say(d, DOCTOR_FAIL, "%s: %s is another program", where, path);
		doctor_todo(d, "install oci-sockopt-hook there, or name its place");
		return false;
	}
	if (!memmem(text, length, generation, strlen(generation))) {
		doctor_say(d, DOCTOR_WARN, "%s: %s is of another build than this sockoptctl (%s)",
			   where, path, generation);
		doctor_todo(d, "install both from one build");
	}
	return true;
}

bool doctor_judge_hook(struct doctor *d, const char *where, const char *path)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (*path != '/') {
		doctor_say(d, DOCTOR_FAIL, "%s: the hook's path \"%s\" is not absolute", where,
			   path);
		doctor_todo(d, "write all of it, from \"/\"");
		return false;
	}
	fd = doctor_open(d, path, O_RDONLY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st)) {
		doctor_say(d, DOCTOR_FAIL,
			   "%s: the hook %s: %s: containers that ask for a policy are "
			   "refused",
			   where, path, strerror(errno));
		doctor_todo(d, "install oci-sockopt-hook there, or name its place");
		return false;
	}
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111)) {
		doctor_say(d, DOCTOR_FAIL, "%s: the hook %s cannot be executed (mode %04o)", where,
			   path, (unsigned int)st.st_mode & 07777);
		doctor_todo(d, "chmod 0755 %s%s", d->root, path);
		return false;
	}
	if (st.st_uid || st.st_mode & 022) {
		doctor_say(d, DOCTOR_WARN, "%s: others than root may write the hook %s", where,
			   path);
		doctor_todo(d, "chown root %s%s && chmod go-w %s%s", d->root, path, d->root, path);
	}
	return judge_build(d, where, path, fd);
}
