/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A foreign cgroup sockopt program, as a host's administrator or another tool would have one:
 * loaded and attached by raw bpf(2), without libbpf and without anything of this project. It stays
 * with its cgroup after this exits.
 *
 *   hostprog attach FOLDER set|get exclusive|override|multi WHAT LEVEL OPTION [NUMBER [NUMBER]]
 *                             prints the program's id; its name is "foreign"
 *   hostprog detach FOLDER set|get ID
 *   hostprog seen ID          prints "COUNT VALUE": how often the program saw the option, and the
 *                             last value
 *
 * WHAT it does to a call of (LEVEL, OPTION); it counts the call and lets any other pass:
 *   empty                     nothing, and no call is looked at or counted: LEVEL and OPTION do not matter
 *   pass                      nothing
 *   deny                      EPERM
 *   undo                      bpf_set_retval(0)
 *   optlen NUMBER             sets optlen
 *   rename NUMBER NUMBER      sets level and option
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define INSNS_MAX 64

struct seen {
	uint32_t count;
	int32_t value;
};

struct program {
	struct bpf_insn insns[INSNS_MAX];
	unsigned int count;
};

struct request {
	const char *what;
	int level, option;
	int numbers[2];
	enum bpf_attach_type type;
	int map;
};

/* clang-format off */
#define INSN(c, d, s, o, i) ((struct bpf_insn){.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)})
#define MOV_REG(d, s)	    INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define MOV_IMM(d, i)	    INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ADD_IMM(d, i)	    INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define LOAD(size, d, s, o) INSN(BPF_LDX | BPF_MEM | (size), d, s, o, 0)
#define STORE(size, d, o, s) INSN(BPF_STX | BPF_MEM | (size), d, s, o, 0)
#define STORE_IMM(size, d, o, i) INSN(BPF_ST | BPF_MEM | (size), d, 0, o, i)
#define JUMP(op, d, i, o)   INSN(BPF_JMP | (op) | BPF_K, d, 0, o, i)
#define JUMP_REG(op, d, s, o) INSN(BPF_JMP | (op) | BPF_X, d, s, o, 0)
#define CALL(f)		    INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define EXIT		    INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
/* clang-format on */

static void emit(struct program *program, struct bpf_insn insn)
{
	if (program->count == INSNS_MAX)
		abort();
	program->insns[program->count++] = insn;
}

static void fail(const char *what)
{
	fprintf(stderr, "hostprog: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* r6: the context; any other call goes straight to the end with the verdict 1. */
static unsigned int emit_match(struct program *p, const struct request *request)
{
	emit(p, MOV_REG(6, 1));
	emit(p, MOV_IMM(0, 1));
	emit(p, LOAD(BPF_W, 7, 6, offsetof(struct bpf_sockopt, level)));
	emit(p, JUMP(BPF_JEQ, 7, request->level, 1));
	emit(p, EXIT);
	emit(p, LOAD(BPF_W, 7, 6, offsetof(struct bpf_sockopt, optname)));
	emit(p, JUMP(BPF_JEQ, 7, request->option, 1));
	emit(p, EXIT);
	return p->count;
}

/* One more in the map's only entry, with the value's first four bytes. */
static void emit_count(struct program *p, const struct request *request)
{
	emit(p, LOAD(BPF_DW, 7, 6, offsetof(struct bpf_sockopt, optval)));
	emit(p, LOAD(BPF_DW, 8, 6, offsetof(struct bpf_sockopt, optval_end)));
	emit(p, MOV_IMM(9, 0));
	emit(p, MOV_REG(2, 7));
	emit(p, ADD_IMM(2, 4));
	emit(p, JUMP_REG(BPF_JGT, 2, 8, 1));
	emit(p, LOAD(BPF_W, 9, 7, 0));
	emit(p, STORE_IMM(BPF_W, 10, -4, 0));
	emit(p, MOV_REG(2, 10));
	emit(p, ADD_IMM(2, -4));
	emit(p, INSN(BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, request->map));
	emit(p, INSN(0, 0, 0, 0, 0));
	emit(p, CALL(BPF_FUNC_map_lookup_elem));
	emit(p, JUMP(BPF_JEQ, 0, 0, 4));
	emit(p, LOAD(BPF_W, 1, 0, offsetof(struct seen, count)));
	emit(p, ADD_IMM(1, 1));
	emit(p, STORE(BPF_W, 0, offsetof(struct seen, count), 1));
	emit(p, STORE(BPF_W, 0, offsetof(struct seen, value), 9));
}

static void emit_undo(struct program *p, const struct request *request)
{
	(void)request;
	emit(p, MOV_IMM(1, 0));
	emit(p, CALL(BPF_FUNC_set_retval));
}

static void emit_optlen(struct program *p, const struct request *request)
{
	emit(p, MOV_IMM(1, request->numbers[0]));
	emit(p, STORE(BPF_W, 6, offsetof(struct bpf_sockopt, optlen), 1));
}

static void emit_rename(struct program *p, const struct request *request)
{
	emit(p, MOV_IMM(1, request->numbers[0]));
	emit(p, STORE(BPF_W, 6, offsetof(struct bpf_sockopt, level), 1));
	emit(p, MOV_IMM(1, request->numbers[1]));
	emit(p, STORE(BPF_W, 6, offsetof(struct bpf_sockopt, optname), 1));
}

static const struct {
	const char *name;
	void (*emit)(struct program *p, const struct request *request);
	int verdict;
	bool blind;
} deeds[] = {
	{"empty", NULL, 1, true},
	{"pass", NULL, 1, false},
	{"deny", NULL, 0, false},
	{"undo", emit_undo, 1, false},
	{"optlen", emit_optlen, 1, false},
	{"rename", emit_rename, 1, false},
	{NULL, NULL, 0, false},
};

static void assemble(struct program *p, const struct request *request)
{
	int deed = 0;

	while (deeds[deed].name && strcmp(deeds[deed].name, request->what))
		deed++;
	errno = EINVAL;
	if (!deeds[deed].name)
		fail(request->what);
	if (!deeds[deed].blind) {
		emit_match(p, request);
		emit_count(p, request);
	}
	if (deeds[deed].emit)
		deeds[deed].emit(p, request);
	emit(p, MOV_IMM(0, deeds[deed].verdict));
	emit(p, EXIT);
}

static int map_create(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(uint32_t),
		.value_size = sizeof(struct seen),
		.max_entries = 1,
	};
	int fd = bpf(BPF_MAP_CREATE, &attr);

	if (fd < 0)
		fail("BPF_MAP_CREATE");
	return fd;
}

static int load(const struct program *program, enum bpf_attach_type type)
{
	static char log[65536];
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_SOCKOPT,
		.expected_attach_type = type,
		.insns = (uintptr_t)program->insns,
		.insn_cnt = program->count,
		.license = (uintptr_t) "GPL",
		.log_buf = (uintptr_t)log,
		.log_size = sizeof(log),
		.log_level = 1,
		.prog_name = "foreign",
	};
	int fd = bpf(BPF_PROG_LOAD, &attr);

	if (fd < 0) {
		fputs(log, stderr);
		fail("BPF_PROG_LOAD");
	}
	return fd;
}

