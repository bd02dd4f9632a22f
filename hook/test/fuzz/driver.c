// SPDX-License-Identifier: Apache-2.0
/* What libFuzzer calls: the one target that this program was compiled for, FUZZ_TARGET. */
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FUZZ_TARGET(data, size);
	return 0;
}
