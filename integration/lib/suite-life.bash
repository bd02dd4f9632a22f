# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Bodies of the tests that runc and crun share: what comes, what goes, and what happens when something in between is missing.

load ../lib/common
RUNTIME=$(basename "$BATS_TEST_DIRNAME")

keys_of() { # the keys, without the part that tells bundles apart
	container_pins | sed 's/@.*//'
}

has_husk() {
	our_links | awk '$2 == 0 { found = 1 } END { exit !found }'
}

# $1 is under deny_mark.
expect_denied() {
	probe_in "$1" socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
}

# A bundle under deny_mark whose poststop hook nobody calls.
forgetful_bundle() {
	local bundle
	bundle=$(policy_bundle "$1" "$(deny_mark)")
	edit_bundle "$bundle" 'del(.hooks.poststop)'
	echo "$bundle"
}

case_teardown() {
	local shared
	start c1 "$(policy_bundle c1 "$(deny_mark)")"
	expect_status 0
	expect_equal "$(keys_of)" c1 "pins"
	expect_equal "$(run_records | sed 's/@.*//')" c1 "run records"
	expect_equal "$(stat -c %a "$PINS/containers" "$PINS/containers"/*@* "$PINS/containers"/*@*/setsockopt | xargs)" \
		"700 700 600" "modes of folders and pins"
	shared=$(find "$PINS" -path "$PINS/containers" -prune -o -print | sort)
	delete c1
	expect_status 0
	expect_nothing_left
	expect_equal "$(find "$PINS" -path "$PINS/containers" -prune -o -print | sort)" "$shared" "shared pins"
}

case_shared_programs() {
	local programs
	start c1 "$(policy_bundle c1 "$(deny_mark)")"
	expect_status 0
	programs=$(shared_programs)
	start c2 "$(policy_bundle c2 "$(policy "$(rule ttl IP_TTL deny)")")"
	expect_status 0
	expect_equal "$(shared_programs)" "$programs" "programs after the second container"
	expect_equal "$(our_links | wc -l)" 2 "links"
	delete c1
	delete c2
	expect_nothing_left
	expect_equal "$(shared_programs)" "$programs" "programs after the last container"
}

case_natural_end() {
	run_container c1 "$(policy_bundle c1 "$(deny_mark)" sh -c 'exit 7')"
	expect_status 7
	expect_nothing_left
}

case_command_missing() {
	run_container c1 "$(policy_bundle c1 "$(deny_mark)" /no/such/command)"
	expect_failure
	delete c1
	# crun runs no poststop here: what is left goes with the next start.
	if [ -n "$(container_pins)" ]; then
		wait_for has_husk
		start c2 "$(policy_bundle c2 "$(deny_mark)")"
		expect_equal "$(keys_of)" c2 "pins"
		delete c2
	fi
	expect_nothing_left
}

case_skipped_poststop() {
	start c1 "$(forgetful_bundle c1)"
	expect_status 0
	delete c1
	expect_equal "$(keys_of)" c1 "pins of a container without poststop"
	wait_for has_husk
	start c2 "$(policy_bundle c2 "$(deny_mark)")"
	expect_status 0
	expect_equal "$(keys_of)" c2 "pins after the next start"
	expect_equal "$(run_records | sed 's/@.*//')" c2 "run records after the next start"
	expect_denied c2
	delete c2
	expect_nothing_left
}

case_killed_runtime() {
	local bundle init COMMAND
	bundle=$(policy_bundle c1 "$(deny_mark)")
	CONTAINERS+=(c1)
	runtime_command
	background "${COMMAND[@]}" run -b "$bundle" c1
	wait_for container_runs c1
	init=$(runtime state c1 | jq .pid)
	kill -KILL $!
	kill -KILL "$init"
	remove_cgroup "$CGROUP_MOUNT$CG/c1"
	expect_equal "$(keys_of)" c1 "pins after the runtime was killed"
	wait_for has_husk
	start c2 "$(policy_bundle c2 "$(deny_mark)")"
	expect_status 0
	expect_equal "$(keys_of)" c2 "pins after the next start"
}

container_runs() {
	[ "$(runtime state "$1" 2>/dev/null | jq -r .status)" = running ]
}

