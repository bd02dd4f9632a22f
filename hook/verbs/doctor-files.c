// SPDX-License-Identifier: Apache-2.0
/* `sockoptctl doctor`: the host's configuration, its profiles, and our folders. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "oci/profile.h"
#include "policy/compile.h"
#include "verbs/doctor.h"

void doctor_config(struct doctor *d)
{
	if (d->config_error.code) {
		doctor_say(d, DOCTOR_FAIL,
			   "%s: %s; every container that asks for a policy is refused",
			   d->config_path, d->config_error.text);
		doctor_todo(d,
			    "mend it; oci-sockopt-hook.json(5) describes it. The lines below are "
			    "about the defaults");
	} else if (d->config_there) {
		doctor_say(d, DOCTOR_OK, "%s", d->config_path);
	} else {
		doctor_say(d, DOCTOR_OK, "no %s: the defaults hold", d->config_path);
	}
}

/* Read, check and compile as the hook would. @folder is the profiles folder as it really is. */
static int judge_profile(const struct doctor *d, char *folder, const char *name, struct error *err)
{
	struct host_config config = {.profiles_dir = folder};
	_cleanup_free_ char *text = NULL, *path = NULL;
	_cleanup_policy_ struct policy *policy = NULL;
	struct compiled compiled = {0};
	size_t length;
	int r = profile_read(&config, name, &text, &length, &path, err);

	if (r)
		return r;
	r = policy_parse(text, length, &policy, err);
	r = r ?: policy_compile(policy, &compiled, err);
	if (!r && d->takes[SIZE_SMALL] && compiled.class != &size_classes[SIZE_SMALL] &&
	    !d->takes[SIZE_LARGE])
		r = error_set(
			err, E2BIG,
			"it takes %zu bytes compiled, more than the %zu that this kernel takes",
			compiled.used, size_classes[SIZE_SMALL].size);
	compiled_done(&compiled);
	return r ? error_prefix(err, "profile %s (%s)", name, path) : 0;
}

static void judge_profiles(struct doctor *d, char *folder, const struct doctor_names *files)
{
	size_t good = 0;

	for (size_t i = 0; i < files->n; i++) {
		struct error err = {0};

		files->names[i][strlen(files->names[i]) - strlen(".json")] = '\0';
		if (!judge_profile(d, folder, files->names[i], &err)) {
			good++;
			continue;
		}
		doctor_say(d, DOCTOR_FAIL, "%s", err.text);
		doctor_todo(d, "mend it; \"sockoptctl check %s/%s.json\" tells when it is good",
			    folder, files->names[i]);
	}
	if (good == files->n)
		doctor_say(d, DOCTOR_OK, "%s: %zu profile%s, all good", folder, good,
			   good == 1 ? "" : "s");
}

static void judge_default(struct doctor *d, const struct doctor_names *files)
{
	const char *name = d->config.default_profile;
	bool found = !name;

	for (size_t i = 0; i < files->n && !found; i++)
		found = !strcmp(files->names[i], name);
	if (found)
		return;
	doctor_say(
		d, DOCTOR_FAIL,
		"the default profile \"%s\" is not in %s%s: containers that name none are refused",
		name, d->root, d->config.profiles_dir);
	doctor_todo(d, "install it there as %s.json, or take \"defaultProfile\" out of %s", name,
		    d->config_path);
}

static void judge_folder(struct doctor *d, const char *folder)
{
	struct stat st;

	if (stat(folder, &st) || (!(st.st_mode & 022) && (!st.st_uid || st.st_uid == geteuid())))
		return;
	doctor_say(d, DOCTOR_WARN,
		   "%s: others than root may take profiles away (mode %04o, user %u)", folder,
		   (unsigned int)st.st_mode & 07777, st.st_uid);
	doctor_todo(d, "chown root %s && chmod go-w %s", folder, folder);
}

void doctor_profiles(struct doctor *d)
{
	_cleanup_free_ char *folder = doctor_resolve(d, d->config.profiles_dir);
	struct doctor_names files = {0};
	int r = folder ? doctor_list(d, d->config.profiles_dir, ".json", &files) : -errno;

	if (r == -ENOENT) {
		doctor_say(d, DOCTOR_OK, "no folder %s%s: there are no profiles", d->root,
			   d->config.profiles_dir);
	} else if (r) {
		doctor_say(d, DOCTOR_FAIL, "%s%s: %s", d->root, d->config.profiles_dir,
			   strerror(-r));
		doctor_todo(d, "make it a folder that root may read");
	} else {
		judge_folder(d, folder);
		judge_profiles(d, folder, &files);
	}
	judge_default(d, &files);
	doctor_names_done(&files);
}

static void judge_private(struct doctor *d, const char *path, enum doctor_state wrong,
			  const char *loss)
{
	_cleanup_free_ char *real = doctor_resolve(d, path), *there = NULL;
	_cleanup_close_ int fd = -1;
	struct error err = {0};
	int r = 0;

	if (asprintf(&there, "%s%s", d->root, path) < 0) {
		there = NULL;
		d->out_of_memory = true;
		return;
	}
	if (!real) {
		doctor_say(d, DOCTOR_OK, "%s is not there yet; it is made when it is needed",
			   there);
		return;
	}
	/* Not @real: a link in the last place is refused, as the hook refuses it. */
	r = folder_open_private(there, false, &fd, &err);
	if (!r) {
		doctor_say(d, DOCTOR_OK, "%s is root's alone", there);
		return;
	}
	doctor_say(d, wrong, "%s: %s: %s", there, err.text, loss);
	doctor_todo(d, "chown root %s && chmod 0700 %s; a link or a file there is to be removed",
		    there, there);
}

void doctor_run_dir(struct doctor *d)
{
	judge_private(d, d->config.run_dir, DOCTOR_FAIL, "every policy is refused");
}

void doctor_record_dir(struct doctor *d)
{
	judge_private(d, d->config.record_dir, DOCTOR_WARN, "nothing can be recorded");
}
