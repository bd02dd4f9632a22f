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

@test "not seen: flags of a call, and addresses that name an interface" {
	under "$(policy "$(rule way @fastopen deny)" "$(rule device @device deny)")" python3 -c 'if 1:
		import socket
		listener, client, other = socket.socket(), socket.socket(), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
		listener.bind(("127.0.0.1", 0))
		listener.listen(1)
		def tell(what, call):
			try:
				print(what, call() or "ok")
			except OSError as e:
				print(what, "refused" if e.errno == 1 else "ok")
		tell("TCP_FASTOPEN_CONNECT", lambda: client.setsockopt(socket.IPPROTO_TCP, 30, 1))
		tell("MSG_FASTOPEN", lambda: client.sendto(b"x", 0x20000000, listener.getsockname()) - 1)
		tell("SO_BINDTODEVICE", lambda: other.setsockopt(socket.SOL_SOCKET, 25, b"lo\0"))
		tell("a scope", lambda: other.connect(("fe80::1", 9, 0, socket.if_nametoindex("lo"))))
		print("bound to", other.getsockopt(socket.SOL_SOCKET, 25, 16)[:2].decode())
	'
	expect_line 'TCP_FASTOPEN_CONNECT refused'
	expect_line 'MSG_FASTOPEN ok'
	expect_line 'SO_BINDTODEVICE refused'
	expect_line 'bound to lo'
}

@test "seen: in a cgroup that the container makes below its own" {
	process_in x
	hook createRuntime "$(state x $! "$(annotations "$(deny_mark)")")"
	expect_status 0
	mkdir -p "$CGROUP_MOUNT$CG/x/child/grandchild"
	run in_cgroup "$CG/x/child/grandchild" "$PROBE" socket unix stream : set socket SO_MARK int 5 : socket inet stream : set socket SO_MARK int 5
	expect_equal "$(grep -c ': EACCES$' <<<"$output")" 2 "denials in: $output"
}

@test "not seen: a process that may leave its cgroup; its sockets stay under the policy" {
	process_in x
	hook createRuntime "$(state x $! "$(annotations "$(deny_mark)")")"
	expect_status 0
	mkdir "$CGROUP_MOUNT$CG/y"
	# shellcheck disable=SC2016
	run in_cgroup "$CG/x" python3 -c 'if 1:
		import os, socket, sys
		before = socket.socket()
		open(sys.argv[1], "w").write(str(os.getpid()))
		for s in before, socket.socket():
			try:
				print(s.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 5) or "ok")
			except OSError as e:
				print(e.errno)
	' "$CGROUP_MOUNT$CG/y/cgroup.procs"
	expect_equal "$output" $'13\nok' "of before and after"
}

@test "a daemon outside is told the truth of who connects" {
	local policy name=oci-sockopt-threats-$$
	policy=$(policy '{"id": "peer", "calls": ["getsockopt"], "options": ["SO_PEERCRED"], "action": "replace", "value": {"pid": 1, "uid": 4712, "gid": 0}}' \
		"$(rule time @timeouts ignore)")
	background python3 -c 'if 1:
		import socket, struct, sys
		listener = socket.socket(socket.AF_UNIX)
		listener.bind("\0" + sys.argv[1])
		listener.listen(1)
		end, _ = listener.accept()
		print("uid", struct.unpack("3i", end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1])
		end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("2q", 7, 0))
		print("timeout", struct.unpack("2q", end.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, 16))[0], flush=True)
		end.send(b"x")
	' "$name"
	wait_for grep -q "@$name" /proc/net/unix
	under "$policy" python3 -c 'if 1:
		import os, socket, struct, sys
		os.setgid(4711)
		os.setuid(4711)
		end = socket.socket(socket.AF_UNIX)
		end.connect("\0" + sys.argv[1])
		print("inside: uid", struct.unpack("3i", end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1])
		end.recv(1)
	' "$name"
	expect_line 'inside: uid 4712'
	output=$(< "$T/background.out")
	expect_line 'timeout 7'
	expect_line 'uid 4711'
}

@test "THREATS.md: every test that it names is there" {
	local file name n=0
	while IFS=$'\t' read -r file name; do
		n=$((n + 1))
		grep -qF -e "$name" "$TOP/$file" || fail "$file has no \"$name\""
	done < <(grep -oE '`[^`]+`: "[^"]+"' "$TOP/integration/THREATS.md" | sed -E 's/^`([^`]+)`: "(.*)"$/\1\t\2/')
	[ "$n" -gt 30 ] || fail "only $n tests were found in it"
}
