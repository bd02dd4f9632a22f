# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Bodies of the tests that runc and crun share: programs of the host on parent cgroups, ours and foreign ones.
# Numbers: level 1 is SOL_SOCKET; options 12 SO_PRIORITY, 36 SO_MARK.

load ../lib/common
RUNTIME=$(basename "$BATS_TEST_DIRNAME")

# The program attached at $CG still decides for what runs below it.
expect_host_denial() {
	mkdir -p "$CGROUP_MOUNT$CG/other"
	run in_cgroup "$CG/other" "$PROBE" socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EPERM'
}

# Refused by a program on $CG whose id is $1; nothing half done.
expect_refusal() {
	expect_failure
	expect_message "$CG"
	expect_message "$1"
	expect_message foreign
	expect_nothing_left
	expect_host_denial
}

case_child_first() {
	local id
	id=$(foreign "$CG" set multi pass 1 12)
	start c1 "$(policy_bundle c1 "$(policy "$(rule priority SO_PRIORITY replace '"value": 3')")")"
	expect_status 0
	probe_in c1 socket inet stream : set socket SO_PRIORITY int 6 : get socket SO_PRIORITY int
	expect_line 'get socket SO_PRIORITY int: 3 len 4'
	expect_equal "$("$HOSTPROG" seen "$id")" "1 3" "calls and value that the parent saw"
}

# The parent may refuse what the child lets through, and let through what the child refuses.
case_parent_last() {
	foreign "$CG" set multi deny 1 12
	foreign "$CG" set multi undo 1 36
	start c1 "$(policy_bundle c1 "$(deny_mark)")"
	expect_status 0
	probe_in c1 socket inet stream : set socket SO_PRIORITY int 6 : set socket SO_MARK int 5
	expect_line 'set socket SO_PRIORITY int 6: EPERM'
	expect_line 'set socket SO_MARK int 5: ok'
}

case_host_attach() {
	policy "$(rule low SO_PRIORITY clamp '"max": 2')" "$(rule ttl IP_TTL deny '"errno": "EACCES"')" > "$T/host.json"
	run "$CTL" host attach "$CG" --policy "$T/host.json"
	expect_status 0
	start c1 "$(policy_bundle c1 "$(policy "$(rule priority SO_PRIORITY clamp '"min": 5')" "$(rule mark SO_MARK deny)")")"
	expect_status 0
	probe_in c1 socket inet stream : set socket SO_PRIORITY int 1 : get socket SO_PRIORITY int \
		: set ip IP_TTL int 9 : set socket SO_MARK int 5
	expect_line 'get socket SO_PRIORITY int: 2 len 4'
	expect_line 'set ip IP_TTL int 9: EACCES'
	expect_line 'set socket SO_MARK int 5: EPERM'
	run "$CTL" host detach "$CG"
	expect_status 0
	probe_in c1 socket inet stream : set socket SO_PRIORITY int 1 : get socket SO_PRIORITY int : set ip IP_TTL int 9
	expect_line 'get socket SO_PRIORITY int: 5 len 4'
	expect_line 'set ip IP_TTL int 9: ok'
}

case_override() {
	local id
	id=$(foreign "$CG" set override deny 1 36)
	start c1 "$(policy_bundle c1 "$(policy "$(rule ttl IP_TTL deny)")")"
	expect_refusal "$id"
}

case_exclusive() {
	local id
	id=$(foreign "$CG" set exclusive deny 1 36)
	start c1 "$(policy_bundle c1 "$(policy "$(rule ttl IP_TTL deny)")")"
	expect_refusal "$id"
}

# An OVERRIDE program that a MULTI one below has displaced would come back when that one goes.
case_override_above_multi() {
	local id bundle
	id=$(foreign "$CG" set override deny 1 36)
	mkdir "$CGROUP_MOUNT$CG/mid"
	foreign "$CG/mid" set multi pass 1 36
	bundle=$(policy_bundle c1 "$(policy "$(rule ttl IP_TTL deny)")")
	edit_bundle "$bundle" --arg path "$CG/mid/c1" '.linux.cgroupsPath = $path'
	start c1 "$bundle"
	expect_refusal "$id"
}

# Programs for getsockopt are no business of a policy for setsockopt.
case_other_call() {
	foreign "$CG" get override deny 1 3
	start c1 "$(policy_bundle c1 "$(deny_mark)")"
	expect_status 0
	probe_in c1 socket inet stream : set socket SO_MARK int 5 : get socket SO_TYPE int
	expect_line 'set socket SO_MARK int 5: EACCES'
	expect_line 'get socket SO_TYPE int: EPERM'
}

# Without an annotation a container under such a parent starts, and the parent decides.
case_no_annotation_override() {
	foreign "$CG" set override deny 1 36
	start c1 "$(make_bundle c1)"
	expect_status 0
	probe_in c1 socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EPERM'
}

# What a person sees with bpftool: our link on the container's cgroup, below the host's program.
case_bpftool() {
	local id links
	id=$(foreign "$CG" set multi pass 1 36)
	start c1 "$(policy_bundle c1 "$(deny_mark)")"
	expect_status 0
	run bpftool cgroup tree "$CGROUP_MOUNT$CG"
	expect_status 0
	echo "$output"
	expect_equal "$(grep -c "^$CGROUP_MOUNT$CG" <<<"$output")" 2 "cgroups with programs"
	expect_equal "$(sed -n "\\,^$CGROUP_MOUNT$CG\$,,/^\\//p" <<<"$output" | awk -v id="$id" '$1 == id { print $2, $3, $4 }')" \
		"cgroup_setsockopt multi foreign" "the host's program"
	expect_equal "$(awk -v folder="$CGROUP_MOUNT$CG/c1" '$1 == folder { here = 1; next }
		here && $2 == "cgroup_setsockopt" { print $1, $2 }' <<<"$output")" \
		"$(shared_programs | head -1) cgroup_setsockopt" "our program"
	links=$(bpftool link show)
	expect_text "cgroup_id $(stat -c %i "$CGROUP_MOUNT$CG/c1")  attach_type cgroup_setsockopt" "$links"
}
