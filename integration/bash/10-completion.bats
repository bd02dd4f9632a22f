#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is offered for a line that ends in a tab, by a bash that has read no file of the machine's.

load ../lib/common
load ../lib/verbs

COMPLETION=$TOP/integration/bash/sockoptctl

setup() {
	common_setup
	mkdir -p "$T/bin" "$T/work/folder"
	ln -s "$CTL" "$T/bin/sockoptctl"
	cd "$T/work"
	deny_mark > policy.json
	touch other.txt
}

teardown() {
	cd /
	common_teardown
}

# What is offered for LINE, on one line, sorted.
offered() {
	env -i PATH="$T/bin:$PATH" bash --norc --noprofile -c '
		. "$1"
		COMP_WORDBREAKS=$'\'' \t\n"\'\''><=;|&(:@'\''
		COMP_LINE=$2 COMP_POINT=${#2}
		_sockoptctl sockoptctl
		[ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}"' bash "$COMPLETION" "$1" |
		LC_ALL=C sort | paste -sd' '
}

expect_offered() { # LINE WORDS
	local got
	got=$(offered "$1")
	expect_equal "$got" "$2" "offered for \"$1\""
}

expect_among() { # LINE WORD
	local got
	got=$(offered "$1")
	[[ " $got " == *" $2 "* ]] || fail "\"$2\" is not offered for \"$1\":" "$got"
}

@test "a table of lines" {
	while IFS='>' read -r line words; do
		expect_offered "$line" "$words"
	done <<-'END'
		sockoptctl chec>check
		sockoptctl --v>--version
		sockoptctl --config pol>policy.json
		sockoptctl --config=pol>policy.json
		sockoptctl --config policy.json opt>options
		sockoptctl no-such-verb >
		sockoptctl check p>policy.json
		sockoptctl check --js>--json
		sockoptctl check -- --js>
		sockoptctl check -- p>policy.json
		sockoptctl options SO_MAR>SO_MARK
		sockoptctl options @ds>@dscp
		sockoptctl options SOL_UDPL>SOL_UDPLITE/\*
		sockoptctl options SO_MARK --gr>--groups
		sockoptctl run --pol>--policy
		sockoptctl run --policy >folder other.txt policy.json
		sockoptctl run --policy=p>policy.json
		sockoptctl run --policy p>policy.json
		sockoptctl run --id >
		sockoptctl run --policy policy.json -- base64>base64
		sockoptctl run --policy policy.json cat o>other.txt
		sockoptctl run --policy policy.json cat --pol>
		sockoptctl run --mode >audit enforce
		sockoptctl record --values >any exact range
		sockoptctl merge --values=e>exact
		sockoptctl host >--help attach detach list
		sockoptctl host at>attach
		sockoptctl host attach x --pol>--policy
		sockoptctl host attach x --policy pol>policy.json
		sockoptctl host nothing --pol>
		sockoptctl list x>
	END
}

@test "every verb, and every option that its help names" {
	local verb option count=0
	expect_verbs
	while read -r verb; do
		expect_among "sockoptctl $verb" "${verb##* }"
		while read -r option; do
			expect_among "sockoptctl $verb $option" "$option"
			((++count))
		done < <(options_of "$verb")
		expect_among "sockoptctl $verb --h" --help
	done < <(all_verbs)
	[ "$count" -ge 10 ] || fail "only $count options were found"
}

@test "profiles: of the default folder, and of the one that the configuration names" {
	local verb
	deny_mark | profile base
	deny_mark | profile web-tier
	mkdir profiles
	deny_mark > profiles/elsewhere.json
	echo "{\"profilesDir\": \"$T/work/profiles\"}" > config.json
	while read -r verb; do
		options_of "$verb" | grep -qx -e --profile || continue
		expect_offered "sockoptctl $verb --profile " "base web-tier"
		expect_offered "sockoptctl $verb --profile=w" "web-tier"
		expect_offered "sockoptctl --config config.json $verb --profile " "elsewhere"
	done < <(all_verbs)
}

@test "ids of policies in force" {
	local verb key count=
	process_in web
	hook createRuntime "$(state web-1 $! "$(annotations "$(deny_mark)")")"
	expect_status 0
	while read -r verb; do
		"$CTL" $verb --help | head -1 | grep -qE "\] $verb (.* )?\[?ID" || continue
		[ "$verb" != run ] && [ "$verb" != record ] || continue
		expect_offered "sockoptctl $verb we" web-1
		count+=x
	done < <(all_verbs)
	expect_offered "sockoptctl record --of we" web-1
	[ ${#count} -ge 2 ] || fail "only ${#count} verbs take an id"
	key=$("$CTL" list --json | jq -r '.[].key')
	expect_offered "sockoptctl show web-1@" "@${key#*@}"
}

@test "cgroups" {
	mkdir "$CGROUP_MOUNT$CG/slice"
	expect_offered "sockoptctl host attach $CG/sl" "$CG/slice"
	expect_offered "sockoptctl host detach ${CG#/}/sl" "${CG#/}/slice"
}

@test "words of a policy in force are not run" {
	mkdir "$CGROUP_MOUNT$CG/\$(touch x)"
	"$CTL" host attach "$CG/\$(touch x)" --policy policy.json
	offered "sockoptctl show $CG/"
	[ ! -e x ] || fail "completion ran what stood in a cgroup's name"
}

@test "at a prompt: tab completes a verb, a group, a file, and a key" {
	local key
	process_in web
	hook createRuntime "$(state web-1 $! "$(annotations "$(deny_mark)")")"
	key=$("$CTL" list --json | jq -r '.[].key')
	run python3 - "$COMPLETION" "$T/bin" "${key%?}" <<-'END'
		import os, pty, select, sys, time
		completion, path, key = sys.argv[1:]
		lines = ["sockoptctl lis\t", "sockoptctl options @dsc\t", "sockoptctl check --js\tpol\t",
		         "sockoptctl run --policy=pol\t", f"sockoptctl show {key}\t"]
		pid, fd = pty.fork()
		if pid == 0:
		    os.environ.update(PATH=path + ":" + os.environ["PATH"], PS1="", TERM="dumb", INPUTRC="/dev/null")
		    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
		def until(mark):
		    text, end = b"", time.monotonic() + 20
		    while mark not in text and time.monotonic() < end:
		        if select.select([fd], [], [], 0.1)[0]:
		            text += os.read(fd, 65536)
		    return text
		os.write(fd, f"bind 'set enable-bracketed-paste off'; . {completion}; echo rea''dy\n".encode())
		until(b"ready\r\n")
		for line in lines:
		    # The command is replaced by one that prints its words.
		    os.write(fd, line.encode() + b"\x01echo '[' \x05']'\n")
		    text = until(b"]\r\n")
		    text += until(b"]\r\n") if b"\n[" not in text else b""
		    print([l for l in text.decode().splitlines() if l.startswith("[")][-1])
		os.write(fd, b"exit\n")
	END
	expect_status 0
	expect_line '[ sockoptctl list ]'
	expect_line '[ sockoptctl options @dscp ]'
	expect_line '[ sockoptctl check --json policy.json ]'
	expect_line '[ sockoptctl run --policy=policy.json ]'
	expect_line "[ sockoptctl show $key ]"
}
