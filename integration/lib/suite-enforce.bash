# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Bodies of the tests that runc and crun share: does the policy bite, for whom, and for nobody else?

load ../lib/common
RUNTIME=$(basename "$BATS_TEST_DIRNAME")

# One rule for each action.
every_action() {
	policy "$(rule mark SO_MARK deny '"errno": "EACCES"')" \
		"$(rule buffer SO_RCVBUF clamp '"max": 65536')" \
		"$(rule tos IP_TOS mask '"keep": 3, "set": {"dscp": "CS1"}')" \
		"$(rule priority SO_PRIORITY replace '"value": 3')" \
		"$(rule force SO_RCVBUFFORCE redirect '"to": "SO_RCVBUF", "max": 32768')" \
		"$(rule nodelay TCP_NODELAY ignore)" \
		"$(rule ttl IP_TTL allow)" \
		'{"id": "legacy", "calls": ["setsockopt", "getsockopt"], "options": ["200/1:int"],
		  "action": "emulate", "initial": 7}' \
		'{"id": "type", "calls": ["getsockopt"], "options": ["SO_TYPE"], "action": "replace", "value": 42}' \
		'{"id": "fixed", "calls": ["getsockopt"], "options": ["200/2:int"], "action": "answer", "value": 5}'
}

# The calls for every_action.
EVERY_CALL=(socket inet stream
	: set socket SO_MARK int 5
	: set socket SO_RCVBUF int 1000000 : get socket SO_RCVBUF int
	: set ip IP_TOS int 0xb9 : get ip IP_TOS int
	: set socket SO_PRIORITY int 6 : get socket SO_PRIORITY int
	: set socket SO_RCVBUFFORCE int 2000000 : get socket SO_RCVBUF int
	: set tcp TCP_NODELAY int 1 : get tcp TCP_NODELAY int
	: set ip IP_TTL int 9 : get ip IP_TTL int
	: get 200 1 int : set 200 1 int 99 : get 200 1 int
	: get socket SO_TYPE int
	: get 200 2 int)

# In order: the clamp takes 64 KiB and the kernel doubles it; of 0xb9 IP_TOS keeps the lowest bits that TCP lets an application set (none).
expect_every_action() {
	expect_line 'set socket SO_MARK int 5: EACCES'
	expect_line 'get socket SO_RCVBUF int: 131072 len 4'
	expect_line 'get ip IP_TOS int: 32 len 4'
	expect_line 'set socket SO_PRIORITY int 6: ok'
	expect_line 'get socket SO_PRIORITY int: 3 len 4'
	expect_line 'get socket SO_RCVBUF int: 65536 len 4'
	expect_line 'set tcp TCP_NODELAY int 1: ok'
	expect_line 'get tcp TCP_NODELAY int: 0 len 4'
	expect_line 'get ip IP_TTL int: 9 len 4'
	expect_line 'get 200 1 int: 7 len 4'
	expect_line 'set 200 1 int 99: ok'
	expect_line 'get 200 1 int: 99 len 4'
	expect_line 'get socket SO_TYPE int: 42 len 4'
	expect_line 'get 200 2 int: 5 len 4'
}

expect_no_action() {
	expect_line 'set socket SO_MARK int 5: ok'
	expect_line 'get socket SO_PRIORITY int: 6 len 4'
	expect_line 'get tcp TCP_NODELAY int: 1 len 4'
	expect_line 'get ip IP_TTL int: 9 len 4'
	expect_line 'get 200 1 int: EOPNOTSUPP'
	expect_line 'get socket SO_TYPE int: 1 len 4'
	expect_line 'get 200 2 int: EOPNOTSUPP'
}

case_no_hook() {
	run_container free "$(plain_bundle free /probe "${EVERY_CALL[@]}")"
	expect_status 0
	expect_no_action
}

case_no_annotation() {
	run_container free "$(make_bundle free /probe "${EVERY_CALL[@]}")"
	expect_status 0
	expect_no_action
	[ ! -e "$PINS" ] || fail "made without need: $(find "$PINS")"
	expect_equal "$(run_records)" "" "run records"
}

