# SPDX-License-Identifier: Apache-2.0
# Wiring only: every output goes below build/. `make help` lists the targets.

VERSION := 0.1.0
B       := build

CC           ?= gcc
CLANG        ?= clang
BPFTOOL      ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
PKG_CONFIG   ?= pkg-config
CLANG_FORMAT ?= clang-format

PREFIX     ?= /usr/local
LIBEXECDIR ?= $(PREFIX)/libexec/oci/hooks.d
SBINDIR    ?= $(PREFIX)/sbin
DATADIR    ?= $(PREFIX)/share
MANDIR     ?= $(DATADIR)/man
HOOKSDIR   ?= $(DATADIR)/containers/oci/hooks.d
BASHDIR    ?= $(DATADIR)/bash-completion/completions
PKGDATADIR ?= $(DATADIR)/oci-sockopt-hook

PACKAGES_BUILD := gcc make clang llvm bpftool pkg-config libc6-dev linux-libc-dev \
                  libbpf-dev libelf-dev zlib1g-dev libyajl-dev libcap-dev \
                  libsmartcols-dev scdoc
PACKAGES_DEMO  := runc crun busybox-static jq iproute2 util-linux strace
PACKAGES_TEST  := $(PACKAGES_DEMO) podman bats perl python3 python3-jsonschema clang-format git systemd
PACKAGES_KERNELS := qemu-system-x86 busybox-static runc crun xz-utils debian-archive-keyring perl
PACKAGES_BENCH := $(PACKAGES_DEMO) python3 gnuplot-nox hyperfine libseccomp-dev
# Real programs that the tests run. Nothing of them is installed: they lie in build/unpacked.
PACKAGES_WORKLOADS = redis-server nginx haproxy memcached iperf3 unbound prometheus curl \
                     lib$(notdir $(realpath /usr/bin/python3))-testsuite \
                     protobuf-compiler python3-grpcio python3-protobuf patchelf
# The releases whose containerd is tested (1.6, 1.7, 2.x), each in a folder of its own in build/containerd.
CONTAINERD_SUITES := bookworm trixie sid

