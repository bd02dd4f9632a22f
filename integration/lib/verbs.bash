# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What sockoptctl can do, read from its own help texts, so that a test over all verbs covers each new one by itself.

# Every verb, and the verbs of verbs ("host attach"), one a line.
all_verbs() {
	local verb parts part
	"$CTL" --help | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p' | while read -r verb; do
		echo "$verb"
		parts=$("$CTL" "$verb" --help | sed -n "1s/^usage: .*\] $verb \([a-z|-]*|[a-z|-]*\) .*/\1/p")
		for part in ${parts//|/ }; do
			echo "$verb $part"
		done
	done
}

# The options that the help text of verb $1 names: in its usage line, and in its list of options.
options_of() {
	# shellcheck disable=SC2086  # "host attach" is two words
	"$CTL" $1 --help | sed -n '1s/^usage: sockoptctl \[--config FILE\]//p; s/^\(  -.*\)/\1/p' |
		sed 's/^\(  [^ ].*[^ ]\)   *.*/\1/' | grep -oE -e '(^|[^a-zA-Z0-9-])--?[a-z][a-z-]*' | grep -oE -e '--?[a-z][a-z-]*' | sort -u
}

# A test over no verbs would pass.
expect_verbs() {
	local n
	n=$(all_verbs | wc -l)
	[ "$n" -ge 11 ] || fail "only $n verbs were found in the help text:" "$(all_verbs)"
}
