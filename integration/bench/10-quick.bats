#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The measurements still run, and their report says what it should. No time is judged here.

load ../lib/common

BENCH=$TOP/integration/bench

# Rows of every table have as many cells as its head.
expect_tables() {
	awk -F'|' '/^\|/ { if (cells && NF != cells) { print FILENAME ":" NR ": " $0; bad = 1 } cells = NF; next } { cells = 0 }
		END { exit bad }' "$1" || fail "a broken table in $1"
}

expect_plots() { # FOLDER
	local name
	for name in $(sed -n 's/^!\[.*\](\(.*\))$/\1/p' "$1/REPORT.md"); do
		python3 -c 'import sys, xml.dom.minidom as d; assert d.parse(sys.argv[1]).documentElement.tagName == "svg"' \
			"$1/$name" || fail "$name is no SVG"
	done
	[ -n "${name:-}" ] || fail "no plots in $1/REPORT.md"
}

targets() {
	grep -v '^#' "$BENCH/targets"
}

# A report of the figures on standard input, without a run.
report() {
	mkdir -p "$T/out"
	{ echo measure,variant,x,round,value,unit && cat; } > "$T/out/results.csv"
	run "$BENCH/report" "$T/out"
}

@test "a quick run: every row of the targets has a figure, the report and its plots are well-formed" {
	local row
	run "$BENCH/run" --quick --out "$T/out"
	expect_status 0
	while IFS=$'\t' read -r row _; do
		grep -qF "| $row |" "$T/out/REPORT.md" || fail "no row: $row" "$(< "$T/out/REPORT.md")"
	done < <(targets)
	expect_equal "$(grep 'not measured' "$T/out/REPORT.md")" "" "rows without a figure"
	expect_tables "$T/out/REPORT.md"
	expect_plots "$T/out"
	expect_nothing_left
}

@test "targets: each row has nine cells" {
	expect_equal "$(targets | awk -F'\t' 'NF != 9')" "" "rows with another number of cells"
}

@test "the arithmetic of the report" {
	local name='setsockopt that no rule names, against an empty program' level
	report < <(
		for level in 1 2 3; do
			echo "parents,empty,$level,0,$((200 + 10 * level)),ns"
			echo "parents,ours,$level,0,$((200 + 25 * level)),ns"
		done
		printf 'call-set-unmatched,%s,ns\n' empty,0,0,100 empty,0,1,200 ours,0,0,110 ours,0,1,230
	)
	expect_failure
	expect_text "no figure for: kernel memory"
	expect_no_text "no figure for: $name"
	output=$(< "$T/out/REPORT.md")
	expect_line "| $name | 1.05 | **1.100** | 1.133 | 1.105 to 1.145 | ratio | **missed** |"
	expect_text "| **2.500** | 2.500 | 2.500 to 2.500 | slope |"
	expect_tables "$T/out/REPORT.md"
}

@test "a script that fails: the others still run, and the exit status tells" {
	run "$BENCH/run" --quick --out "$T/out" 00-nothing 11-parents
	expect_status 1
	expect_text "00-nothing failed"
	grep -q '^parents,ours,8,' "$T/out/results.csv" || fail "no figures of 11-parents" "$output"
}