LIBS     := libbpf libelf zlib yajl libcap
CTL_LIBS := smartcols
WARNINGS := -Wall -Wextra -Wmissing-prototypes -Wshadow -Wformat=2 -Wundef -Werror
HARDEN   := -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2
CFLAGS   ?= -O2 -g
CPPFLAGS += -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Ihook -Ibpf -I$(B)/gen
ALL_CFLAGS = -std=gnu11 $(WARNINGS) $(HARDEN) $(CPPFLAGS) $(CFLAGS) \
             $(shell $(PKG_CONFIG) --cflags $(LIBS) $(CTL_LIBS) 2>/dev/null) $(FILE_CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(LDFLAGS)
LDLIBS   = $(shell $(PKG_CONFIG) --libs $(LIBS) 2>/dev/null)
# For sockoptctl and for the unit tests that include files of its verbs; never for the hook.
CTL_LDLIBS = $(LDLIBS) $(shell $(PKG_CONFIG) --libs $(CTL_LIBS) 2>/dev/null)
STATIC_LDFLAGS = -static-pie -Wl,-z,relro,-z,now $(LDFLAGS)
STATIC_LDLIBS  = -Wl,-Bstatic -lbpf -lelf -lz -lyajl_s -lcap
# The hook is static where the static libraries are there: half of a dynamic hook's time goes into linking it.
STATIC := $(or $(STATIC),$(shell echo 'int bpf_object__load(void *); int main(void) { return bpf_object__load(0); }' | \
          $(CC) -static-pie -x c - -o /dev/null $(STATIC_LDLIBS) 2>/dev/null && echo 1 || echo 0))
ifeq ($(STATIC),1)
HOOK_LDFLAGS = $(STATIC_LDFLAGS)
HOOK_LDLIBS  = $(STATIC_LDLIBS)
else
HOOK_LDFLAGS = $(ALL_LDFLAGS)
HOOK_LDLIBS  = $(LDLIBS)
endif

BPF_CFLAGS := -O2 -g -target bpf -mcpu=v2 -Wall -Wextra -Werror -Ibpf \
              -I$(shell $(CC) -print-sysroot 2>/dev/null)/usr/include/$(shell $(CC) -dumpmachine 2>/dev/null)

COMMON_SRC := $(sort $(wildcard hook/enforce*.c) $(wildcard hook/base/*.c hook/policy/*.c hook/oci/*.c hook/kernel/*.c))
VERB_SRC   := $(sort $(wildcard hook/verbs/*.c))
TEST_SRC   := $(sort $(wildcard hook/test/test-*.c))
obj         = $(patsubst hook/%.c,$(B)/obj/%.o,$(1))
TESTS      := $(patsubst hook/test/%.c,$(B)/test/%,$(TEST_SRC))
ROOT_PROGRAMS := $(patsubst hook/test/%.c,$(B)/test/%,$(sort $(wildcard hook/test/root-*.c)))
PROGRAMS   := $(B)/oci-sockopt-hook $(B)/sockoptctl
MAN_SRC    := $(sort $(wildcard hook/man/*.scd))
MAN        := $(patsubst hook/man/%.scd,$(B)/man/%,$(MAN_SRC))
C_FILES    := $(sort $(wildcard bpf/*.c bpf/*.h hook/*.c hook/*.h hook/*/*.c hook/*/*.h integration/lib/*.c) \
                     $(wildcard hook/test/fuzz/*.c hook/test/fuzz/*.h) \
                     $(wildcard integration/bench/*.[ch]))

.DELETE_ON_ERROR:
.PHONY: all help deps deps-demo deps-test deps-bench deps-workloads deps-containerd deps-kubernetes image-context demo check \
        check-unit install uninstall man fmt fmt-check clean

all: $(PROGRAMS) man ## build the hook, sockoptctl and the man pages (STATIC=0: link the hook dynamically)

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-15s  %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# ---- what the machine must have ----

deps: ## install the Debian packages that the build needs
	@integration/lib/packages $(PACKAGES_BUILD)
deps-demo: ## the same, and what the demo needs
	@integration/lib/packages $(PACKAGES_BUILD) $(PACKAGES_DEMO)
deps-test: ## the same, and what the tests need
	@integration/lib/packages $(PACKAGES_BUILD) $(PACKAGES_TEST)
deps-bench: ## the same, and what the measurements need
	@integration/lib/packages $(PACKAGES_BUILD) $(PACKAGES_BENCH)
deps-workloads: deps-test ## unpack the real programs that the tests run, without installing them
	@integration/lib/unpack $(B)/unpacked $(PACKAGES_WORKLOADS)
deps-containerd: deps-workloads ## the same, with the containerd of several releases of Debian
	@set -e; for suite in $(CONTAINERD_SUITES); do \
		integration/lib/unpack --suite $$suite $(B)/containerd/$$suite containerd runc crun; done
	@integration/lib/unpack --suite trixie --alone $(B)/containerd/cri golang-github-kubernetes-cri-api-dev
	@$(MAKE) --no-print-directory $(B)/containerd/cri/cri_pb2.py
deps-kubernetes: deps-test ## build the checker of manifests, with Kubernetes' own libraries, without installing them
	@integration/kubernetes/kube/build $(B)/kubernetes

# The messages of the CRI, without the options that are for Go alone.
$(B)/containerd/cri/cri_pb2.py: $(B)/containerd/cri/.packages
	@sed -E '/gogoproto\/gogo\.proto|^option \(gogoproto/d; s/ *\[\(gogoproto[^]]*\]//' \
		$(@D)/usr/share/gocode/src/k8s.io/cri-api/pkg/apis/runtime/v1/api.proto > $(@D)/cri.proto
	@B=$(B) integration/lib/unpacked protoc -I $(@D) --python_out=$(@D) $(@D)/cri.proto

# ---- the BPF objects, their generation and their skeletons ----

BPF_OBJECTS := $(patsubst bpf/%.c,$(B)/bpf/%.o,$(sort $(wildcard bpf/*.bpf.c)))
SKELETONS   := $(patsubst $(B)/bpf/%.bpf.o,$(B)/gen/%.skel.h,$(BPF_OBJECTS))

$(B)/bpf/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h) Makefile
	@mkdir -p $(@D)
	@echo "BPF $<"
	@$(CLANG) $(BPF_CFLAGS) -c $< -o $@

# A build's own generation: pins of other objects or of another layout are never met.
$(B)/gen/sockopt-generation.h: $(BPF_OBJECTS)
	@mkdir -p $(@D)
	@printf '#define SOCKOPT_GENERATION "g%s"\n' "$$(cat $^ | sha256sum | cut -c1-12)" > $@

$(B)/gen/%.skel.h: $(B)/bpf/%.bpf.o $(B)/gen/sockopt-generation.h
	@mkdir -p $(@D)
	@$(BPFTOOL) gen skeleton $< name $(subst -,_,$*)_bpf > $@

# ---- programs ----

$(B)/obj/%.o: hook/%.c Makefile
	@mkdir -p $(@D)
	@echo "CC $<"
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@
$(call obj,$(wildcard hook/kernel/*.c)): | $(SKELETONS)

$(B)/libcommon.a: $(call obj,$(COMMON_SRC))
	@rm -f $@
	@$(AR) rcs $@ $^

# Changes when STATIC does, so that the hook is linked again.
$(B)/link-mode: FORCE
	@mkdir -p $(@D)
	@echo 'STATIC=$(STATIC)' | cmp -s - $@ || echo 'STATIC=$(STATIC)' > $@
FORCE:
.PHONY: FORCE

$(B)/oci-sockopt-hook: $(call obj,hook/oci-sockopt-hook.c) $(B)/libcommon.a $(B)/link-mode
	@echo "LD $@"
	@$(CC) $(ALL_CFLAGS) $(HOOK_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(HOOK_LDLIBS)

$(B)/sockoptctl: $(call obj,hook/sockoptctl.c $(VERB_SRC)) $(B)/libcommon.a
	@echo "LD $@"
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(CTL_LDLIBS)

# ---- the image for Kubernetes' nodes ----

$(B)/static/oci-sockopt-hook: $(call obj,hook/oci-sockopt-hook.c) $(B)/libcommon.a
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC) $(ALL_CFLAGS) $(STATIC_LDFLAGS) -o $@ $^ $(STATIC_LDLIBS)

IMAGE_FILES := $(wildcard integration/kubernetes/image/*)
$(B)/image/Containerfile: $(IMAGE_FILES) $(B)/static/oci-sockopt-hook $(B)/sockoptctl
	@integration/kubernetes/image/context $(@D) $(B)/static/oci-sockopt-hook $(B)/sockoptctl
image-context: $(B)/image/Containerfile ## lay out build/image, to be built with podman or buildah

# The same programs as a build of another generation, for the tests of an upgrade.
$(B)/next/gen/sockopt-generation.h: Makefile
	@mkdir -p $(@D)
	@echo '#define SOCKOPT_GENERATION "gffffffffffff"' > $@
$(B)/next/programs.o: hook/kernel/programs.c $(B)/next/gen/sockopt-generation.h $(B)/libcommon.a
	@$(CC) -I$(B)/next/gen $(ALL_CFLAGS) -c $< -o $@
$(B)/next/oci-sockopt-hook: $(call obj,hook/oci-sockopt-hook.c) $(B)/next/programs.o $(B)/libcommon.a
	@$(CC) $(ALL_CFLAGS) $(STATIC_LDFLAGS) -o $@ $^ $(STATIC_LDLIBS)
$(B)/next/sockoptctl: $(call obj,hook/sockoptctl.c $(VERB_SRC)) $(B)/next/programs.o $(B)/libcommon.a
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(CTL_LDLIBS)
$(B)/next/image/Containerfile: $(IMAGE_FILES) $(B)/next/oci-sockopt-hook $(B)/next/sockoptctl
	@integration/kubernetes/image/context $(@D) $(B)/next/oci-sockopt-hook $(B)/next/sockoptctl

man: $(MAN) ## build the man pages
$(B)/man/%: hook/man/%.scd
	@mkdir -p $(@D)
	scdoc < $< > $@

# ---- tests ----

$(B)/test/%: hook/test/%.c $(B)/libcommon.a hook/test/tap.h Makefile
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC) $(ALL_CFLAGS) -MMD -MP $(ALL_LDFLAGS) -o $@ $< $(B)/libcommon.a $(CTL_LDLIBS)

# The engine in the real kernel: these need root and run in integration/lib/sandbox.
ROOT_SHARED := $(call obj,$(addprefix hook/test/,kernel.c ability.c standing.c foreign.c uring.c teller.c tape.c doors.c door-program.c))
$(ROOT_PROGRAMS): $(B)/test/%: hook/test/%.c $(ROOT_SHARED) $(B)/libcommon.a Makefile
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC) $(ALL_CFLAGS) -pthread -MMD -MP $(ALL_LDFLAGS) -o $@ $< $(ROOT_SHARED) $(B)/libcommon.a $(LDLIBS)

# A 32-bit program that the root programs carry; empty where there is no compiler for it.
CC32 = $(if $(findstring aarch64,$(shell $(CC) -dumpmachine 2>/dev/null)),arm-linux-gnueabihf-gcc -marm,$(CC) -m32)
$(B)/test/door32: hook/test/door32.c hook/test/door32.h Makefile
	@mkdir -p $(@D)
	@echo "LD $@"
	@if ! echo | $(CC32) -x c -c -o /dev/null - 2>/dev/null; then : > $@; else \
		$(CC32) -std=gnu11 -O2 $(WARNINGS) -Ihook -ffreestanding -fno-stack-protector -fno-pie -no-pie -static -nostdlib -o $@ $<; fi
$(call obj,hook/test/door-program.c): CPPFLAGS += -DDOOR32='"$(B)/test/door32"'
$(call obj,hook/test/door-program.c): $(B)/test/door32

# What libFuzzer drives; the unit test replays seeds and found cases.
FUZZ_SRC := $(filter-out hook/test/fuzz/driver.c,$(sort $(wildcard hook/test/fuzz/*.c)))
$(B)/libfuzzed.a: $(call obj,$(filter hook/base/% hook/policy/% hook/oci/%,$(COMMON_SRC)) $(FUZZ_SRC))
	@rm -f $@
	@$(AR) rcs $@ $^
$(B)/test/test-fuzz: $(B)/test/%: hook/test/%.c $(B)/libfuzzed.a Makefile
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC) $(ALL_CFLAGS) -MMD -MP $(ALL_LDFLAGS) -o $@ $< $(B)/libfuzzed.a $(LDLIBS)

-include $(shell find $(B)/obj $(B)/test -name '*.d' 2>/dev/null)

# One runner for all: prove, over programs and .bats files that print TAP.
PROVE      := prove --exec integration/lib/tap $(if $(V),-v)
UNIT_TESTS  = $(TESTS) schemas/test/run
SANITIZED_TESTS := $(TESTS:$(B)/%=$(B)/asan/%)
ROOT_TESTS := $(ROOT_PROGRAMS) $(sort $(wildcard integration/*/*.bats))
TOOLS      := $(B)/probe $(B)/hostprog $(B)/pause $(B)/rlimit-shim.so

# What runs inside containers of any content, so static and without our hardening flags' run-time parts.
$(B)/probe: $(wildcard integration/lib/probe*.c integration/lib/probe*.h)
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC) -std=gnu11 -O2 $(WARNINGS) -D_GNU_SOURCE -static -pthread -o $@ $(filter %.c,$^)
# The same as a 32-bit program, of arm.
$(B)/probe32: $(wildcard integration/lib/probe*.c integration/lib/probe*.h)
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC32) -std=gnu11 -O2 $(WARNINGS) -D_GNU_SOURCE -static -pthread -o $@ $(filter %.c,$^)
$(B)/pause: integration/lib/pause.c
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC) -std=gnu11 -O2 $(WARNINGS) -static -o $@ $<
$(B)/hostprog: integration/lib/hostprog.c
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC) -std=gnu11 -O2 $(WARNINGS) -D_GNU_SOURCE -o $@ $<
$(B)/rlimit-shim.so: integration/lib/rlimit-shim.c
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC) -std=gnu11 -O2 $(WARNINGS) -D_GNU_SOURCE -shared -fPIC -o $@ $< -ldl

