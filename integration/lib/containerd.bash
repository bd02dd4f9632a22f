# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A private containerd for tests and measurements: its own folders and socket, the handlers that a user installs, images made on the spot, pods.
# Loaded after common.bash or bundle.bash. The caller sets SUITE (the Debian suite whose containerd it is) and D (a
# folder of its own).

UNPACKED=$TOP/integration/lib/unpacked
SHIPPED=$TOP/integration/containerd

has_containerd() {
	CONTAINERD=$B/containerd/$SUITE/usr/bin
	SOCKET=$D/sock
	[ -x "$CONTAINERD/containerd" ] && [ -f "$B/containerd/cri/cri_pb2.py" ]
}

cri() {
	PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$B/unpacked/usr/lib/python3/dist-packages:$B/containerd/cri \
		"$UNPACKED" "$TOP/integration/lib/cri" "$SOCKET" "$@"
}

ctr_() {
	"$CONTAINERD/ctr" -a "$SOCKET" -n k8s.io "$@"
}

# ---- its configuration ----

# Of the form of configuration that this containerd writes itself.
config_version() {
	"$CONTAINERD/containerd" config default 2>/dev/null | awk '$1 == "version" { print $3 }'
}

# The runtime $1 as containerd calls it, $D/$1: the one of its own release. Where cgroup v2 has no controllers (they are
# bound to v1) no limit can be set, and containerd always asks for some: the bundle loses them.
runtime_wrapper() {
	local COMMAND
	RUNTIME=$1 runtime_command
	COMMAND[-1]=$CONTAINERD/$1
	{
		echo '#!/bin/bash'
		grep -qw cpu "$CGROUP_MOUNT/cgroup.controllers" || cat <<-'EOF'
			for ((i = 1; i < $#; i++)); do
				[ "${!i}" = --bundle ] || continue
				next=$((i + 1))
				config=$(jq -c 'del(.linux.resources)' "${!next}/config.json")
				printf '%s' "$config" > "${!next}/config.json"
			done
		EOF
		echo "exec ${COMMAND[*]} \"\$@\""
	} > "$D/$1"
	chmod +x "$D/$1"
}

# The handler that a user installs, under the name $1; further sed expressions change it.
handler() {
	local name=$1 word edits=()
	shift
	for word in "$@"; do
		edits+=(-e "$word")
	done
	sed -e "s/runtimes\.sockopt/runtimes.$name/" -e "s,/etc/containerd/sockopt-base-spec.json,$D/base-spec.json," \
		-e "s,\"runc\"\$,\"$D/runc\"," -e 's/SystemdCgroup = true/SystemdCgroup = false/' "${edits[@]}" \
		"$SHIPPED/config-$CONFIG_VERSION.toml"
}

# The same without anything of ours.
plain_handler() {
	handler "$1" '/base_runtime_spec/d' '/_annotations/d'
}

images_plugin() { # how the two forms say the same
	case $CONFIG_VERSION in
	2) printf '  sandbox_image = "localhost/pause:1"\n[plugins."%s".containerd]\n  snapshotter = "native"\n' "$1" ;;
	3) printf '[plugins."%s"]\n  snapshotter = "native"\n[plugins."%s".pinned_images]\n  sandbox = "localhost/pause:1"\n' \
		io.containerd.cri.v1.images io.containerd.cri.v1.images ;;
	esac
}

# Everything but the handlers: where things lie, and what a test machine cannot do.
config_common() {
	local runtime=io.containerd.grpc.v1.cri
	[ "$CONFIG_VERSION" = 2 ] || runtime=io.containerd.cri.v1.runtime
	cat <<-EOF
		version = $CONFIG_VERSION
		root = "$D/root"
		state = "$D/state"
		disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
		  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
		[grpc]
		  address = "$SOCKET"
		[plugins."io.containerd.internal.v1.opt"]
		  path = "$D/opt"
		[plugins."$runtime".cni]
		  conf_dir = "$D/net.d"
		[plugins."$runtime"]
		  restrict_oom_score_adj = true
		  disable_apparmor = true
		$(images_plugin "$runtime")
	EOF
}

# ---- its life ----

containerd_images() {
	local root=$D/images
	mkdir -p "$root/pause"
	cp "$B/pause" "$root/pause/pause"
	"$TOP/integration/lib/image" localhost/pause:1 "$root/pause" /pause > "$root/pause.tar"
	# Labels that look like annotations of ours, and would be refused.
	LABELS='{"policy.sockopt.oci": "of the image"}' \
		"$TOP/integration/lib/image" localhost/probe:1 "$(rootfs)" /bin/sleep 1000 > "$root/probe.tar"
	ctr_ images import --no-unpack "$root/pause.tar" >/dev/null
	ctr_ images import --no-unpack "$root/probe.tar" >/dev/null
}

