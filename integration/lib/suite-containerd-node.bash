# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Further bodies of suite-containerd.bash: what an administrator of a node meets. Handlers and their configuration,
# mistakes, refusals, the host's own policy, many pods, crun.

# ---- what a handler is ----

case_version() {
	expect_text "containerd $VERSION." "$(< "$D/version")"
}

# But for hooks and annotations a container is what it would be without our handler.
case_base_spec() {
	local with without filter='del(.hooks, .annotations, .linux.cgroupsPath) | .linux.namespaces |= map(del(.path))
		| .mounts |= map(del(.source))'
	pod shop "$(annotate_with policy.sockopt.oci "$(deny_mark)")"
	start_in shop "$(container web)"
	with=$(cri spec "${IDS[0]}")
	pod other '{}' ''
	start_in other "$(container web)"
	without=$(cri spec "${IDS[0]}")
	diff <(jq -S "$filter" <<<"$without") <(jq -S "$filter" <<<"$with") >&2 ||
		fail "the specification differs under the handler, as shown above"
	expect_equal "$(jq -c '.hooks | map_values(map(.args[-1]))' <<<"$with")" \
		'{"createRuntime":["createRuntime"],"poststop":["poststop"]}' "hooks"
	expect_equal "$(jq .hooks <<<"$without")" null "hooks without the handler"
}

case_generator() {
	run "$SHIPPED/base-spec" --ctr "$CONTAINERD/ctr" --hook "$T/nothing"
	expect_status 2
	expect_text "$T/nothing is not there"
	run "$SHIPPED/base-spec" --ctr "$CONTAINERD/ctr" --hook build/hook
	expect_status 2
	expect_text "wants a path from /"
	run "$SHIPPED/base-spec" --ctr /bin/false --hook "$HOOK"
	expect_status 2
	expect_text "--ctr"
}

# What fails leaves the file as it was, and nothing beside it.
case_generator_file() {
	local program
	mkdir "$T/etc"
	"$SHIPPED/base-spec" --ctr "$CONTAINERD/ctr" --hook "$HOOK" > "$T/printed"
	echo old > "$T/etc/spec.json"
	printf '#!/bin/sh\necho "{"\n' > "$T/half"
	chmod +x "$T/half"
	for program in /bin/false /bin/true "$T/half"; do
		run "$SHIPPED/base-spec" --ctr "$program" --hook "$HOOK" --output "$T/etc/spec.json"
		expect_failure
		expect_equal "$(< "$T/etc/spec.json")" old "the file after $program"
		expect_equal "$(ls -A "$T/etc")" spec.json "files after $program"
	done
	run "$SHIPPED/base-spec" --ctr "$CONTAINERD/ctr" --hook "$HOOK" --output "$T/etc/spec.json"
	expect_status 0
	cmp "$T/printed" "$T/etc/spec.json"
	expect_equal "$(ls -A "$T/etc")" spec.json "files"
	expect_equal "$(stat -c %a "$T/etc/spec.json")" 644 "mode"
}

# Why the file comes before the handler: without it there is no CRI at all, for pods of other handlers neither.
case_no_base_spec() {
	pod shop "$(annotate_with policy.sockopt.oci "$(deny_mark)")"
	start_in shop "$(container web)"
	containerd_end
	mv "$D/base-spec.json" "$D/away.json"
	captured containerd_start
	containerd_end
	mv "$D/away.json" "$D/base-spec.json"
	expect_failure
	expect_text "rpc error: code = UNIMPLEMENTED"
	containerd_start
	expect_mark "${IDS[0]}" EACCES
}