case_inside() {
	run_container c1 "$(policy_bundle c1 "$(every_action)" /probe "${EVERY_CALL[@]}")"
	expect_status 0
	expect_every_action
}

case_exec() {
	start c1 "$(policy_bundle c1 "$(every_action)")"
	expect_status 0
	probe_in c1 "${EVERY_CALL[@]}"
	expect_status 0
	expect_every_action
}

case_profile() {
	local bundle
	bundle=$(make_bundle c1)
	deny_mark | profile no-mark
	annotate "$bundle" profile.sockopt.oci no-mark
	start c1 "$bundle"
	expect_status 0
	probe_in c1 socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
}

case_config_option() {
	local bundle
	bundle=$(make_bundle c1)
	mkdir "$T/profiles"
	deny_mark > "$T/profiles/elsewhere.json"
	jq -n --arg dir "$T/profiles" '{profilesDir: $dir}' > "$T/config.json"
	edit_bundle "$bundle" --arg config "$T/config.json" '(.hooks[][] | .args) |= [.[0], "--config", $config, .[1]]'
	annotate "$bundle" profile.sockopt.oci elsewhere
	start c1 "$bundle"
	expect_status 0
	probe_in c1 socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
}

# Two containers side by side do not feel each other's policy, nor does the host.
case_others_free() {
	start c1 "$(policy_bundle c1 "$(deny_mark)")"
	expect_status 0
	start c2 "$(policy_bundle c2 "$(policy "$(rule ttl IP_TTL deny)")")"
	expect_status 0
	probe_in c1 socket inet stream : set socket SO_MARK int 5 : set ip IP_TTL int 9
	expect_line 'set socket SO_MARK int 5: EACCES'
	expect_line 'set ip IP_TTL int 9: ok'
	probe_in c2 socket inet stream : set socket SO_MARK int 5 : set ip IP_TTL int 9
	expect_line 'set socket SO_MARK int 5: ok'
	expect_line 'set ip IP_TTL int 9: EPERM'
	# Not $CG itself: the runtime enables controllers there, and such a cgroup takes no process.
	mkdir "$CGROUP_MOUNT$CG/host"
	run in_cgroup "$CG/host" "$PROBE" socket inet stream : set socket SO_MARK int 5 : set ip IP_TTL int 9
	expect_line 'set socket SO_MARK int 5: ok'
	expect_line 'set ip IP_TTL int 9: ok'
}

case_default_deny() {
	start c1 "$(policy_bundle c1 "$(policy "$(rule ttl IP_TTL allow)" |
		jq -c '.defaultAction = {"setsockopt": "deny"} | .defaultErrno = "ENOPROTOOPT"')")"
	expect_status 0
	probe_in c1 socket inet stream : set ip IP_TTL int 9 : set socket SO_MARK int 5 : get socket SO_TYPE int
	expect_line 'set ip IP_TTL int 9: ok'
	expect_line 'set socket SO_MARK int 5: ENOPROTOOPT'
	expect_line 'get socket SO_TYPE int: 1 len 4'
}

# What a connection's listener remembers of an emulated option, the accepted socket knows.
case_emulate_accept() {
	start c1 "$(policy_bundle c1 "$(every_action)")"
	expect_status 0
	probe_in c1 socket inet stream : set 200 1 int 99 : accept : get 200 1 int : get socket SO_TYPE int
	expect_line 'accept: ok'
	expect_line 'get 200 1 int: 99 len 4'
	expect_line 'get socket SO_TYPE int: 42 len 4'
}

# A policy that says nothing of getsockopt costs getsockopt nothing.
case_needed_links() {
	start c1 "$(policy_bundle c1 "$(deny_mark)")"
	expect_status 0
	expect_equal "$(our_links | awk '{ print $3 }')" cgroup_setsockopt "attached"
	expect_equal "$(ls "$PINS/containers"/*)" setsockopt "pins"
	start c2 "$(policy_bundle c2 "$(every_action)")"
	expect_status 0
	expect_equal "$(our_links | awk '{ print $3 }' | sort | uniq -c | xargs)" \
		"1 cgroup_getsockopt 2 cgroup_setsockopt" "attached"
}
