// SPDX-License-Identifier: Apache-2.0
/* oci: which policy applies to which container; and profiles by name. */
#include "base/cleanup.h"
#include "oci/select.h"
#include "test/tap.h"
#include "test/temp.h"

#define CRI_NAME    "io.kubernetes.cri.container-name"
#define CRI_TYPE    "io.kubernetes.cri.container-type"
#define CRIO_NAME   "io.kubernetes.container.name"
#define CRIO_TYPE   "io.kubernetes.cri-o.ContainerType"
#define SHIM_TYPE   "io.kubernetes.docker.type"
#define POLICY	    "policy.sockopt.oci"
#define PROFILE	    "profile.sockopt.oci"
#define MODE	    "mode.sockopt.oci"
#define MAX_GIVEN   8
#define MODE_BIT(m) (1u << (m))

/*
 * Annotations as key, value, key, value, …; %P in an expectation stands for the folder of profiles.
 */
struct select_case {
	const char *name;
	const char *given[2 * MAX_GIVEN];
	const char *default_profile;
	unsigned int modes; /* 0: all */
	bool no_inline;
	const char *source, *text, *profile; /* source NULL and no error: not wanted */
	enum policy_mode mode;
	const char *error;
};

static const struct select_case cases[] = {
	/* ---- nothing for us ---- */
	{.name = "no annotation"},
	{.name = "others' annotations",
	 .given = {"a", "b", "xsockopt.oci", "1", "policy.sockopt.ocix", "1", "policy.sockopt", "1",
		   "sockopt.ocix", "1"}},

	/* ---- one scope ---- */
	{.name = "inline", .given = {POLICY, "{}"}, .source = "annotation " POLICY, .text = "{}"},
	{.name = "profile",
	 .given = {PROFILE, "web"},
	 .source = "profile web (%P/web.json)",
	 .text = "web!",
	 .profile = "web"},
	{.name = "default profile",
	 .given = {"a", "b"},
	 .default_profile = "base",
	 .source = "default profile base (%P/base.json)",
	 .text = "base!",
	 .profile = "base"},
	{.name = "an annotation beats the default profile",
	 .given = {POLICY, "{}"},
	 .default_profile = "base",
	 .source = "annotation " POLICY,
	 .text = "{}"},
	{.name = "pod scope without a container's name",
	 .given = {POLICY "/pod", "{}"},
	 .source = "annotation " POLICY "/pod",
	 .text = "{}"},

	/* ---- the nearer scope wins, in whatever order ---- */
	{.name = "container.<name> before <name>",
	 .given = {CRI_NAME, "web", POLICY "/web", "2", POLICY "/container.web", "1", POLICY, "4",
		   POLICY "/pod", "3"},
	 .source = "annotation " POLICY "/container.web",
	 .text = "1"},
	{.name = "<name> before pod",
	 .given = {POLICY, "4", POLICY "/pod", "3", POLICY "/web", "2", CRIO_NAME, "web"},
	 .source = "annotation " POLICY "/web",
	 .text = "2"},
	{.name = "pod before bare",
	 .given = {POLICY, "4", POLICY "/pod", "3", CRI_NAME, "web"},
	 .source = "annotation " POLICY "/pod",
	 .text = "3"},
	{.name = "another container's policy is not ours",
	 .given = {POLICY "/db", "1", POLICY "/container.db", "2", CRI_NAME, "web"}},
	{.name = "another container's policy does not hide the bare one",
	 .given = {POLICY "/db", "1", POLICY, "2", CRI_NAME, "web"},
	 .source = "annotation " POLICY,
	 .text = "2"},
	{.name = "a name is compared whole",
	 .given = {POLICY "/we", "1", POLICY "/webb", "2", POLICY "/container.we", "3", CRI_NAME,
		   "web"}},
	{.name = "a container called pod",
	 .given = {POLICY "/pod", "all", POLICY "/container.pod", "own", CRI_NAME, "pod"},
	 .source = "annotation " POLICY "/container.pod",
	 .text = "own"},
	{.name = "an empty name is no name",
	 .given = {CRI_NAME, "", CRIO_NAME, "web", POLICY "/web", "1"},
	 .source = "annotation " POLICY "/web",
	 .text = "1"},

	/* ---- policy and profile are one question ---- */
	{.name = "a near profile beats a far policy",
	 .given = {PROFILE "/pod", "web", POLICY, "{}"},
	 .source = "profile web (%P/web.json)",
	 .text = "web!",
	 .profile = "web"},
	{.name = "a near policy beats a far profile",
	 .given = {PROFILE "/pod", "web", POLICY "/web", "{}", CRI_NAME, "web"},
	 .source = "annotation " POLICY "/web",
	 .text = "{}"},
	{.name = "both in the nearest scope",
	 .given = {PROFILE "/pod", "web", POLICY "/pod", "{}"},
	 .error = "annotations " POLICY "/pod and " PROFILE
		  "/pod: both say which policy applies; remove one"},
	{.name = "both, but in a scope that is hidden",
	 .given = {PROFILE, "web", POLICY, "{}", POLICY "/pod", "1"},
	 .source = "annotation " POLICY "/pod",
	 .text = "1"},

	/* ---- modes ---- */
	{.name = "mode",
	 .given = {POLICY, "{}", MODE, "audit"},
	 .source = "annotation " POLICY,
	 .text = "{}",
	 .mode = MODE_AUDIT},
	{.name = "mode has a nearest scope of its own",
	 .given = {POLICY "/web", "{}", MODE, "record", MODE "/pod", "audit", CRI_NAME, "web"},
	 .source = "annotation " POLICY "/web",
	 .text = "{}",
	 .mode = MODE_AUDIT},
	{.name = "mode with the default profile",
	 .given = {MODE, "audit"},
	 .default_profile = "base",
	 .source = "default profile base (%P/base.json)",
	 .text = "base!",
	 .profile = "base",
	 .mode = MODE_AUDIT},
	{.name = "record needs no policy",
	 .given = {MODE "/pod", "record"},
	 .source = "annotation " MODE "/pod",
	 .mode = MODE_RECORD},
	{.name = "record with a policy",
	 .given = {MODE, "record", POLICY, "{}"},
	 .source = "annotation " POLICY,
	 .text = "{}",
	 .mode = MODE_RECORD},
	{.name = "another container's mode", .given = {MODE "/db", "audit", CRI_NAME, "web"}},
	{.name = "enforce without a policy",
	 .given = {MODE, "enforce"},
	 .error = "annotation " MODE ": there is no policy to enforce; add annotation " POLICY
		  " or " PROFILE},
	{.name = "audit without a policy",
	 .given = {MODE "/pod", "audit"},
	 .error = "annotation " MODE "/pod: there is no policy to audit; add annotation " POLICY
		  " or " PROFILE},
	{.name = "an unknown mode",
	 .given = {MODE, "audti", POLICY, "{}"},
	 .error = "annotation " MODE ": unknown value \"audti\" (did you mean audit?)"},
	{.name = "a mode that the host does not allow",
	 .given = {MODE, "audit", POLICY, "{}"},
	 .modes = MODE_BIT(MODE_ENFORCE) | MODE_BIT(MODE_RECORD),
	 .error = "annotation " MODE ": mode \"audit\" is not allowed on this host; choose from "
		  "enforce, record with annotation " MODE},
	{.name = "no mode where the host does not allow to enforce",
	 .given = {POLICY, "{}"},
	 .modes = MODE_BIT(MODE_AUDIT),
	 .error = "mode \"enforce\" is not allowed on this host; choose from audit with "
		  "annotation " MODE},
	{.name = "a mode that the host allows",
	 .given = {MODE, "audit", POLICY, "{}"},
	 .modes = MODE_BIT(MODE_AUDIT),
	 .source = "annotation " POLICY,
	 .text = "{}",
	 .mode = MODE_AUDIT},

	/* ---- sandboxes ---- */
	{.name = "containerd's sandbox", .given = {CRI_TYPE, "sandbox", POLICY, "{}"}},
	{.name = "CRI-O's sandbox", .given = {CRIO_TYPE, "sandbox", POLICY "/web", "{}"}},
	{.name = "a claim that no runtime of today makes",
	 .given = {SHIM_TYPE, "podsandbox"},
	 .default_profile = "base",
	 .source = "default profile base (%P/base.json)",
	 .text = "base!",
	 .profile = "base"},
	{.name = "a sandbox under a default profile",
	 .given = {CRI_TYPE, "sandbox"},
	 .default_profile = "base"},
	{.name = "containers say so too",
	 .given = {CRI_TYPE, "container", POLICY, "{}"},
	 .source = "annotation " POLICY,
	 .text = "{}"},
	{.name = "a container that claims another runtime's sandbox",
	 .given = {SHIM_TYPE, "podsandbox", CRIO_TYPE, "container"},
	 .default_profile = "base",
	 .source = "default profile base (%P/base.json)",
	 .text = "base!",
	 .profile = "base"},

	/* ---- refused ---- */
	{.name = "an empty policy",
	 .given = {POLICY, ""},
	 .error = "annotation " POLICY ": is empty; give it a value or remove it"},
	{.name = "an empty policy does not fall back to a farther one",
	 .given = {POLICY "/pod", "", POLICY, "{}"},
	 .error = "annotation " POLICY "/pod: is empty; give it a value or remove it"},
	{.name = "an empty profile",
	 .given = {PROFILE, ""},
	 .default_profile = "base",
	 .error = "annotation " PROFILE ": is empty; give it a value or remove it"},
	{.name = "an empty mode",
	 .given = {MODE, "", POLICY, "{}"},
	 .error = "annotation " MODE ": is empty; give it a value or remove it"},
	{.name = "inline where the host forbids it",
	 .given = {POLICY, "{}"},
	 .no_inline = true,
	 .error = "annotation " POLICY ": this host allows no policies in annotations "
		  "(\"allowInline\" in its configuration); name a profile with " PROFILE},
	{.name = "a profile where the host forbids inline",
	 .given = {PROFILE, "web"},
	 .no_inline = true,
	 .source = "profile web (%P/web.json)",
	 .text = "web!",
	 .profile = "web"},
	{.name = "a mistyped key",
	 .given = {"polcy.sockopt.oci", "{}"},
	 .error = "annotation polcy.sockopt.oci: unknown key (did you mean policy?); there "
		  "are " POLICY ", " PROFILE " and " MODE},
	{.name = "a mistyped key with a scope",
	 .given = {"Profile.sockopt.oci/db", "web", CRI_NAME, "web"},
	 .error = "annotation Profile.sockopt.oci/db: unknown key (did you mean profile?); there "
		  "are " POLICY ", " PROFILE " and " MODE},
	{.name = "a foreign key of our domain",
	 .given = {"x.sockopt.oci", "{}"},
	 .error = "annotation x.sockopt.oci: unknown key; there are " POLICY ", " PROFILE
		  " and " MODE},
	{.name = "a longer key of our domain",
	 .given = {"a.policy.sockopt.oci", "{}"},
	 .error = "annotation a.policy.sockopt.oci: unknown key (did you mean policy?); there "
		  "are " POLICY ", " PROFILE " and " MODE},
	{.name = "the domain in front",
	 .given = {"sockopt.oci/policy", "{}"},
	 .error = "annotation sockopt.oci/policy: unknown key; there are " POLICY ", " PROFILE
		  " and " MODE},
	{.name = "an unknown key also where another one would do",
	 .given = {POLICY, "{}", "rule.sockopt.oci", "x"},
	 .error = "annotation rule.sockopt.oci: unknown key; there are " POLICY ", " PROFILE
		  " and " MODE},
	{.name = "a scope without a name",
	 .given = {POLICY "/", "{}", CRI_NAME, "web"},
	 .error = "annotation " POLICY
		  "/: behind the \"/\" stands \"pod\" or the name of a container"},
	{.name = "container. without a name",
	 .given = {POLICY "/container.", "{}", CRI_NAME, "web"},
	 .error = "annotation " POLICY
		  "/container.: behind the \"/\" stands \"pod\" or the name of a container"},
	{.name = "a scope below a scope",
	 .given = {POLICY "/pod/web", "{}", CRI_NAME, "web"},
	 .error = "annotation " POLICY
		  "/pod/web: behind the \"/\" stands \"pod\" or the name of a container"},
	{.name = "a named scope where no name is known",
	 .given = {POLICY "/container.web", "{}", POLICY, "{}"},
	 .error = "annotation " POLICY "/container.web: it is for the container \"web\", but the "
		  "runtime does not tell this "
		  "container's name; drop \"/container.web\" or put \"/pod\" in its place"},
	{.name = "a named mode where no name is known",
	 .given = {MODE "/web", "audit"},
	 .error = "annotation " MODE "/web: it is for the container \"web\", but the runtime does "
		  "not tell this container's "
		  "name; drop \"/web\" or put \"/pod\" in its place"},
	{.name = "a missing profile",
	 .given = {PROFILE, "none"},
	 .error =
		 "annotation " PROFILE ": profile none (%P/none.json): no such profile; install it "
		 "there, or name one that is in %P (annotation " PROFILE
		 ", or \"defaultProfile\" in the host's configuration)"},
	{.name = "a missing default profile",
	 .default_profile = "none",
	 .error = "host configuration: defaultProfile: profile none (%P/none.json): no such "
		  "profile; "
		  "install it there, or name one that is in %P (annotation " PROFILE
		  ", or \"defaultProfile\" in the host's configuration)"},
	{.name = "a profile outside of the folder",
	 .given = {PROFILE, "../web"},
	 .error = "annotation " PROFILE ": \"../web\" is no profile name: 1 to 64 letters, digits, "
		  "\"_\" and, but not first, \".\" or \"-\""},
};