# With the handlers sockopt (as shipped) and runc (the default one, without a hook); the caller may append more.
containerd_configure() {
	CONFIG_VERSION=$(config_version)
	runtime_wrapper runc
	"$SHIPPED/base-spec" --hook "${1:-$HOOK}" --ctr "$CONTAINERD/ctr" > "$D/base-spec.json"
	{
		config_common
		handler sockopt
		plain_handler runc
	} > "$D/config.toml"
}

# It finds the shim of its own release by PATH. Nobody's child, so that none of the caller's shells speaks of its end.
containerd_start() {
	(
		PATH=$CONTAINERD:$PATH "$CONTAINERD/containerd" -c "$D/config.toml" </dev/null >>"$D/log" 2>&1 3>&- &
		echo $! > "$D/pid"
	)
	cri ready > "$D/version" || { tail -5 "$D/log" >&2 && return 1; }
}

containerd_end() { # [SIGNAL]
	local pid
	pid=$(cat "$D/pid" 2>/dev/null) || return 0
	kill "-${1:-TERM}" "$pid" 2>/dev/null || true
	end_of "$pid"
	rm -f "$D/pid"
}

end_of() { # PID: wait for its end, and then enforce it
	local i
	for ((i = 0; i < 250; i++)); do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.02
	done
	kill -KILL "$1" 2>/dev/null || true
}

# The shims of this containerd, by their command line.
containerd_shims() {
	local file
	for file in /proc/[0-9]*/cmdline; do
		! grep -qszxF "$SOCKET" "$file" || basename "$(dirname "$file")"
	done
}

# Whatever happened before: nothing of it runs or is mounted afterwards.
containerd_clear() {
	local pid place
	containerd_end
	for pid in $(containerd_shims); do
		kill -KILL "$pid" 2>/dev/null || true
	done
	awk -v folder="$D/" 'index($5, folder) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r place; do
		umount -l "$place" || true
	done
}

# ---- pods ----

# Describe a pod in $T/NAME.pod, as a kubelet would: NAME [ANNOTATIONS]. Its cgroup is $KUBEPODS/NAME.
pod_file() {
	jq -n --arg name "$1" --argjson annotations "${2:-null}" --arg cgroup "$KUBEPODS/$1" --arg logs "$T/$1.logs" '{
		metadata: {name: $name, namespace: "prod", uid: ("uid-" + $name)}, annotations: ($annotations // {}),
		log_directory: $logs,
		linux: {cgroup_parent: $cgroup, security_context: {namespace_options: {network: "NODE"}}}
	}' > "$T/$1.pod"
	PODS+=("$T/$1.pod")
}

# Run its sandbox: NAME [ANNOTATIONS [HANDLER]].
pod() {
	pod_file "$1" "${2:-}"
	captured cri run "$T/$1.pod" "${3-sockopt}"
}

# A container of the image "probe": NAME [ANNOTATIONS [COMMAND…]]; it sleeps unless told otherwise. Nothing but a policy
# is to refuse a call.
container() {
	local name=$1 annotations=${2:-null}
	shift $(($# < 2 ? $# : 2))
	jq -cn --arg name "$name" --argjson annotations "$annotations" --argjson attempt "${ATTEMPT:-0}" '{
		metadata: {name: $name, attempt: $attempt}, image: {image: "localhost/probe:1"}, log_path: ($name + ".log"),
		annotations: ($annotations // {}), command: $ARGS.positional,
		linux: {security_context: {capabilities: {add_capabilities: ["NET_ADMIN", "NET_RAW"]},
			namespace_options: {network: "NODE"}}}
	}' --args -- "$@"
}

# Create and start containers in the pod NAME, each described by what `container` printed. Their ids are in IDS.
start_in() {
	local name=$1
	shift
	captured cri start-all "$T/$name.pod" "$@"
	mapfile -t IDS < <(grep -xE '[0-9a-f]{64}' "$T/captured")
}

# What the container NAME of the pod NAME wrote: POD CONTAINER
log_of() {
	cut -d' ' -f4- "$T/$1.logs/$2.log"
}

# Remove the pods NAME…, and with them their containers.
remove_pods() {
	local files=("${@/#/$T/}")
	captured cri remove-pod "${files[@]/%/.pod}"
}

# The same verb for all pods that pod_file has described, JOBS at a time: JOBS VERB [WORD…]
all_pods() {
	local jobs=$1 verb=$2 pod
	shift 2
	for pod in "${PODS[@]}"; do
		jq -cn '$ARGS.positional' --args -- "$verb" "$pod" "$@"
	done > "$T/words"
	captured cri each "$jobs" "$T/words"
}
