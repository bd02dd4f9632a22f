#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The manifests: read by the API server's own decoder, held against OpenAPI documents, and no more than they need.

load ../lib/common
K=$TOP/integration/kubernetes
KUBE=$B/kubernetes/kube
OPENAPI=$B/kubernetes/go/usr/share/gocode/src/k8s.io/kubectl/testdata/openapi
PATCH=$K/containerd-config.yaml

manifests() {
	FILES=()
	local file
	for file in "$K"/*.yaml "$K"/examples/*.yaml; do
		[ "$file" = "$PATCH" ] || FILES+=("$file")
	done
}

# The DaemonSets, the patched one among them, a line each.
daemonsets() {
	"$KUBE" json "$K/daemonset.yaml" "$K/uninstall.yaml"
	"$KUBE" patch "$K/daemonset.yaml" "$PATCH"
}

@test "every field of every manifest is known to the API server" {
	manifests
	run "$KUBE" manifests "${FILES[@]}" "$PATCH"
	expect_status 0
	expect_equal "$(grep -c ': ok$' <<<"$output")" "$(grep -c '^kind:' "${FILES[@]}" "$PATCH" | awk -F: '{ n += $2 } END { print n }')" \
		"objects"
}

@test "every manifest is as the OpenAPI documents want it, as far as they know its kind" {
	manifests
	run sh -c '"$0" json "$@" | "$K/kube/openapi" "$OPENAPI"' "$KUBE" "${FILES[@]}"
	expect_status 0
	expect_equal "$(grep 'no schema' <<<"$output" | cut -d' ' -f1 | sort -u)" \
		$'ValidatingAdmissionPolicy\nValidatingAdmissionPolicyBinding' "kinds without a schema"
	run sh -c '"$KUBE" patch "$@" | "$K/kube/openapi" "$OPENAPI"' sh "$K/daemonset.yaml" "$PATCH"
	expect_status 0
	expect_line "DaemonSet oci-sockopt-hook: ok"
}
export K KUBE OPENAPI

# Each is wrong in one place, which both checks, or the one named, must find: EDIT WHERE [ONLY]
wrong() {
	sed "$1" "$K/daemonset.yaml" > "$T/wrong.yaml"
	! cmp -s "$K/daemonset.yaml" "$T/wrong.yaml" || fail "nothing edited by $1"
	if [ "${3:-decoder}" = decoder ]; then
		run "$KUBE" manifests "$T/wrong.yaml"
		expect_failure
		expect_text "$2"
	fi
	if [ "${3:-openapi}" = openapi ]; then
		run sh -c '"$KUBE" json "$0" | "$K/kube/openapi" "$OPENAPI"' "$T/wrong.yaml"
		expect_failure
		expect_text "$2"
	fi
}

@test "a mistake in a manifest is found" {
	wrong 's/readOnlyRootFilesystem/readOnlyRootFileSystem/' readOnlyRootFileSystem
	wrong 's/      tolerations:/      toleration:/' toleration
	wrong 's/automountServiceAccountToken: false/automountServiceAccountToken: "no"/' automountServiceAccountToken openapi
	wrong 's/runAsUser: 0/runAsUser: root/' runAsUser
	wrong 's/^  selector:/  minReadySeconds: 1\n  minReadySeconds: 1\n  selector:/' minReadySeconds decoder
	wrong '/^  selector:/,+2d' selector openapi
}

@test "the pods have no privilege but the folders of the node that are named" {
	run daemonsets
	expect_status 0
	expect_equal "$(jq -c '.spec.template.spec | [.hostNetwork, .hostPID, .hostIPC, .automountServiceAccountToken,
		.securityContext.seccompProfile.type]' <<<"$output" | sort -u)" '[null,null,null,false,"RuntimeDefault"]' "pods"
	expect_equal "$(jq -c '.spec.template.spec | (.containers + .initContainers)[] | [.securityContext.privileged,
		.securityContext.allowPrivilegeEscalation, .securityContext.readOnlyRootFilesystem, .securityContext.capabilities]' \
		<<<"$output" | sort -u)" '[false,false,true,{"drop":["ALL"]}]' "containers"
	expect_equal "$(jq -r '.spec.template.spec.volumes[] | .hostPath.path // empty' <<<"$output" | sort -u)" \
		$'/etc/containerd/conf.d\n/etc/oci-sockopt-hook\n/opt/oci-sockopt-hook' "folders of the node"
	expect_equal "$(jq -r '.spec.template.spec | (.containers + .initContainers)[] | select(.resources.limits.memory == null) | .name' \
		<<<"$output")" "" "containers without limits"
}

@test "each folder of the node has a sentence why" {
	local file
	for file in "$K"/*.yaml; do
		awk -v file="${file##*/}" '
			/- name: / { comment = last ~ /# / ; name = $3 }
			/hostPath:/ && !comment { print file ": no sentence for " name; bad = 1 }
			{ last = $0 }
			END { exit bad }' "$file"
	done
}

