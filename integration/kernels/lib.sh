# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# What the scripts of guest/ share: TAP, facts for the tables, and containers that are but a cgroup and a
# process. They run as root under busybox, in /tmp, and see TEST_CGROUP below CGROUP_MOUNT.
n=0 failed=0

# Check $1, by the status of what was just run; where it is not 0 the output of the last try is shown.
ok() {
	status=$?
	n=$((n + 1))
	if [ $status = 0 ]; then
		echo "ok $n - $1"
	else
		failed=$((failed + 1))
		echo "not ok $n - $1"
		sed 's/^/# /' /tmp/out
	fi
}

skip() {
	n=$((n + 1))
	echo "ok $n # SKIP $1"
}

# A line of the tables: what is asked, and what this kernel says to it.
fact() {
	echo "# fact: $1: $2"
}

# The end of a script.
plan() {
	echo "1..$n"
}

# Run a command; its output is in /tmp/out. The status is its own.
try() {
	"$@" > /tmp/out 2>&1
}

# Whether the last try printed a line that extended expression $1 fits.
says() {
	grep -qE -- "$1" /tmp/out
}

# Run a command in cgroup $1, a path below CGROUP_MOUNT.
within() {
	in=$1
	shift
	sh -c 'echo $$ > "$0" && exec "$@"' "$CGROUP_MOUNT$in/cgroup.procs" "$@"
}

# Make cgroup $1 with one process in it, whose number is left in $process.
container() {
	mkdir "$CGROUP_MOUNT$1"
	sleep 1000 &
	process=$!
	echo $process > "$CGROUP_MOUNT$1/cgroup.procs"
}

# A policy as the text of a JSON string.
quoted() {
	tr -d '\n\t' < "$1" | sed 's/"/\\"/g'
}

# The state of a container $1 whose process is $2, with the policy of file $3; the bundle is /tmp.
state() {
	echo '{}' > /tmp/config.json
	printf '{"ociVersion":"1.0.2","id":"%s","status":"creating","pid":%d,"bundle":"/tmp","annotations":' "$1" "$2"
	printf '{"policy.sockopt.oci":"%s"}}' "$(quoted "$3")"
}

# The hook at a stage, with the state of file $2, as a runtime runs it.
hook() {
	env -i /bin/oci-sockopt-hook "$1" < "$2"
}

# Whether no trace of containers is left: pins, run records.
nothing_left() {
	find /sys/fs/bpf/oci-sockopt-hook/containers /run/oci-sockopt-hook -mindepth 1 ! -name '.*' > /tmp/left 2>/dev/null
	cat /tmp/left >> /tmp/out
	[ ! -s /tmp/left ]
}
