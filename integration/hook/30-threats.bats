#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What integration/THREATS.md says of the limits of a policy: what its author cannot gain by it, and the ways by which
# the work of a socket option is done without a call that a policy sees. Each way is shown beside the call that it
# replaces, which is denied.

load ../lib/common

# under POLICY CMD…
under() {
	echo "$1" > "$T/policy.json"
	shift
	captured "$CTL" run --policy "$T/policy.json" -- "$@"
	expect_status 0
}

@test "a policy cannot do what the process may not" {
	under "$(policy "$(rule mark SO_PRIORITY redirect '"to": "SO_MARK"')" \
		"$(rule force SO_RCVBUF redirect '"to": "SO_RCVBUFFORCE"')" \
		"$(rule high SO_SNDLOWAT redirect '"to": "SO_PRIORITY", "value": 7')")" \
		setpriv --bounding-set=-net_admin,-net_raw --inh-caps=-net_admin,-net_raw "$PROBE" socket inet stream \
		: set socket SO_PRIORITY int 3 : set socket SO_RCVBUF int 90000 : set socket 19 int 1
	expect_line 'set socket SO_PRIORITY int 3: EPERM'
	expect_line 'set socket SO_RCVBUF int 90000: EPERM'
	expect_line 'set socket 19 int 1: EPERM'
}

@test "a policy deceives no one but the container: the socket is as the kernel has it" {
	local real
	real=$("$PROBE" socket inet stream : int80-get socket SO_MARK int | tail -n 1)
	[ "$real" = 'int80-get socket SO_MARK int: 0 len 4' ] || skip_or_fail "no 32-bit calls here: $real"
	under "$(policy '{"id": "mark", "calls": ["setsockopt", "getsockopt"], "options": ["SO_MARK"], "action": "emulate", "initial": 0}')" \
		"$PROBE" socket inet stream : set socket SO_MARK int 5 : get socket SO_MARK int : int80-get socket SO_MARK int
	expect_line 'get socket SO_MARK int: 5 len 4'
	# Below sockoptctl run there is no companion, so this call shows what is behind it.
	expect_line 'int80-get socket SO_MARK int: 0 len 4'
}

@test "not seen: a socket that was made outside and handed in" {
	background "$PROBE" socket inet stream : send "$T/socket"
	under "$(deny_mark)" "$PROBE" receive "$T/socket" : set socket SO_MARK int 5 : socket inet stream : set socket SO_MARK int 6
	expect_line 'set socket SO_MARK int 5: ok'
	expect_line 'set socket SO_MARK int 6: EACCES'
}

@test "seen: a socket that was made inside, in the hands of others" {
	deny_mark > "$T/policy.json"
	# shellcheck disable=SC2016
	background "$CTL" run --policy "$T/policy.json" -- sh -c '"$0" "$@" && exec sleep 1000' \
		"$PROBE" socket inet stream : send "$T/socket"
	run "$PROBE" receive "$T/socket" : set socket SO_MARK int 5 : socket inet stream : set socket SO_MARK int 6
	expect_line 'set socket SO_MARK int 5: EACCES'
	expect_line 'set socket SO_MARK int 6: ok'
}

@test "not seen: control messages" {
	under "$(policy "$(rule dscp @dscp deny)")" "$PROBE" socket inet dgram : set ip IP_TOS int 32 : tos 32
	expect_line 'set ip IP_TOS int 32: EPERM'
	expect_line 'tos 32: 32'
}

@test "not seen: ioctl" {
	under "$(policy "$(rule stamps @timestamps deny)")" "$PROBE" socket inet dgram : set socket SO_TIMESTAMP int 1 : stamp
	expect_line 'set socket SO_TIMESTAMP int 1: EPERM'
	expect_line 'stamp: ok'
}

@test "not seen: sysctl, where /proc/sys may be written" {
	# shellcheck disable=SC2016
	under "$(policy "$(rule ttl IP_TTL deny)")" unshare --net sh -c '
		echo 77 > /proc/sys/net/ipv4/ip_default_ttl && exec "$0" "$@"' "$PROBE" socket inet dgram \
		: set ip IP_TTL int 9 : get ip IP_TTL int
	expect_line 'set ip IP_TTL int 9: EPERM'
	expect_line 'get ip IP_TTL int: 77 len 4'
}

@test "THREATS.md: every test that it names is there" {
	local file name n=0
	while IFS=$'\t' read -r file name; do
		n=$((n + 1))
		grep -qF -e "$name" "$TOP/$file" || fail "$file has no \"$name\""
	done < <(grep -oE '`[^`]+`: "[^"]+"' "$TOP/integration/THREATS.md" | sed -E 's/^`([^`]+)`: "(.*)"$/\1\t\2/')
	[ "$n" -gt 30 ] || fail "only $n tests were found in it"
}
