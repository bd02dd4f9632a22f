# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the examples of the man pages need: README.md says how a page asks for it. Runs inside stage.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=integration/lib/bundle.bash
. "$TOP/integration/lib/bundle.bash"
RUNTIME=crun
CG=/kubepods.slice

# Poll until the command succeeds.
needs_wait() {
	local i
	for ((i = 0; i < 500; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.02
	done
	echo "waited in vain for: $*"
	return 1
}

# Every session's: the container web.
need_web() {
	local bundle
	bundle=$(make_bundle web)
	annotate "$bundle" profile.sockopt.oci web-tier
	# As containers have it: a profile for the native architecture alone, so that there is nothing to warn of.
	edit_bundle "$bundle" --arg arch "SCMP_ARCH_$(uname -m | tr '[:lower:]' '[:upper:]')" \
		'.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: [$arch]}'
	runtime run -d -b "$bundle" web </dev/null >/dev/null
}

# A `sockoptctl run` in another terminal.
need_server() {
	setsid sockoptctl run --policy policy.json -- python3 server.py </dev/null >/dev/null 2>&1 &
	needs_wait sh -c 'sockoptctl list | grep "^run-.*in force"'
}

# No bpffs, and a hook file of podman's whose pattern knows no scopes. The mounts are the stage's own.
need_bad_host() {
	umount -l /sys/fs/bpf
	mkdir -p /usr/share/containers/oci/hooks.d
	mount -t tmpfs tmpfs /usr/share/containers/oci/hooks.d
	local stage
	for stage in createRuntime poststop; do
		jq --arg hook "$HOOK" '.hook.path = $hook | .when = {annotations: {"^(policy|profile|mode)\\.sockopt\\.oci$": ".*"}}' \
			"$TOP/integration/podman/oci-sockopt-hook-$stage.json" \
			> "/usr/share/containers/oci/hooks.d/oci-sockopt-hook-$stage.json"
	done
}

# Seven calls of the container web, and the same of a `sockoptctl run` in mode audit.
need_calls() {
	local calls=(socket inet stream : set socket SO_MARK int 5 : set socket SO_MARK int 6
		: set socket SO_RCVBUF int 4194304 : set socket SO_SNDBUF int 4096
		: set tcp TCP_NODELAY int 1 : set socket SO_KEEPALIVE int 1 : set socket SO_REUSEADDR int 1)
	runtime exec web /probe "${calls[@]}" </dev/null >/dev/null
	# shellcheck disable=SC2016
	setsid sockoptctl run --policy policy.json --mode audit --id batch -- sh -c '"$0" "$@"; exec sleep 1000' \
		"$PROBE" "${calls[@]}" </dev/null >/dev/null 2>&1 &
	needs_wait sh -c 'sockoptctl stats batch | grep "default  *allow  *3 "'
}

# The container shop in mode record, which has set an option.
need_shop() {
	local bundle
	bundle=$(make_bundle shop /bin/sh -c '/probe socket inet stream : set socket SO_PRIORITY int 3; exec sleep 1000')
	annotate "$bundle" mode.sockopt.oci record
	echo "{\"recordDir\": \"$T/recordings\"}" > /etc/oci-sockopt-hook/config.json
	runtime run -d -b "$bundle" shop </dev/null >/dev/null 2>&1
	needs_wait sh -c 'sockoptctl record --of shop | grep SO_PRIORITY'
}

# A program in web that asks for a larger buffer than its policy gives, and for a mark.
need_verdicts() {
	runtime exec web /probe socket inet stream : set socket SO_RCVBUF int 4194304 : set socket SO_MARK int 5 >/dev/null
}