# What a user installs, as containerd understands it.
case_shipped() {
	{
		echo "version = $(config_version)"
		cat "$SHIPPED/config-$(config_version).toml"
	} > "$T/config.toml"
	run "$CONTAINERD/containerd" -c "$T/config.toml" config dump
	expect_status 0
	output=$(tr \' '"' <<<"$output" | sed -n '/runtimes\.sockopt\]/,/SystemdCgroup/p' | sed 's/^ *//')
	expect_line 'base_runtime_spec = "/etc/containerd/sockopt-base-spec.json"'
	expect_line 'pod_annotations = ["*.sockopt.oci", "*.sockopt.oci/*"]'
	expect_line 'container_annotations = ["*.sockopt.oci", "*.sockopt.oci/*"]'
	expect_line 'SystemdCgroup = true'
}

# The handler in a file of its own: 1.x forgets what its main file says of the CRI, 2.x joins the two.
case_imported() {
	local plugin=io.containerd.grpc.v1.cri
	[ "$(config_version)" = 2 ] || plugin=io.containerd.cri.v1.runtime
	mkdir "$T/conf.d"
	{
		echo "version = $(config_version)"
		cat "$SHIPPED/config-$(config_version).toml"
	} > "$T/conf.d/sockopt.toml"
	cat > "$T/config.toml" <<-EOF
		version = $(config_version)
		imports = ["$T/conf.d/*.toml"]
		[plugins."$plugin".containerd.runtimes.other]
		  runtime_type = "io.containerd.runc.v2"
	EOF
	run "$CONTAINERD/containerd" -c "$T/config.toml" config dump
	expect_status 0
	output=$(tr \' '"' <<<"$output")
	expect_text "[plugins.\"$plugin\".containerd.runtimes.sockopt]"
	case $(config_version) in
	2) expect_no_text runtimes.other ;;
	3) expect_text "[plugins.\"$plugin\".containerd.runtimes.other]" ;;
	esac
}

# ---- mistakes that leave a container without a policy ----

case_other_handler() {
	pod shop "$(annotate_with policy.sockopt.oci "$(deny_mark)")" ''
	start_in shop "$(container web)"
	expect_status 0
	expect_mark "${IDS[0]}" ok
	expect_equal "$(our_links)" "" "links"
}

case_unknown_handler() {
	pod shop "$(annotate_with policy.sockopt.oci "$(deny_mark)")" sockpot
	expect_refused sockpot
}

# "*" does not cross "/". doctor says it of the very file that containerd reads.
case_narrow_patterns() {
	pod shop "$(annotate_with policy.sockopt.oci/web "$(deny_mark)")" narrow
	start_in shop "$(container web)" 
	expect_mark "${IDS[0]}" ok
	pod other "$(annotate_with policy.sockopt.oci "$(deny_mark)")" narrow
	start_in other "$(container web)"
	expect_mark "${IDS[0]}" EACCES
	mkdir -p /etc/containerd
	cp "$D/config.toml" /etc/containerd/config.toml
	run "$CTL" doctor --json
	rm /etc/containerd/config.toml
	output=$(jq -r '.checks[] | select(.check == "containerd") | "\(.state) \(.found)"' <<<"$output")
	grep -q "^fail handler narrow: pod_annotations: .* policy\.sockopt\.oci/web, " <<<"$output" ||
		fail "doctor does not tell the narrow handler:" "$output"
	grep -q "^ok handler sockopt: " <<<"$output" || fail "doctor does not praise the shipped handler:" "$output"
	expect_no_text "handler runc"
}

# ---- refusals ----

# What the kubelet shows of a container that does not start; the rest of the pod goes on.
case_refused() {
	pod shop "$(annotate_with policy.sockopt.oci/web "$(policy "$(rule buffers SO_RCVBUFF deny)")" \
		policy.sockopt.oci/db "$(deny_mark)")"
	start_in shop "$(container db)"
	expect_status 0
	start_in shop "$(container web)"
	expect_refused "oci-sockopt-hook: ${IDS[0]}: annotation policy.sockopt.oci/web: policy: rules[0].options[0]: $(
		)unknown socket option \"SO_RCVBUFF\" (did you mean SO_RCVBUF?)"
	expect_equal "$(states | xargs)" "db CONTAINER_RUNNING web CONTAINER_EXITED" "states"
	expect_equal "$(our_links | wc -l)" 1 "links"
	remove_pods shop
	expect_status 0
	expect_nothing_left
}

