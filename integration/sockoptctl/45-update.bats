#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# update and verify: another policy for what runs, and whether the kernel has it.

load ../lib/common

setup() {
	common_setup
	deny_mark > "$T/old.json"
	policy "$(rule new SO_MARK deny '"errno":"EXDEV"')" > "$T/new.json"
	mkdir "$CGROUP_MOUNT$CG/slice" "$CGROUP_MOUNT$CG/slice/child"
}

expect_mark() {
	run in_cgroup "$CG/slice/child" "$PROBE" socket inet stream : set socket SO_MARK int 5
	expect_line "set socket SO_MARK int 5: $1"
}

attach() {
	run "$CTL" host attach "$CG/slice" --policy "$T/old.json"
	expect_status 0
}

# verify's findings of check $1 that are $2, as text.
found() {
	"$CTL" verify --json "$CG/slice" | jq -r --arg check "$1" --arg result "$2" \
		'.[0].findings[] | select(.check == $check and .result == $result) | .text'
}

@test "another policy, another mode" {
	attach
	expect_mark EACCES
	run "$CTL" update "$CG/slice" --policy "$T/new.json"
	expect_status 0
	expect_equal "$output" "$CG/slice: in force (file $T/new.json, enforce)" "output"
	expect_mark EXDEV
	run "$CTL" update --mode audit "$CG/slice"
	expect_status 0
	expect_mark ok
	expect_equal "$("$CTL" list --json | jq -r '.[].mode')" audit "mode"
	profile web < "$T/old.json"
	run "$CTL" update "$CG/slice" --profile web --mode enforce
	expect_status 0
	expect_mark EACCES
	run "$CTL" verify
	expect_status 0
	run "$CTL" host detach "$CG/slice"
	expect_status 0
	expect_nothing_left
}

@test "a bad file changes nothing, and is named" {
	attach
	echo '{"version":1,"rules":[{}]}' > "$T/bad.json"
	run "$CTL" update "$CG/slice" --policy "$T/bad.json"
	expect_status 1
	expect_text "$T/bad.json: rules[0]: missing key"
	expect_mark EACCES
	run "$CTL" verify "$CG/slice"
	expect_status 0
	expect_equal "$("$CTL" show --json "$CG/slice" | jq -r .source)" "file $T/old.json" "source"
}

@test "wrong words" {
	attach
	run "$CTL" update "$CG/slice"
	expect_status 2
	run "$CTL" update --mode audit
	expect_status 2
	run "$CTL" update "$CG/slice" --mode adit
	expect_status 2
	expect_text 'did you mean audit?'
	run "$CTL" update "$CG/slice" --mode record
	expect_status 1
	run "$CTL" update nothing --mode audit
	expect_status 1
	expect_text nothing
	run "$CTL" verify nothing
	expect_status 1
}

@test "a run record that lacks what may be lacking" {
	local field record
	for field in generation sizeClass digest policy source; do
		attach
		record=$(echo "$RUN_DIR"/*.json)
		jq "del(.$field)" "$record" > "$T/record"
		cat "$T/record" > "$record"
		run "$CTL" update --mode audit "$CG/slice"
		if [ "$field" = policy ]; then
			expect_status 1
			expect_text "$CG/slice: its run record tells no policy: give one"
			expect_mark EACCES
			run "$CTL" update --mode audit --policy "$T/old.json" "$CG/slice"
		fi
		expect_status 0
		expect_mark ok
		run "$CTL" verify "$CG/slice"
		expect_status 0
		run "$CTL" host detach "$CG/slice"
		expect_status 0
	done
	expect_nothing_left
}

@test "a container, by the beginning of its id" {
	RUNTIME=crun
	start web "$(policy_bundle web "$(deny_mark)")"
	expect_status 0
	probe_in web socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
	run "$CTL" update we --policy "$T/new.json"
	expect_status 0
	probe_in web socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EXDEV'
	run "$CTL" verify web
	expect_status 0
	expect_text "32-bit"
	delete web
	expect_nothing_left
}

# ---- verify ----

# What verify says in $output helps.
expect_remedy_detach() {
	expect_text '"sockoptctl detach" takes it away, and a new start puts it in force again'
	"$CTL" host detach "$CG/slice"
	wait_for no_links # one whose pin was removed goes when the kernel comes to it
	attach
	run "$CTL" verify
	expect_status 0
}

@test "verify: where nothing is in force, headings and no row" {
	run "$CTL" verify
	expect_status 0
	expect_equal "$output" "ID  CHECK  RESULT  FOUND" "output"
	expect_equal "$("$CTL" verify --json | jq -c .)" "[]" "output as JSON"
}

@test "verify: in force" {
	local check
	attach
	run "$CTL" verify
	expect_status 0
	for check in state links programs policy order; do
		[ -n "$(found $check ok)" ] || fail "no $check that is ok in:" "$output"
	done
	expect_equal "$(found state wrong)$(found policy wrong)$(found order wrong)" "" "wrong"
}

@test "verify: the storage holds another policy" {
	attach
	local record=$RUN_DIR/*.json
	# shellcheck disable=SC2086  # the pattern is meant
	sed -i 's/"digest": *"[0-9a-f]/"digest":"x/' $record
	run "$CTL" verify
	expect_status 1
	expect_text "holds another policy"
	run "$CTL" update "$CG/slice" --policy "$T/old.json"
	run "$CTL" verify
	expect_status 0
}

@test "verify: a link was replaced, is gone" {
	attach
	local pin
	pin=$(echo "$PINS"/containers/*/setsockopt)
	rm "$pin"
	run "$CTL" verify
	expect_status 1
	expect_text "is not pinned any more"
	expect_remedy_detach
}