case_same_id() {
	start c1 "$(policy_bundle c1 "$(deny_mark)")"
	expect_status 0
	delete c1
	start c1 "$(policy_bundle c1 "$(policy "$(rule ttl IP_TTL deny)")")"
	expect_status 0
	probe_in c1 socket inet stream : set socket SO_MARK int 5 : set ip IP_TTL int 9
	expect_line 'set socket SO_MARK int 5: ok'
	expect_line 'set ip IP_TTL int 9: EPERM'
}

# The pins of the dead one carry the very key that the new one wants.
case_same_id_skipped_poststop() {
	start c1 "$(forgetful_bundle c1)"
	expect_status 0
	delete c1
	start c1 "$(policy_bundle c1 "$(deny_mark)")"
	expect_status 0
	expect_denied c1
	expect_equal "$(keys_of)" c1 "pins"
	delete c1
	expect_nothing_left
}

case_create_start_kill() {
	create c1 "$(policy_bundle c1 "$(deny_mark)")"
	expect_status 0
	expect_equal "$(keys_of)" c1 "pins before the start"
	runtime start c1
	expect_denied c1
	runtime kill c1 KILL
	delete c1
	expect_nothing_left
}

case_both_stages() {
	local bundle
	bundle=$(policy_bundle c1 "$(deny_mark)")
	edit_bundle "$bundle" '.hooks.prestart = [.hooks.createRuntime[0] | .args[-1] = "prestart"]'
	start c1 "$bundle"
	expect_status 0
	expect_denied c1
	expect_equal "$(our_links | wc -l)" 1 "links"
	delete c1
	expect_nothing_left
}

case_prestart_alone() {
	local bundle
	bundle=$(policy_bundle c1 "$(deny_mark)")
	edit_bundle "$bundle" '.hooks.prestart = [.hooks.createRuntime[0] | .args[-1] = "prestart"]
		| del(.hooks.createRuntime)'
	start c1 "$bundle"
	expect_status 0
	expect_denied c1
	delete c1
	expect_nothing_left
}

# A policy that is in force is not replaced by way of a second call.
case_live_key() {
	local pid
	start c1 "$(policy_bundle c1 "$(deny_mark)")"
	expect_status 0
	pid=$(runtime state c1 | jq .pid)
	hook createRuntime "$(state c1 "$pid" "$(annotations "$(policy "$(rule ttl IP_TTL deny)")")")"
	expect_failure
	expect_text c1
	expect_denied c1
	hook createRuntime "$(state c1 "$pid" "$(annotations "$(deny_mark)")")"
	expect_status 0
	expect_denied c1
	expect_equal "$(our_links | wc -l)" 1 "links"
}

# What cannot be recorded is not left in force.
case_undo() {
	local bundle
	bundle=$(policy_bundle c1 "$(deny_mark)" echo "it ran")
	echo '{"runDir": "/proc/nowhere"}' > "$ETC/config.json"
	run_container c1 "$bundle"
	expect_failure
	expect_no_text "it ran"
	expect_message /proc/nowhere
	expect_nothing_left
}

case_fifty() {
	local bundle i pids=()
	bundle=$(policy_bundle c0 "$(deny_mark)")
	for i in $(seq 50); do
		mkdir "$T/c$i"
		jq --arg path "$CG/c$i" '.linux.cgroupsPath = $path' < "$bundle/config.json" > "$T/c$i/config.json"
		CONTAINERS+=("c$i")
	done
	for i in $(seq 50); do
		runtime create -b "$T/c$i" "c$i" >"$T/c$i.out" 2>&1 3>&- </dev/null &
		pids+=($!)
	done
	for i in $(seq 50); do
		wait "${pids[i - 1]}" || fail "container c$i: $(cat "$T/c$i.out")"
	done
	expect_equal "$(container_pins | wc -l)" 50 "pins"
	expect_equal "$(run_records | wc -l)" 50 "run records"
	expect_equal "$(our_links | wc -l)" 50 "links"
	expect_equal "$(shared_programs | sort -u | wc -l)" "$(shared_programs | wc -l)" "each shared program once"
	for i in 1 25 50; do
		runtime start "c$i"
		expect_denied "c$i"
	done
	pids=()
	for i in $(seq 50); do
		runtime delete -f "c$i" >/dev/null 2>&1 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	expect_nothing_left
}
