#include "sha1.h"

enum { BLOCK = 64 };

static uint32_t rotate(uint32_t v, unsigned n)
{
    return v << n | v >> (32 - n);
}

static void block(uint32_t h[5], const uint8_t *p)
{
    static const uint32_t k[4] = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

    for (unsigned t = 0; t < 16; t++) {
        w[t] = (uint32_t)p[4 * t] << 24 | (uint32_t)p[4 * t + 1] << 16 | (uint32_t)p[4 * t + 2] << 8 | p[4 * t + 3];
    }
    for (unsigned t = 16; t < 80; t++) w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    for (unsigned t = 0; t < 80; t++) {
        unsigned round = t / 20;
        uint32_t f = round == 0 ? ((b & c) | (~b & d)) : round == 2 ? ((b & c) | (b & d) | (c & d)) : (b ^ c ^ d);
        uint32_t next = rotate(a, 5) + f + e + k[round] + w[t];

        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

void sha1(struct slice data, uint8_t out[SHA1_SIZE])
{
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    uint8_t last[2 * BLOCK] = {0};
    size_t whole = data.n / BLOCK * BLOCK, rest = data.n - whole, n_last = rest + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
    uint64_t bits = (uint64_t)data.n * 8;

    for (size_t i = 0; i < whole; i += BLOCK) block(h, (const uint8_t *)data.p + i);
    if (rest > 0) memcpy(last, data.p + whole, rest);
    last[rest] = 0x80;
    for (unsigned i = 0; i < 8; i++) last[n_last - 1 - i] = (uint8_t)(bits >> (8 * i));
    for (size_t i = 0; i < n_last; i += BLOCK) block(h, last + i);
    for (unsigned i = 0; i < SHA1_SIZE; i++) out[i] = (uint8_t)(h[i / 4] >> (8 * (3 - i % 4)));
}