check: deps-test deps-bench deps-containerd deps-kubernetes ## run every test that this kernel takes, in about a quarter of an hour; as root (V=1: verbose)
	@$(MAKE) --no-print-directory all check-programs bench-programs $(ROOT_PROGRAMS) fmt-check \
		sanitized-programs fuzz-programs
	@STRICT=$${STRICT:-1} FUZZ_BUILD=$(B)/fuzz integration/lib/leftovers -- integration/lib/sandbox \
		$(PROVE) $(UNIT_TESTS) $(SANITIZED_TESTS) hook/test/fuzz/run $(ROOT_TESTS)

# The newest kernels of these Debian releases, on any machine that QEMU runs on: no KVM, no root. What the words
# mean stands in integration/kernels/kinds.sh. Two at a time: each has one processor.
# GUEST_TESTS='NAME…' takes single tests, KERNEL_SUITES='WORD…' single kernels.
ALL_KERNEL_SUITES := bullseye bookworm trixie sid bookworm-x32 trixie-x32 sid-x32 bookworm-arm64 trixie-arm64 sid-arm64
KERNEL_SUITES := $(ALL_KERNEL_SUITES)
ALL_KERNELS_RUN = $(if $(GUEST_TESTS)$(filter-out $(KERNEL_SUITES),$(ALL_KERNEL_SUITES)),,yes)

