// SPDX-License-Identifier: Apache-2.0
/* A hook that does nothing: what starting any process costs. Linked statically. */

int main(void)
{
	return 0;
}
