// SPDX-License-Identifier: Apache-2.0
/* Prometheus' text format. Names of pods and containers come from annotations: no byte is believed. */
#include "verbs/prometheus.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "policy/utf8.h"

#define REPLACEMENT "\357\277\275" /* U+FFFD */

void prometheus_metric(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* C0, DEL, and the C1 characters U+0080 to U+009F. */
static bool is_control(const unsigned char *text)
{
	return *text < 0x20 || *text == 0x7f || (*text == 0xc2 && text[1] < 0xa0);
}

void prometheus_escape(FILE *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t left = strlen(text), n;

	for (; left; p += n, left -= n) {
		n = utf8_char(p, left);
		if (*p == '\n')
			fputs("\\n", out);
		else if (!n || is_control(p))
			fputs(REPLACEMENT, out);
		else if (*p == '\\' || *p == '"')
			fprintf(out, "\\%c", *p);
		else
			fwrite(p, 1, n, out);
		n = n ?: 1;
	}
}

void prometheus_sample(FILE *out, const char *name, const struct prometheus_label *labels, size_t n,
		       uint64_t value)
{
	fputs(name, out);
	for (size_t i = 0; i < n; i++) {
		fprintf(out, "%s%s=\"", i ? "," : "{", labels[i].name);
		prometheus_escape(out, labels[i].value ?: "");
		fputc('"', out);
	}
	fprintf(out, "%s %" PRIu64 "\n", n ? "}" : "", value);
}
