#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The dashboard asks for what `sockoptctl metrics` prints, in words that Prometheus understands; and the units beside it
# are ones that systemd takes.

load ../lib/common
load ../lib/unpacked

DASHBOARD=$TOP/integration/grafana/oci-sockopt-hook.json

# A host with every kind of metric.
host() {
	process_in one
	hook createRuntime "$(state one $! "$(annotations "$(deny_mark)")")"
	expect_status 0
	"$CTL" metrics > "$T/metrics"
}

expressions() {
	jq -re '.panels[].targets[].expr' "$DASHBOARD"
}

queries() {
	expressions
	jq -r '.templating.list[] | select(.type == "query") | .query.query' "$DASHBOARD"
}

@test "it is a dashboard: a data source to choose, and panels that use it" {
	expect_equal "$(jq -r '.templating.list[0] | "\(.type) \(.query)"' "$DASHBOARD")" "datasource prometheus" "the first variable"
	# shellcheck disable=SC2016
	expect_equal "$(jq -r '[.. | objects | select(has("datasource")) | .datasource | objects | .uid] | unique | join(" ")' "$DASHBOARD")" \
		'${datasource}' "data sources"
	expect_equal "$(jq '[.panels[] | .targets[]] | length > 10' "$DASHBOARD")" true "panels"
	expect_equal "$(jq -c '[.panels[].id] | length == (unique | length)' "$DASHBOARD")" true "ids of panels are distinct"
}

@test "every metric that it names is printed, and every metric that is printed is shown" {
	host
	expect_equal "$(queries | grep -o 'oci_sockopt_[a-z_]*' | sort -u)" \
		"$(sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' "$T/metrics" | sort -u)" "metrics of the dashboard, and those printed"
}

@test "every label that it names is one that a metric has, or that Prometheus adds" {
	local label
	host
	queries | grep -oE '(by|on) \([^)]*\)|[a-z_]+(=~|=|!=)"' | sed -E 's/^(by|on) //; s/(=~|=|!=)"$//' |
		tr -c 'a-z_\n' '\n' | grep . | sort -u > "$T/labels"
	[ -s "$T/labels" ] || fail "no labels found"
	while read -r label; do
		[ "$label" = instance ] || grep -qE "[{,]$label=\"" "$T/metrics" || fail "no metric has a label $label"
	done < "$T/labels"
}

@test "every value of a label that it compares with is one that is printed" {
	local pair
	host
	expressions | grep -oE '(state|mode)="[^"]*"' | sort -u > "$T/pairs"
	[ -s "$T/pairs" ] || fail "no comparisons found"
	while read -r pair; do
		grep -qF "$pair" "$T/metrics" || fail "nothing prints $pair"
	done < "$T/pairs"
}

@test "Prometheus understands the expressions" {
	local said
	need_program promtool
	# shellcheck disable=SC2016
	expressions | sed 's/\$__rate_interval/5m/g' | jq -Rs '{groups: [{name: "dashboard", rules:
		[split("\n")[] | select(. != "")] | to_entries | map({record: "panel_\(.key)", expr: .value})}]}' > "$T/rules.json"
	said=$("$UNPACKED" promtool check rules "$T/rules.json" 2>&1) || fail "$said"
	expect_text "$(expressions | wc -l) rules found" "$said"
}

@test "the units: systemd takes them, and the service runs a command that there is" {
	local path
	command -v systemd-analyze >/dev/null || skip_or_fail "systemd-analyze is not there: it is in Debian's package systemd"
	cp "$TOP"/integration/systemd/oci-sockopt-metrics.* "$T"
	sed -i "s,^ExecStart=[^ ]*,ExecStart=$CTL," "$T/oci-sockopt-metrics.service"
	run systemd-analyze verify --man=no "$T/oci-sockopt-metrics.service" "$T/oci-sockopt-metrics.timer"
	expect_status 0
	expect_equal "$output" "" "what systemd-analyze says"
	host
	mkdir "$T/collector"
	path=$(sed -n 's/^ExecStart=.* --textfile //p' "$T/oci-sockopt-metrics.service")
	sed -n 's/^ExecStart=//p' "$T/oci-sockopt-metrics.service" | sed "s,$(dirname "$path"),$T/collector," > "$T/command"
	# With no more rights than the unit leaves it.
	run setpriv --inh-caps -all --bounding-set "-all$(sed -n 's/^CapabilityBoundingSet=//p' "$T/oci-sockopt-metrics.service" |
		tr 'A-Z ' 'a-z,' | sed 's/\(^\|,\)cap_/,+/g')" --no-new-privs sh -c "$(< "$T/command")"
	expect_status 0
	promtool_check < "$T/collector/$(basename "$path")"
	expect_text 'id="one"' "$(< "$T/collector/$(basename "$path")")"
}
