/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which policy applies to which container: annotation keys, scopes, host configuration. Reads no
 * policy's inside.
 */
#ifndef OCI_SELECT_H
#define OCI_SELECT_H

#include <stdbool.h>

#include "base/error.h"
#include "oci/config.h"
#include "oci/profile.h"
#include "oci/state.h"

struct selection {
	bool wanted; /* false: nothing asks for a policy here; all else is unset */
	enum policy_mode mode;
	char *source;	 /* for messages: "annotation <key>", "profile web (<path>)" */
	char *profile;	 /* the profile's name, NULL for an inline policy */
	char *text;	 /* the policy's JSON; NULL only in mode record without a policy */
	size_t length;	 /* bytes of text */
	char *container; /* the container's name in its pod, or NULL */
	char *pod;	 /* pod name and namespace, where the runtime tells; or NULL */
	char *namespace;
};

/*
 * Decide from @state's annotations and @config. Reads the profile's file where one is named.
 * Refuses (negative errno): an unknown annotation of our domain (*.sockopt.oci), policy and profile
 * in one scope, inline where the host forbids it, a mode not allowed or unknown, a profile that is
 * missing or whose name would leave its folder, a key scoped to a named container where the runtime
 * does not tell this container's name.
 */
int selection_make(const struct oci_state *state, const struct host_config *config,
		   struct selection *ret, struct error *err);
/* Whether @state has an annotation of our domain, right or wrong, without asking the configuration. */
bool selection_asked(const struct oci_state *state);
void selection_done(struct selection *selection);

#endif