@test "verify: the storage holds no policy, a program is not pinned; then what the remedies say" {
	local map key size
	attach
	map=$(echo "$PINS"/g*/small/policies)
	read -ra key < <(bpftool -j map dump pinned "$map" | jq -r '.[0].key | join(" ")')
	size=$(bpftool -j map show pinned "$map" | jq .bytes_value)
	# shellcheck disable=SC2046  # as many words as bytes
	bpftool map update pinned "$map" key "${key[@]}" value $(printf '0 %.0s' $(seq "$size"))
	run "$CTL" verify
	expect_status 1
	expect_text "holds no policy"
	expect_remedy_detach
	rm "$PINS"/g*/small/setsockopt
	run "$CTL" verify
	expect_status 1
	expect_text "the program that this build pins is gone"
	expect_text 'sockoptctl detach" all policies, then "sockoptctl gc", and start what had them again'
	"$CTL" host detach "$CG/slice"
	"$CTL" gc
	attach
	run "$CTL" verify
	expect_status 0
}

@test "verify: a program of the host that was attached later does not run" {
	attach
	foreign "$CG" set override pass 1 36
	run "$CTL" verify
	expect_status 1
	expect_text "does not run for this cgroup"
	expect_text "attached without BPF_F_ALLOW_MULTI"
}

@test "verify: a program of the host that runs after it is told" {
	attach
	foreign "$CG" set multi pass 1 36
	run "$CTL" verify
	expect_status 0
	expect_text "runs after it, and has the last word"
}

@test "verify: what is left of a cgroup that is gone" {
	attach
	rmdir "$CGROUP_MOUNT$CG/slice/child" "$CGROUP_MOUNT$CG/slice"
	run "$CTL" verify
	expect_status 1
	expect_text gone
}

# ---- what others did, and what was killed on its way ----

both_calls() { # ERRNO
	policy "{\"calls\":[\"setsockopt\",\"getsockopt\"],\"options\":[\"SO_MARK\"],\"action\":\"deny\",\"errno\":\"$1\"}"
}

# So large that other programs have to take over.
large() {
	jq -n '{version: 1, rules: ([{calls: ["setsockopt", "getsockopt"], options: ["SO_MARK"], action: "deny",
		errno: "EXDEV"}] + [range(200) | {calls: ["setsockopt", "getsockopt"], options: ["300/\(.)"],
		action: "deny"}])}'
}

@test "update: killed while other programs take over, the next one makes it whole" {
	local at
	large > "$T/large.json"
	for at in rename:1 rename:2 unlink:1 unlink:2; do
		both_calls EACCES > "$T/old.json"
		attach
		run strace -f -o /dev/null -e trace="${at%:*}" -e inject="${at%:*}:signal=SIGKILL:when=${at#*:}" \
			"$CTL" update "$CG/slice" --policy "$T/large.json"
		expect_status 137
		run "$CTL" verify
		expect_status 1
		run "$CTL" update "$CG/slice" --policy "$T/large.json"
		expect_status 0
		expect_mark EXDEV
		run "$CTL" verify
		expect_status 0
		expect_equal "$(our_links | wc -l)" 2 "links after $at"
		run "$CTL" host detach "$CG/slice"
		expect_status 0
	done
	expect_nothing_left
}