static struct bpf_prog_info program_info(int fd, uint32_t *map_id)
{
	struct bpf_prog_info info = {.nr_map_ids = 1, .map_ids = (uintptr_t)map_id};
	union bpf_attr attr = {
		.info = {.bpf_fd = (uint32_t)fd,
			 .info_len = sizeof(info),
			 .info = (uintptr_t)&info},
	};

	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr))
		fail("BPF_OBJ_GET_INFO_BY_FD");
	return info;
}

static int program_by_id(const char *id)
{
	union bpf_attr attr = {.prog_id = (uint32_t)atoi(id)};
	int fd = bpf(BPF_PROG_GET_FD_BY_ID, &attr);

	if (fd < 0)
		fail("BPF_PROG_GET_FD_BY_ID");
	return fd;
}

static int folder_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		fail(path);
	return fd;
}

static enum bpf_attach_type attach_type(const char *name)
{
	return strcmp(name, "get") ? BPF_CGROUP_SETSOCKOPT : BPF_CGROUP_GETSOCKOPT;
}

static uint32_t attach_flags(const char *name)
{
	if (!strcmp(name, "override"))
		return BPF_F_ALLOW_OVERRIDE;
	return strcmp(name, "multi") ? 0 : BPF_F_ALLOW_MULTI;
}

static int run_attach(int argc, char **argv)
{
	struct request request = {
		.what = argv[5],
		.level = atoi(argv[6]),
		.option = atoi(argv[7]),
		.numbers = {argc > 8 ? atoi(argv[8]) : 0, argc > 9 ? atoi(argv[9]) : 0},
		.type = attach_type(argv[3]),
		.map = map_create(),
	};
	struct program program = {0};
	union bpf_attr attr = {
		.target_fd = (uint32_t)folder_open(argv[2]),
		.attach_type = request.type,
		.attach_flags = attach_flags(argv[4]),
	};
	uint32_t map_id;
	int fd;

	assemble(&program, &request);
	fd = load(&program, request.type);
	attr.attach_bpf_fd = (uint32_t)fd;
	if (bpf(BPF_PROG_ATTACH, &attr))
		fail("BPF_PROG_ATTACH");
	printf("%u\n", program_info(fd, &map_id).id);
	return 0;
}

static int run_detach(int argc, char **argv)
{
	union bpf_attr attr = {
		.target_fd = (uint32_t)folder_open(argv[2]),
		.attach_type = attach_type(argv[3]),
		.attach_bpf_fd = (uint32_t)program_by_id(argv[4]),
	};

	(void)argc;
	if (bpf(BPF_PROG_DETACH, &attr))
		fail("BPF_PROG_DETACH");
	return 0;
}

static int run_seen(int argc, char **argv)
{
	uint32_t map_id = 0, key = 0;
	struct seen seen = {0};
	union bpf_attr by_id = {0}, lookup = {0};

	(void)argc;
	program_info(program_by_id(argv[2]), &map_id);
	by_id.map_id = map_id;
	lookup.map_fd = (uint32_t)bpf(BPF_MAP_GET_FD_BY_ID, &by_id);
	lookup.key = (uintptr_t)&key;
	lookup.value = (uintptr_t)&seen;
	if (bpf(BPF_MAP_LOOKUP_ELEM, &lookup))
		fail("BPF_MAP_LOOKUP_ELEM");
	printf("%u %d\n", seen.count, seen.value);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 8 && !strcmp(argv[1], "attach"))
		return run_attach(argc, argv);
	if (argc == 5 && !strcmp(argv[1], "detach"))
		return run_detach(argc, argv);
	if (argc == 3 && !strcmp(argv[1], "seen"))
		return run_seen(argc, argv);
	fputs("usage: hostprog attach|detach|seen …, see the head of hostprog.c\n", stderr);
	return 2;
}