/* @text with every %P replaced. */
static const char *expand(const char *text)
{
	static char out[4096];
	char *end = out;

	for (const char *p = text; *p; p++) {
		if (p[0] == '%' && p[1] == 'P') {
			end = stpcpy(stpcpy(end, temp_root), "/profiles");
			p++;
		} else {
			*end++ = *p;
		}
	}
	*end = '\0';
	return out;
}

static struct host_config config_for(const struct select_case *c)
{
	return (struct host_config){
		.allow_inline = !c->no_inline,
		.allowed_modes = c->modes ? c->modes : MODE_BIT(MODE_COUNT) - 1,
		.default_profile = (char *)c->default_profile,
		.profiles_dir = (char *)temp_path("profiles"),
	};
}

static void check(const struct select_case *c)
{
	struct annotation annotations[MAX_GIVEN];
	struct oci_state state = {.annotations = annotations};
	struct host_config config = config_for(c);
	struct selection got = {};
	struct error err = {};
	int r;

	for (; state.n_annotations < MAX_GIVEN && c->given[2 * state.n_annotations];
	     state.n_annotations++)
		annotations[state.n_annotations] =
			(struct annotation){(char *)c->given[2 * state.n_annotations],
					    (char *)c->given[2 * state.n_annotations + 1]};
	r = selection_make(&state, &config, &got, &err);
	if (!ok((r < 0) == (c->error != NULL), "%s: %s", c->name, c->error ? "refused" : "taken"))
		diag("got %d, \"%s\"", r, err.text);
	if (c->error)
		is_str(err.text, expand(c->error), "  and its message");
	is_int(got.wanted, c->source != NULL, "  wanted");
	is_str(got.source, c->source ? expand(c->source) : NULL, "  source");
	is_str(got.text, c->text, "  text");
	is_int((long long)got.length, c->text ? (long long)strlen(c->text) : 0, "  length");
	is_str(got.profile, c->profile, "  profile");
	is_int(got.mode, c->mode, "  mode");
	selection_done(&got);
}