@test "update: killed before a link for another call was pinned" {
	local at
	large > "$T/large.json"
	attach
	# One that ends well, to count, when the programs are loaded.
	for at in load count; do
		strace -f -o "$T/trace" -e trace=bpf "$CTL" update "$CG/slice" --policy "$T/large.json"
		"$CTL" host detach "$CG/slice"
		attach
	done
	at=$(grep 'bpf(' "$T/trace" | grep -n 'BPF_OBJ_PIN.*/getsockopt"' | cut -d: -f1)
	run strace -f -o /dev/null -e trace=bpf -e "inject=bpf:signal=SIGKILL:when=$at" \
		"$CTL" update "$CG/slice" --policy "$T/large.json"
	expect_status 137
	run "$CTL" verify
	expect_status 1
	expect_text "no getsockopt link"
	expect_text "sockoptctl update"
	run "$CTL" update "$CG/slice" --policy "$T/large.json"
	expect_status 0
	run "$CTL" verify
	expect_status 0
}

@test "a link that somebody detached takes nothing else along, and update makes it whole" {
	both_calls EACCES > "$T/old.json"
	attach
	bpftool link detach pinned "$(echo "$PINS"/containers/*/getsockopt)"
	run "$CTL" verify
	expect_status 1
	expect_text "damaged (a link was detached)"
	run "$CTL" gc
	expect_status 0
	run "$CTL" run --policy "$T/new.json" -- true
	expect_status 0
	expect_mark EACCES
	bpftool link detach pinned "$(echo "$PINS"/containers/*/setsockopt)"
	run "$CTL" gc
	run "$CTL" verify
	expect_status 1
	run "$CTL" update "$CG/slice" --policy "$T/old.json"
	expect_status 0
	expect_mark EACCES
	run "$CTL" verify
	expect_status 0
}

@test "verify: the storage keeps events back" {
	local map key value
	attach
	map=$(echo "$PINS"/g*/small/policies)
	read -ra key < <(bpftool -j map dump pinned "$map" | jq -r '.[0].key | join(" ")')
	# Bytes 88 to 95: event_interval.
	read -ra value < <(bpftool -j map dump pinned "$map" |
		jq -r '.[0].value | .[88:96] = ["0x00","0x00","0x00","0x00","0x00","0x00","0x00","0x00"] | join(" ")')
	bpftool map update pinned "$map" key "${key[@]}" value "${value[@]}"
	run "$CTL" verify
	expect_status 1
	expect_text "its events are kept back"
	run "$CTL" update "$CG/slice" --policy "$T/old.json"
	run "$CTL" verify
	expect_status 0
}

@test "verify: another map is pinned where the policies are" {
	local map
	attach
	map=$(echo "$PINS"/g*/small/policies)
	mv "$map" "$map-away"
	bpftool map create "$map" type hash key 8 value 60000 entries 1 name policies
	run "$CTL" verify
	expect_status 1
	expect_text 'not the one that its programs use'
	rm "$map"
	mv "$map-away" "$map"
	run "$CTL" verify
	expect_status 0
}

@test "verify: a recording, and one that was told to stop" {
	run "$CTL" record --id rec -o "$T/rec.json" -- "$CTL" verify rec
	expect_status 0
	expect_text "kinds of call are recorded"
	cat > "$T/wipe" <<-'EOF'
		map=$(echo "$1"/g*/record/policies)
		bpftool map update pinned "$map" value $(printf '0 %.0s' $(seq 24)) \
			key $(bpftool -j map dump pinned "$map" | jq -r '.[0].key | join(" ")')
		exec "$2" verify rec
	EOF
	run "$CTL" record --id rec -o "$T/rec.json" -- bash "$T/wipe" "$PINS" "$CTL"
	expect_status 1
	expect_text "nothing is recorded"
}

@test "watch: an event of the policy before is not told under the names of the new one" {
	local second
	attach
	expect_mark EACCES
	second=$(date +%s)
	until [ "$(date +%s)" -gt "$second" ]; do :; done
	run "$CTL" update "$CG/slice" --policy "$T/new.json"
	expect_status 0
	expect_mark EXDEV
	run "$CTL" watch --json --count 2
	expect_status 0
	expect_equal "$(jq -r 'select(.rule).rule' <<< "$output" | paste -sd' ')" "rules[0] new" "rules"
}
