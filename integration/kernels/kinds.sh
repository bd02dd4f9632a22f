# shellcheck shell=bash disable=SC2034  # for who sources this
# SPDX-License-Identifier: Apache-2.0
# What a word of KERNEL_SUITES means. SUITE alone is the cloud kernel of that Debian release for amd64.
# SUITE-x32 is the kernel that has x32, which the one for clouds has not, and it runs the tests of 32-bit calls
# alone. SUITE-arm64 is the cloud kernel for arm64, and SUITE-16k the one for arm64 with pages of 16 KiB.
kind() {
	suite=${1%%-*}
	architecture=amd64
	image=linux-image-cloud-amd64
	machine=(qemu-system-x86_64 -cpu max)
	console=ttyS0
	parameters='DOORS_WANTED=int'
	only=
	case ${1#"$suite"} in
	'') ;;
	-x32)
		image=linux-image-amd64
		parameters='syscall.x32=y DOORS_WANTED=x32'
		only='compat root-compat'
		;;
	-arm64)
		architecture=arm64
		image=linux-image-cloud-arm64
		# One that runs 32-bit programs. Without these parameters a system call takes twelve times as long here.
		machine=(qemu-system-aarch64 -M virt -cpu cortex-a72)
		parameters='kpti=off nokaslr mitigations=off DOORS_WANTED=program'
		console=ttyAMA0
		;;
	-16k)
		architecture=arm64
		image=linux-image-arm64-16k
		machine=(qemu-system-aarch64 -M virt -cpu "max,pauth-impdef=on")
		parameters='kpti=off nokaslr mitigations=off'
		console=ttyAMA0
		;;
	*)
		echo "kinds: what is $1? SUITE, SUITE-x32, SUITE-arm64 or SUITE-16k" >&2
		return 1
		;;
	esac
}