static void test_names(void)
{
	struct annotation cri[] = {{POLICY, "{}"},
				   {CRI_NAME, "web"},
				   {"io.kubernetes.cri.sandbox-name", "shop"},
				   {"io.kubernetes.cri.sandbox-namespace", "prod"}};
	struct annotation crio[] = {{POLICY, "{}"},
				    {CRIO_NAME, "web"},
				    {"io.kubernetes.pod.name", "shop"},
				    {"io.kubernetes.pod.namespace", "prod"}};
	struct oci_state states[] = {{.annotations = cri, .n_annotations = 4},
				     {.annotations = crio, .n_annotations = 4},
				     {.annotations = cri, .n_annotations = 1}};
	struct host_config config = config_for(&cases[0]);

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		bool named = i < 2;
		struct selection got = {};
		struct error err = {};

		is_int(selection_make(&states[i], &config, &got, &err), 0,
		       "a container with names");
		is_str(got.container, named ? "web" : NULL, "  its own");
		is_str(got.pod, named ? "shop" : NULL, "  its pod's");
		is_str(got.namespace, named ? "prod" : NULL, "  its namespace's");
		selection_done(&got);
	}
}

int main(void)
{
	temp_make();
	mkdir(temp_path("profiles"), 0755);
	temp_write(temp_path("web.json"), "outside!", 8, 0644);
	temp_write(temp_path("profiles/web.json"), "web!", 4, 0644);
	temp_write(temp_path("profiles/base.json"), "base!", 5, 0644);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check(&cases[i]);
	test_names();
	return tap_done();
}