# For arm64: cross compilers of this machine, and of the same release for arm64 what programs are linked and run with.
PACKAGES_CROSS := qemu-system-arm gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf libc6-dev-armhf-cross
PACKAGES_ARM64 := libbpf-dev libelf-dev zlib1g-dev libyajl-dev libcap-dev libsmartcols-dev busybox-static runc crun
ARM64_SUITES    = $(filter %-arm64 %-16k,$(KERNEL_SUITES))
ARM64          := $(abspath $(B))/kernels/arm64
ARM64_MAKE      = PKG_CONFIG_LIBDIR=$(ARM64)/usr/lib/aarch64-linux-gnu/pkgconfig PKG_CONFIG_SYSROOT_DIR=$(ARM64) \
                  $(MAKE) --no-print-directory -j$$(nproc) B=$(B)/arm64 AR=aarch64-linux-gnu-ar CC='aarch64-linux-gnu-gcc --sysroot=$(ARM64)'

check-kernels: ## the engine in the kernel, the hook, sockoptctl, runc and crun under other kernels and on arm64, in QEMU; in about ten minutes
	@integration/lib/packages $(PACKAGES_BUILD) $(PACKAGES_KERNELS) $(if $(ARM64_SUITES),$(PACKAGES_CROSS))
	@$(MAKE) --no-print-directory guest-programs
	@integration/kernels/fetch $(B)/kernels $(KERNEL_SUITES)
	@$(if $(ARM64_SUITES),integration/kernels/fetch $(B)/kernels --programs arm64 $(PACKAGES_ARM64))
	@$(if $(ARM64_SUITES),$(ARM64_MAKE) guest-programs-arm64)
	@prove -j 2 --exec integration/kernels/run $(if $(V),-v) $(KERNEL_SUITES:%=$(B)/kernels/%.release)
	@$(if $(ALL_KERNELS_RUN),integration/kernels/table --check $(B)/kernels $(KERNEL_SUITES))
