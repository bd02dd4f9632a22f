#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# usage: stage.bash FOLDER CMD [ARG…]
#
# Run CMD where the examples of the man pages run: README.md says what they find there. The caller has unshared the
# mounts and the cgroup namespace, and kills at the end what is in the cgroup that was its root.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
umount -l /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir /sys/fs/cgroup/session /sys/fs/cgroup/kubepods.slice
echo $$ > /sys/fs/cgroup/session/cgroup.procs

export T=$1 CGROUP_MOUNT=/sys/fs/cgroup
shift
mkdir -p "$T/session" /etc/oci-sockopt-hook/profiles.d
cp "$here"/stage/* "$here"/../../schemas/examples/*.json "$T/session/"
for name in base web-tier; do
	cp "$here/stage/policy.json" /etc/oci-sockopt-hook/profiles.d/$name.json
done
cd "$T/session"
# shellcheck source=integration/man/needs.bash
. "$here/needs.bash"
PATH=$B:$PATH
trap 'runtime delete -f web >/dev/null 2>&1 || true' EXIT
need_web
"$@"