case_refused_forms() {
	local text
	pod shop "$(annotate_with policy.sockopt.oci/a '{"version": 1, "rules": [' profile.sockopt.oci/b nothing \
		policy.sockopt.oci/c '' mode.sockopt.oci/d loud)"
	for text in "a policy.sockopt.oci/a" "b profile.sockopt.oci/b" "c policy.sockopt.oci/c" "d mode.sockopt.oci/d"; do
		start_in shop "$(container "${text% *}" null /bin/sh -c 'echo it ran')"
		expect_refused ": annotation ${text#* }: "
		[ ! -s "$T/shop.logs/${text% *}.log" ] || fail "it ran: $(log_of shop "${text% *}")"
	done
	expect_nothing_left
	pod other "$(annotate_with polcy.sockopt.oci "$(deny_mark)")"
	start_in other "$(container web)"
	expect_refused polcy.sockopt.oci
}

# Every request for a container carries the pod's annotations of the moment: mended ones count at the next try.
case_mended() {
	pod shop "$(annotate_with policy.sockopt.oci '{"version": 1}')"
	start_in shop "$(container web)"
	expect_refused "policy.sockopt.oci: policy: "
	pod_file shop "$(annotate_with policy.sockopt.oci "$(deny_mark)")"
	start_in shop "$(ATTEMPT=1 container web)"
	expect_status 0
	expect_mark "${IDS[0]}" EACCES
}

case_no_bpffs() {
	pod shop "$(annotate_with policy.sockopt.oci "$(deny_mark)")"
	umount "$BPFFS"
	start_in shop "$(container web)"
	mount -t bpf -o mode=700 bpf "$BPFFS"
	expect_refused "no bpffs (bpf file system) is mounted"
	start_in shop "$(ATTEMPT=1 container web)"
	expect_mark "${IDS[0]}" EACCES
}

# ---- the host ----

case_parents() {
	local web
	policy "$(rule low SO_PRIORITY clamp '"max": 2')" "$(rule ttl IP_TTL deny '"errno": "EACCES"')" > "$T/host.json"
	mkdir -p "$CGROUP_MOUNT$KUBEPODS"
	run "$CTL" host attach "$KUBEPODS" --policy "$T/host.json"
	expect_status 0
	web=$(policy "$(rule priority SO_PRIORITY clamp '"min": 5')" "$(rule mark SO_MARK deny)")
	pod shop "$(annotate_with policy.sockopt.oci/web "$web")"
	start_in shop "$(container web)" "$(container db)"
	expect_status 0
	run cri exec "${IDS[0]}" /probe socket inet stream : set socket SO_PRIORITY int 1 : get socket SO_PRIORITY int \
		: set ip IP_TTL int 9 : set socket SO_MARK int 5
	expect_line 'get socket SO_PRIORITY int: 2 len 4'
	expect_line 'set ip IP_TTL int 9: EACCES'
	expect_line 'set socket SO_MARK int 5: EPERM'
	run cri exec "${IDS[1]}" /probe socket inet stream : set ip IP_TTL int 9 : set socket SO_MARK int 5
	expect_line 'set ip IP_TTL int 9: EACCES'
	expect_line 'set socket SO_MARK int 5: ok'
	run "$CTL" verify
	expect_status 0
	remove_pods shop
	run "$CTL" host detach "$KUBEPODS"
	expect_status 0
	expect_nothing_left
}

