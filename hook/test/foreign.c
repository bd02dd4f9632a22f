// SPDX-License-Identifier: Apache-2.0
/*
 * The instructions of a foreign program, one after the other. r6: the context; r7, r8: the value.
 */
#include "test/foreign.h"

#include <bpf/bpf.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define INSNS_MAX 96

struct code {
	struct bpf_insn insns[INSNS_MAX];
	size_t count;
};

/* clang-format off */
#define INSN(c, d, s, o, i) ((struct bpf_insn){.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)})
#define MOV_REG(d, s)	    INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define MOV_IMM(d, i)	    INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ADD_IMM(d, i)	    INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define LOAD(size, d, s, o) INSN(BPF_LDX | BPF_MEM | (size), d, s, o, 0)
#define STORE(size, d, o, s) INSN(BPF_STX | BPF_MEM | (size), d, s, o, 0)
#define JUMP(op, d, i, o)   INSN(BPF_JMP | (op) | BPF_K, d, 0, o, i)
#define JUMP_REG(op, d, s, o) INSN(BPF_JMP | (op) | BPF_X, d, s, o, 0)
#define CALL(f)		    INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define EXIT		    INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define CTX(member)	    ((int16_t)offsetof(struct bpf_sockopt, member))
#define SEEN(member)	    ((int16_t)offsetof(struct seen, member))
/* clang-format on */

static void emit(struct code *code, struct bpf_insn insn)
{
	if (code->count == INSNS_MAX)
		bail_out("a foreign program of more than %d instructions", INSNS_MAX);
	code->insns[code->count++] = insn;
}

static void emit_copy(struct code *code, int16_t from, int16_t to)
{
	emit(code, LOAD(BPF_W, 1, 6, from));
	emit(code, STORE(BPF_W, 9, to, 1));
}

/* r9: the map's only entry. */
static void emit_watch(struct code *code, int map)
{
	emit(code, MOV_REG(6, 1));
	emit(code, INSN(BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 0));
	emit(code, MOV_REG(2, 10));
	emit(code, ADD_IMM(2, -4));
	emit(code, INSN(BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, map));
	emit(code, INSN(0, 0, 0, 0, 0));
	emit(code, CALL(BPF_FUNC_map_lookup_elem));
	emit(code, JUMP(BPF_JNE, 0, 0, 1));
	emit(code, EXIT);
	emit(code, MOV_REG(9, 0));
	emit(code, LOAD(BPF_W, 1, 9, SEEN(count)));
	emit(code, ADD_IMM(1, 1));
	emit(code, STORE(BPF_W, 9, SEEN(count), 1));
	emit_copy(code, CTX(level), SEEN(level));
	emit_copy(code, CTX(optname), SEEN(optname));
	emit_copy(code, CTX(optlen), SEEN(optlen));
	emit(code, kernel_gives_errno() ? CALL(BPF_FUNC_get_retval) : MOV_IMM(0, 0));
	emit(code, STORE(BPF_W, 9, SEEN(retval), 0));
	emit(code, LOAD(BPF_DW, 7, 6, CTX(optval)));
	emit(code, LOAD(BPF_DW, 8, 6, CTX(optval_end)));
	emit(code, MOV_REG(2, 7));
	emit(code, ADD_IMM(2, 4));
	emit(code, JUMP_REG(BPF_JGT, 2, 8, 2));
	emit(code, LOAD(BPF_W, 1, 7, 0));
	emit(code, STORE(BPF_W, 9, SEEN(value), 1));
}

/* Any other call ends here and passes. */
static void emit_match(struct code *code, int level, int option)
{
	emit(code, MOV_IMM(0, 1));
	if (option < 0)
		return;
	emit(code, LOAD(BPF_W, 1, 6, CTX(level)));
	emit(code, JUMP(BPF_JEQ, 1, level, 1));
	emit(code, EXIT);
	emit(code, LOAD(BPF_W, 1, 6, CTX(optname)));
	emit(code, JUMP(BPF_JEQ, 1, option, 1));
	emit(code, EXIT);
}

static void emit_field(struct code *code, int16_t field, int number)
{
	emit(code, MOV_IMM(1, number));
	emit(code, STORE(BPF_W, 6, field, 1));
}

/* Past the next @n instructions where the value has not four bytes. */
static void emit_room(struct code *code, int16_t n)
{
	emit(code, MOV_REG(2, 7));
	emit(code, ADD_IMM(2, 4));
	emit(code, JUMP_REG(BPF_JGT, 2, 8, n));
}

static void emit_deed(struct code *code, enum deed deed, int a, int b)
{
	switch (deed) {
	case DEED_RETVAL:
		emit(code, MOV_IMM(1, a));
		emit(code, CALL(BPF_FUNC_set_retval));
		break;
	case DEED_OPTLEN:
		emit_field(code, CTX(optlen), a);
		break;
	case DEED_RENAME:
		emit_field(code, CTX(level), a);
		emit_field(code, CTX(optname), b);
		break;
	case DEED_VALUE:
		emit_room(code, 2);
		emit(code, MOV_IMM(1, a));
		emit(code, STORE(BPF_W, 7, 0, 1));
		break;
	case DEED_NAIVE:
		emit_room(code, 4);
		emit(code, LOAD(BPF_W, 1, 7, 0));
		emit(code, JUMP(BPF_JLE, 1, a, 2));
		emit(code, MOV_IMM(0, 0));
		emit(code, EXIT);
		break;
	case DEED_WATCH:
	case DEED_REJECT:
		break;
	}
	emit(code, MOV_IMM(0, deed == DEED_REJECT ? 0 : 1));
	emit(code, EXIT);
}

static int load(const struct code *code, enum bpf_attach_type type)
{
	static char log[65536];
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = type, .log_buf = log,
		    .log_size = sizeof(log), .log_level = 1);
	int fd = bpf_prog_load(BPF_PROG_TYPE_CGROUP_SOCKOPT, "foreign", "GPL", code->insns,
			       code->count, &opts);

	if (fd < 0)
		bail_out("loading a foreign program: %s: %.300s", strerror(errno), log);
	return fd;
}

void foreign_attach(struct foreign *foreign, const struct site *site, unsigned int call, int level,
		    int option, enum deed deed, int a, int b)
{
	struct code code = {.count = 0};

	foreign->type = bpf_type_of_call(call);
	foreign->folder = site->cgroup.fd;
	foreign->map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "seen", sizeof(uint32_t),
				      sizeof(struct seen), 1, NULL);
	if (foreign->map < 0)
		bail_out("a foreign map: %s", strerror(errno));
	emit_watch(&code, foreign->map);
	emit_match(&code, level, option);
	emit_deed(&code, deed, a, b);
	foreign->program = load(&code, foreign->type);
	if (bpf_prog_attach(foreign->program, foreign->folder, foreign->type, BPF_F_ALLOW_MULTI))
		bail_out("attaching a foreign program: %s", strerror(errno));
}

struct seen foreign_seen(const struct foreign *foreign)
{
	struct seen seen = {0};
	uint32_t key = 0;

	if (bpf_map_lookup_elem(foreign->map, &key, &seen))
		bail_out("reading a foreign map: %s", strerror(errno));
	return seen;
}

void foreign_detach(struct foreign *foreign)
{
	if (bpf_prog_detach2(foreign->program, foreign->folder, foreign->type))
		bail_out("detaching a foreign program: %s", strerror(errno));
	close(foreign->program);
	close(foreign->map);
}
