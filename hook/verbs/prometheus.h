/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prometheus' text format, version 0.0.4: lines, and values of labels that end no line and move no
 * terminal. Knows nothing of what is measured.
 */
#ifndef VERBS_PROMETHEUS_H
#define VERBS_PROMETHEUS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct prometheus_label {
	const char *name;
	const char *value; /* NULL: "", which to Prometheus is no label */
};

/* What stands before the samples of one metric; all of them follow. @type: "counter" or "gauge". */
void prometheus_metric(FILE *out, const char *name, const char *type, const char *help);

/* One sample with @n labels. */
void prometheus_sample(FILE *out, const char *name, const struct prometheus_label *labels, size_t n,
		       uint64_t value);

/*
 * @text as the value of a label, without the quotes: backslash, quote and newline escaped; other
 * control characters, and bytes that are no UTF-8, replaced by U+FFFD.
 */
void prometheus_escape(FILE *out, const char *text);

#endif