case_verbs() {
	local id
	pod shop "$(annotate_with policy.sockopt.oci "$(deny_mark)")"
	start_in shop "$(container web)" "$(container db)"
	expect_status 0
	id=${IDS[0]}
	expect_mark "$id" EACCES
	run "$CTL" list
	expect_text "NAMESPACE"
	grep -qE "^$id +container .* +prod +shop +web *$" <<<"$output" || fail "no line of web in:" "$output"
	run "$CTL" list --json
	expect_equal "$(jq -c '.[] | select(.container == "db") | [.namespace, .pod, .container]' <<<"$output")" \
		'["prod","shop","db"]' "db in the list"
	run "$CTL" show "$id" --json
	expect_equal "$(jq -c '[.namespace, .pod, .container]' <<<"$output")" '["prod","shop","web"]' "show"
	run "$CTL" show "$id"
	expect_equal "$(awk '/^(Namespace|Pod|Container):/ { print $1 $2 }' <<<"$output" | xargs)" \
		"Namespace:prod Pod:shop Container:web" "show, as text"
	run "$CTL" metrics
	expect_status 0
	expect_equal "$(grep 'rule="mark"' <<<"$output" | grep -oE '(namespace|pod|container)="[^"]*"' | sort | uniq -c | xargs)" \
		"3 container=db 3 container=web 6 namespace=prod 6 pod=shop" "labels of metrics"
	run "$CTL" stats --json
	expect_status 0
	expect_equal "$(jq -c '[.. | objects | select(.container? == "web") | [.namespace, .pod]][0]' <<<"$output")" \
		'["prod","shop"]' "stats"
	run "$CTL" stats
	grep -qE "^$id +enforce +mark +deny +1 +1 +0 +prod +shop +web *$" <<<"$output" || fail "no line of web in:" "$output"
	captured timeout 20 "$CTL" watch --json --count 1 "$id"
	expect_equal "$(jq -c '[.namespace, .pod, .container]' <<<"$output")" '["prod","shop","web"]' "watch"
	expect_mark "$id" EACCES
	captured timeout 20 "$CTL" watch --count 1 "$id"
	grep -q " prod/shop/web .* set SO_MARK " <<<"$output" || fail "watch does not say whose event it is:" "$output"
}

# ---- many ----

case_many() {
	local i annotations text
	annotations=$(annotate_with policy.sockopt.oci "$(deny_mark)")
	text=$(container web)
	for i in $(seq 20); do
		pod_file "p$i" "$annotations"
	done
	all_pods 5 run sockopt
	expect_status 0
	all_pods 5 start-all "$text"
	expect_status 0
	mapfile -t IDS < "$T/captured"
	expect_equal "$(container_pins | wc -l)" 20 "pins"
	expect_equal "$(run_records | wc -l)" 20 "run records"
	expect_equal "$(our_links | wc -l)" 20 "links"
	expect_mark "${IDS[0]}" EACCES
	expect_mark "${IDS[19]}" EACCES
	all_pods 5 remove-pod
	expect_status 0
	expect_nothing_left
}

# ---- crun ----

case_crun() {
	pod shop "$(annotate_with policy.sockopt.oci/web "$(marked EACCES)" policy.sockopt.oci "$(marked EBUSY)")" crun
	expect_status 0
	start_in shop "$(container web)" "$(container db)"
	expect_status 0
	expect_mark "${IDS[0]}" EACCES
	expect_mark "${IDS[1]}" EBUSY
	expect_equal "$(our_links | wc -l)" 2 "links"
	remove_pods shop
	expect_nothing_left
}

# crun does not hand on what a hook says: the kubelet shows that a hook failed, syslog shows why.
case_crun_refused() {
	local line
	pod shop "$(annotate_with policy.sockopt.oci '{"version": 2, "rules": []}')" crun
	start_in shop "$(container web)"
	expect_refused hook
	line="oci-sockopt-hook: ${IDS[0]}: annotation policy.sockopt.oci: policy: version"
	expect_no_text "$line"
	syslog_has "$line" || fail "not in syslog:" "$(syslog)"
	remove_pods shop
	expect_nothing_left
}