guest-programs: $(PROGRAMS) $(ROOT_PROGRAMS) $(B)/probe
	@:
guest-programs-arm64: guest-programs $(B)/probe32
	@:
kernels-table: ## take the facts of the last `make check-kernels` into README.md
	integration/kernels/table $(B)/kernels $(ALL_KERNEL_SUITES)
.PHONY: check-kernels guest-programs guest-programs-arm64 kernels-table

check-faults: deps-test ## a fault at every system call of the hook, update, detach and gc, and 2,000 containers; in about three quarters of an hour, as root
	@$(MAKE) --no-print-directory all check-programs
	@FAULTS=all STRICT=$${STRICT:-1} integration/lib/leftovers -- integration/lib/sandbox $(PROVE) $(wildcard integration/faults/*.bats)
.PHONY: check-faults

check-unit: $(TESTS) ## the tests of parser, compiler, engine and schemas: no root, no BPF
	@$(PROVE) $(UNIT_TESTS)

# ---- sanitizers, valgrind, fuzzing: each in a build folder of its own ----

PACKAGES_FUZZ = libclang-rt-$(shell $(CLANG) -dumpversion | cut -d. -f1)-dev
PACKAGES_VALGRIND := valgrind libc6-dbg
# Not the alignment: the engine reads words at any offset of a value, as the programs do.
SANITIZE := -fsanitize=address,undefined -fno-sanitize=alignment -fno-sanitize-recover=all -fno-omit-frame-pointer
# Files of look-ups in long tables: of each comparison there libFuzzer would learn nothing, and slowly.
UNTRACED_SRC := $(addprefix hook/policy/,grant-text.c json-tree.c names.c nearest.c options.c utf8.c)
$(call obj,$(UNTRACED_SRC)): FILE_CFLAGS = $(UNTRACED)
FUZZ_TARGETS := state annotations bundle config policy recording merge record hooks engine
RUNS ?= 10000000

check-sanitized: deps-test sanitized-programs ## the unit tests under AddressSanitizer and UBSan
	@$(PROVE) $(SANITIZED_TESTS)
sanitized-programs:
	@$(MAKE) --no-print-directory -j$$(nproc) B=$(B)/asan HARDEN=-fPIE WARNINGS=-w CFLAGS="-O1 -g $(SANITIZE)" unit-programs
check-valgrind: deps-test ## the unit tests under valgrind; takes some minutes
	@integration/lib/packages $(PACKAGES_VALGRIND)
	@$(MAKE) --no-print-directory -j$$(nproc) B=$(B)/valgrind WARNINGS=-w CFLAGS="-O1 -g" unit-programs
	@prove --exec hook/test/valgrind $(if $(V),-v) $(TESTS:$(B)/%=$(B)/valgrind/%)
unit-programs: $(TESTS)

fuzz: ## fuzz each target for RUNS executions (TARGETS=: some alone); what is found goes to build/fuzz/found
	@$(MAKE) --no-print-directory fuzz-programs
	@RUNS=$(RUNS) FUZZ_BUILD=$(B)/fuzz hook/test/fuzz/run $(or $(TARGETS),$(FUZZ_TARGETS))
fuzz-programs:
	@integration/lib/packages $(PACKAGES_FUZZ)
	@$(MAKE) --no-print-directory -j$$(nproc) B=$(B)/fuzz CC=$(CLANG) HARDEN=-fPIE WARNINGS=-w \
		CFLAGS="-O2 -g -fsanitize=fuzzer-no-link $(SANITIZE)" \
		UNTRACED=-fno-sanitize-coverage=trace-cmp fuzz-drivers
fuzz-drivers: $(FUZZ_TARGETS:%=$(B)/fuzz-%) $(B)/test/test-fuzz
.PHONY: check-sanitized sanitized-programs check-valgrind unit-programs fuzz fuzz-programs fuzz-drivers

$(B)/fuzz-%: hook/test/fuzz/driver.c $(B)/libfuzzed.a
	@echo "LD $@"
	@$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer -DFUZZ_TARGET=fuzz_$* -o $@ $^ $(LDLIBS)

CASES ?= 1000000
check-model: deps-test $(B)/test/root-model ## the engine against the kernel in CASES random cases, a million in about ten minutes; as root
	@integration/lib/sandbox $(B)/test/root-model $(CASES)
.PHONY: check-model

check-programs: $(PROGRAMS) $(TESTS) $(TOOLS) $(B)/image/Containerfile $(B)/next/image/Containerfile
.PHONY: check-programs

demo: deps-demo ## a container under a policy and without it, side by side; as root
	@$(MAKE) --no-print-directory $(PROGRAMS) $(TOOLS)
	@integration/lib/demo

# ---- measurements ----

# A word here for each program in integration/bench; what it is linked with stands in BENCH_LIBS.
BENCH_PROGRAMS := $(addprefix $(B)/bench/,call crowd spawn noop least)
$(B)/bench/noop $(B)/bench/least: BENCH_LIBS := -static

$(B)/bench/%: integration/bench/%.c Makefile
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC) -std=gnu11 -O2 $(WARNINGS) -D_GNU_SOURCE -o $@ $< $(BENCH_LIBS)

# What one would use in the place of the hook, each of one file, for integration/bench/measure/30-alternatives.
RIVALS := $(addprefix $(B)/bench/rival-,attach notify preload.so probe raw seccomp start)
RIVAL_CFLAGS = -std=gnu11 -O2 $(WARNINGS) -D_GNU_SOURCE -I$(B)/bench
RIVAL_HEADERS := $(wildcard integration/bench/rival-*.h) Makefile

$(B)/bench/rival.skel.h: integration/bench/rival.bpf.c $(RIVAL_HEADERS)
	@mkdir -p $(@D)
	@echo "BPF $<"
	@$(CLANG) $(BPF_CFLAGS) -c $< -o $(@D)/rival.bpf.o
	@$(BPFTOOL) gen skeleton $(@D)/rival.bpf.o name rival_bpf > $@
$(B)/bench/rival-attach $(B)/bench/rival-start: $(B)/bench/rival.skel.h
$(B)/bench/rival-attach: RIVAL_LIBS = -lbpf
$(B)/bench/rival-notify $(B)/bench/rival-seccomp: integration/bench/rival-filter.c
$(B)/bench/rival-notify $(B)/bench/rival-seccomp: RIVAL_LIBS = -lseccomp
$(B)/bench/rival-%: integration/bench/rival-%.c $(RIVAL_HEADERS)
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC) $(RIVAL_CFLAGS) -o $@ $(filter %.c,$^) $(RIVAL_LIBS)
$(B)/bench/rival-preload.so: integration/bench/rival-preload.c $(RIVAL_HEADERS)
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC) $(RIVAL_CFLAGS) -shared -fPIC -o $@ $< -ldl
# The probe again, but linked so that a shim can stand before libc.
$(B)/bench/rival-probe: $(wildcard integration/lib/probe*.c integration/lib/probe*.h)
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC) $(RIVAL_CFLAGS) -pthread -o $@ $(filter %.c,$^)
$(B)/bench/rival-start: integration/bench/rival-start.c integration/bench/rival-filter.c $(B)/libcommon.a
	@echo "LD $@"
	@$(CC) $(ALL_CFLAGS) -I$(B)/bench $(ALL_LDFLAGS) -o $@ $(filter %.c %.a,$^) $(LDLIBS) -lseccomp

bench-programs: $(PROGRAMS) $(TOOLS) $(BENCH_PROGRAMS) $(RIVALS)
.PHONY: bench-programs bench bench-quick bench-report

bench: deps-bench ## measure everything, in a few minutes; as root. The report goes to build/bench/report
	@$(MAKE) --no-print-directory bench-programs
	@integration/bench/run --out $(B)/bench/report
bench-quick: deps-bench ## the same with few rounds, to see that it runs: the figures mean nothing
	@$(MAKE) --no-print-directory bench-programs
	@integration/bench/run --quick --out $(B)/bench/quick
bench-report: ## take the last report of `make bench` into integration/bench
	install -m 644 $(B)/bench/report/*.md $(B)/bench/report/figures.csv $(B)/bench/report/*.svg integration/bench/

# ---- install ----

install: all ## install below DESTDIR and PREFIX
	install -d $(addprefix $(DESTDIR),$(LIBEXECDIR) $(SBINDIR) $(MANDIR)/man1 $(MANDIR)/man5 $(MANDIR)/man8 \
		$(HOOKSDIR) $(BASHDIR) $(PKGDATADIR)/schemas $(PKGDATADIR)/examples $(PKGDATADIR)/containerd)
	install -m 755 $(B)/oci-sockopt-hook $(DESTDIR)$(LIBEXECDIR)/
	install -m 755 $(B)/sockoptctl $(DESTDIR)$(SBINDIR)/
	for page in $(MAN); do install -m 644 $$page $(DESTDIR)$(MANDIR)/man$${page##*.}/; done
	install -m 644 integration/bash/sockoptctl $(DESTDIR)$(BASHDIR)/
	install -m 644 schemas/*.schema.json $(DESTDIR)$(PKGDATADIR)/schemas/
	install -m 644 schemas/examples/*.json $(DESTDIR)$(PKGDATADIR)/examples/
	install -m 644 integration/containerd/*.toml $(DESTDIR)$(PKGDATADIR)/containerd/
	sed 's,/usr/local/libexec/oci/hooks.d/,$(LIBEXECDIR)/,' integration/containerd/base-spec > \
		$(DESTDIR)$(PKGDATADIR)/containerd/base-spec
	chmod 755 $(DESTDIR)$(PKGDATADIR)/containerd/base-spec
	for file in integration/podman/oci-sockopt-hook-*.json; do \
		sed 's,/usr/local/libexec/oci/hooks.d/,$(LIBEXECDIR)/,' $$file > $(DESTDIR)$(HOOKSDIR)/$${file##*/}; done

uninstall: ## remove what install installed
	rm -f $(DESTDIR)$(LIBEXECDIR)/oci-sockopt-hook $(DESTDIR)$(SBINDIR)/sockoptctl \
		$(DESTDIR)$(HOOKSDIR)/oci-sockopt-hook-*.json $(DESTDIR)$(BASHDIR)/sockoptctl
	for page in $(notdir $(MAN)); do rm -f $(DESTDIR)$(MANDIR)/man$${page##*.}/$$page; done
	rm -rf $(DESTDIR)$(PKGDATADIR)

# ---- upkeep ----

fmt: ## format all C files
	$(CLANG_FORMAT) -i $(C_FILES)

fmt-check: ## fail where a C file is not formatted
	@$(CLANG_FORMAT) --dry-run --Werror $(C_FILES)

clean: ## remove build/
	rm -rf $(B)
