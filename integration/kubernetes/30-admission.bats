#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The ValidatingAdmissionPolicies, compiled and evaluated with the API server's own libraries.

load ../lib/common
K=$TOP/integration/kubernetes
KUBE=$B/kubernetes/kube
CASES=$K/kube/cases.yaml

admit() { # POLICY [BOUNDS]
	run "$KUBE" admit "$1" "${2:-$K/admission-bounds.yaml}" -- "$CASES"
}

@test "the table of pods: each is admitted or refused as it says, by messages that name the key" {
	admit "$K/admission.yaml"
	expect_status 0
	expect_equal "$(wc -l <<<"$output")" "$(grep -c '^- ' "$CASES")" "cases"
	expect_line "scoped profiles: admitted"
	expect_line "a profile that is not of the list: refused: annotation profile.sockopt.oci/web: the namespace web may name these profiles: dscp-bound, base"
}

@test "no validation is there for nothing: with any of them out, the table goes otherwise" {
	local count i
	count=$(grep -c '    - expression:' "$K/admission.yaml")
	expect_equal "$count" 8 "validations"
	for ((i = 1; i <= count; i++)); do
		# The i-th one lets everything through.
		awk -v wanted="$i" '
			/    - expression:/ && ++n == wanted { print "    - expression: \"true\""; skip = 1; next }
			skip && /^        / { next }
			{ skip = 0; print }' "$K/admission.yaml" > "$T/policy.yaml"
		admit "$T/policy.yaml"
		expect_failure
		expect_text "cases went otherwise"
	done
}

@test "no operation and no resource is there for nothing either" {
	local edit
	for edit in 's/\[CREATE, UPDATE\]/[CREATE]/' 's/\[CREATE, UPDATE\]/[UPDATE]/' 's,\[pods\, pods/status\],[pods],' \
		's,\[pods\, pods/status\],[pods/status],'; do
		sed "$edit" "$K/admission.yaml" > "$T/policy.yaml"
		! cmp -s "$K/admission.yaml" "$T/policy.yaml" || fail "nothing edited by $edit"
		admit "$T/policy.yaml"
		expect_failure
		expect_text "cases went otherwise"
	done
}

@test "no condition: updates that leave our annotations alone would be judged, and pods be stuck" {
	awk '/  matchConditions:/ { skip = 1; next } skip && /^    / { next } { skip = 0; print }' "$K/admission.yaml" > "$T/policy.yaml"
	admit "$T/policy.yaml"
	expect_failure
	expect_text "an update that leaves them alone: got"
}

@test "an expression that does not compile in Kubernetes 1.30 is found" {
	sed 's/size(variables.unknown) == 0/size(variables.unknwon) == 0/' "$K/admission.yaml" > "$T/policy.yaml"
	admit "$T/policy.yaml"
	expect_failure
	expect_text "undefined field 'unknwon'"
	sed 's/size(variables.unknown) == 0/semver("1.0.0").isLessThan(semver("1.0.1"))/' "$K/admission.yaml" > "$T/policy.yaml"
	admit "$T/policy.yaml"
	expect_failure
	expect_text "undeclared reference to 'semver'"
}

@test "bounds that nobody has written allow nothing; without the ConfigMap the keys are judged all the same" {
	sed '/^data:/,$d' "$K/admission-bounds.yaml" > "$T/bounds.yaml"
	cat > "$T/cases" <<-'CASES'
	- {name: a profile, namespace: web, runtimeClass: sockopt, annotations: {profile.sockopt.oci: base},
	   refused: [nothing would enforce it, "these profiles"]}
	- {name: inline, namespace: web, runtimeClass: sockopt, annotations: {policy.sockopt.oci: "{}"},
	   refused: [nothing would enforce it, "policies of its own"]}
	- {name: a mode, namespace: web, runtimeClass: sockopt, annotations: {mode.sockopt.oci: enforce},
	   refused: [nothing would enforce it, "these modes"]}
	CASES
	CASES=$T/cases admit "$K/admission.yaml" "$T/bounds.yaml"
	expect_status 0
	cat > "$T/cases" <<-'CASES'
	- {name: a profile, namespace: web, annotations: {profile.sockopt.oci: lax}}
	- {name: a key, namespace: web, annotations: {x.sockopt.oci: lax}, refused: [x.sockopt.oci]}
	CASES
	sed 's/^  name: .*/  name: another/' "$K/admission-bounds.yaml" > "$T/bounds.yaml"
	CASES=$T/cases admit "$K/admission.yaml" "$T/bounds.yaml"
	expect_status 0
}

@test "a bound that is no number refuses, rather than let pass" {
	sed 's/inlineBytes.lab: .*/inlineBytes.lab: 16 KiB/' "$K/admission-bounds.yaml" > "$T/bounds.yaml"
	echo '[{name: inline, namespace: lab, runtimeClass: sockopt, annotations: {policy.sockopt.oci: "{}"},
		refused: [inlineBytes, inlineBytes]}]' > "$T/cases"
	CASES=$T/cases admit "$K/admission.yaml" "$T/bounds.yaml"
	expect_status 0
}