@test "the patch adds its mounts to the others" {
	run "$KUBE" patch "$K/daemonset.yaml" "$PATCH"
	expect_equal "$(jq -c '.spec.template.spec | [.initContainers[0], .containers[0]][].volumeMounts | map(.name) | sort' \
		<<<"$output" | sort -u)" '["conf-d","config","containerd","etc","opt","profiles","status"]' "mounts"
}

@test "profiles, configuration and the examples' policies are good" {
	local object key n=0
	"$KUBE" json "$K/config.yaml" > "$T/config"
	jq -r 'select(.metadata.name | endswith("-config")) | .data["config.json"]' "$T/config" > "$T/config.json"
	run "$CTL" --config "$T/config.json" list
	expect_status 0
	while read -r key; do
		jq -r --arg key "$key" 'select(.metadata.name | endswith("-profiles")) | .data[$key]' "$T/config" > "$T/$key"
		run "$CTL" check --strict "$T/$key"
		expect_status 0
		expect_equal "$(jq -r .name "$T/$key").json" "$key" "name of the profile"
	done < <(jq -r 'select(.metadata.name | endswith("-profiles")) | .data | keys[]' "$T/config")
	while read -r object; do
		while read -r key; do
			jq -r --arg key "$key" '.. | .annotations? | .[$key]? // empty' <<<"$object" > "$T/policy.json"
			run "$CTL" check --strict "$T/policy.json"
			expect_status 0
			n=$((n + 1))
		done < <(jq -r '.. | .annotations? // {} | keys[] | select(startswith("policy."))' <<<"$object")
	done < <("$KUBE" json "$K"/examples/*.yaml)
	expect_equal "$n" 2 "policies in the examples"
}

@test "the API server admits the examples, where a namespace may do all of it" {
	"$KUBE" json "$K"/examples/*.yaml | jq -s 'map((.spec.template // .) as $pod
		| {name: .metadata.name, namespace: "lab", annotations: $pod.metadata.annotations,
		   runtimeClass: $pod.spec.runtimeClassName, containers: ($pod.spec.containers | map(.name))})' > "$T/cases"
	run "$KUBE" admit "$K/admission.yaml" "$K/admission-bounds.yaml" -- "$T/cases"
	expect_status 0
	expect_equal "$(grep -c ': admitted$' <<<"$output")" 4 "examples"
}

@test "one class, one label, one handler in all files" {
	expect_equal "$("$KUBE" json "$K/runtimeclass.yaml" | jq -c '[.metadata.name, .handler, .scheduling.nodeSelector]')" \
		'["sockopt","sockopt",{"sockopt.oci/node":"true"}]' "the class"
	expect_equal "$(daemonsets | jq -c '.spec.template.spec.nodeSelector["sockopt.oci/node"]' | sort -u)" '"true"' "nodes"
	expect_equal "$("$KUBE" json "$K"/examples/*.yaml | jq -r '.. | .runtimeClassName? // empty' | sort -u)" sockopt "classes"
}
