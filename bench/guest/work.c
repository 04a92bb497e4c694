/* SPDX-License-Identifier: BSD-2-Clause */
/* work - what firmware does between interrupts: checksums, copies, sorting, a state machine, calls; then sleeps */
#include <stdint.h>

#define RESULT (*(volatile uint32_t *)0x2000f000)
#define ROUNDS 1000
#define BYTES  1024

void entry(void);

static uint8_t text[BYTES], copy[BYTES];
static uint32_t table[256], heap[128];

static void make_table(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t v = i;

		for (int k = 0; k < 8; k++)
			v = v & 1 ? v >> 1 ^ 0xedb88320u : v >> 1;
		table[i] = v;
	}
}

static uint32_t __attribute__((noinline)) crc(const uint8_t *p, uint32_t n, uint32_t v)
{
	while (n--)
		v = table[(v ^ *p++) & 0xff] ^ v >> 8;
	return v;
}

static void __attribute__((noinline)) move(uint8_t *to, const uint8_t *from, uint32_t n)
{
	uint32_t *t = (uint32_t *)to;
	const uint32_t *f = (const uint32_t *)from;

	for (; n >= 4; n -= 4)
		*t++ = *f++;
}

static void __attribute__((noinline)) sift(uint32_t *v, uint32_t at, uint32_t n)
{
	for (;;) {
		uint32_t child = 2 * at + 1, x;

		if (child >= n)
			return;
		if (child + 1 < n && v[child + 1] > v[child])
			child++;
		if (v[at] >= v[child])
			return;
		x = v[at];
		v[at] = v[child];
		v[child] = x;
		at = child;
	}
}

static void __attribute__((noinline)) sort(uint32_t *v, uint32_t n)
{
	for (uint32_t i = n / 2; i--;)
		sift(v, i, n);
	for (uint32_t i = n; i-- > 1;) {
		uint32_t x = v[0];

		v[0] = v[i];
		v[i] = x;
		sift(v, 0, i);
	}
}

/* Words, numbers and the rest of a text: a switch with a jump table. */
static uint32_t __attribute__((noinline)) scan(const uint8_t *p, uint32_t n)
{
	uint32_t state = 0, words = 0;

	for (; n--; p++) {
		switch (*p & 7) {
		case 0:
			state = 0;
			break;
		case 1:
			words += state == 0;
			state = 1;
			break;
		case 2:
			words += state == 1;
			state = 2;
			break;
		case 3:
			state = (state + 1) % 3;
			break;
		case 4:
			words ^= state;
			break;
		default:
			words++;
		}
	}
	return words;
}

void entry(void)
{
	uint32_t seed = 1, sum = 0;

	make_table();
	for (uint32_t round = 0; round < ROUNDS; round++) {
		for (uint32_t i = 0; i < BYTES; i++) {
			seed = seed * 1664525u + 1013904223u;
			text[i] = (uint8_t)(seed >> 24);
		}
		move(copy, text, BYTES);
		for (uint32_t i = 0; i < 128; i++)
			heap[i] = ((uint32_t *)copy)[i];
		sort(heap, 128);
		sum = crc(copy, BYTES, sum) + scan(copy, BYTES) + heap[round % 128];
	}
	RESULT = sum | 1;
	__asm__ volatile("cpsid i");
	for (;;)
		__asm__ volatile("wfi");
}
