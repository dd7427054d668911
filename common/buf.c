#include "buf.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUF_FIRST = 128 };

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void buf_free(struct buf *b)
{
    free(b->data);
    *b = (struct buf){.max = b->max};
}

void buf_wipe(struct buf *b)
{
    if (b->data != NULL) sodium_memzero(b->data, b->cap);
    buf_free(b);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
}

/* Room for `n` more bytes without looking at max. Not realloc: it would leave copies of secrets in
 * freed memory that buf_wipe can no longer reach. */
static bool buf_grow(struct buf *b, size_t n)
{
    size_t cap;
    char *data;

    if (b->cap - b->len >= n && b->data != NULL) return true;
    if (n > SIZE_MAX / 4 || b->len > SIZE_MAX / 4) return false;
    cap = b->cap < BUF_FIRST ? BUF_FIRST : b->cap * 2;
    /* One byte past max stays allowed for buf_cstr. */
    if (b->max != 0 && b->max < SIZE_MAX && cap > b->max + 1) cap = b->max + 1;
    if (cap < b->len + n) cap = b->len + n;
    data = malloc(cap);
    if (data == NULL) return false;
    if (b->len > 0) memcpy(data, b->data, b->len);
    if (b->data != NULL) {
        sodium_memzero(b->data, b->len);
        free(b->data);
    }
    b->data = data;
    b->cap = cap;
    return true;
}

char *buf_reserve(struct buf *b, size_t n)
{
    if (b->failed) return NULL;
    if ((b->max != 0 && (b->len > b->max || n > b->max - b->len)) || !buf_grow(b, n)) {
        b->failed = true;
        return NULL;
    }
    return b->data + b->len;
}

void buf_bytes(struct buf *b, const void *p, size_t n)
{
    char *to;

    if (n == 0) return;
    to = buf_reserve(b, n);
    if (to == NULL) return;
    memcpy(to, p, n);
    b->len += n;
}

void buf_slice(struct buf *b, struct slice s)
{
    buf_bytes(b, s.p, s.n);
}

void buf_str(struct buf *b, const char *s)
{
    buf_bytes(b, s, strlen(s));
}

void buf_byte(struct buf *b, char c)
{
    char *to = buf_reserve(b, 1);

    if (to == NULL) return;
    *to = c;
    b->len++;
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
    va_list ap, again;
    char small[256];
    int n;

    if (b->failed) return;
    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(small, sizeof small, fmt, ap);
    if (n < 0) {
        b->failed = true;
    } else if ((size_t)n < sizeof small) {
        buf_bytes(b, small, (size_t)n);
    } else if (b->max != 0 && (b->len > b->max || (size_t)n > b->max - b->len)) {
        b->failed = true;
    } else if (!buf_grow(b, (size_t)n + 1)) {
        b->failed = true;
    } else {
        (void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
    va_end(ap);
    sodium_memzero(small, sizeof small);
}

void buf_drop(struct buf *b, size_t n)
{
    if (n == 0) return;
    if (n > b->len) n = b->len;
    memmove(b->data, b->data + n, b->len - n);
    b->len -= n;
}

const char *buf_cstr(struct buf *b)
{
    if (b->failed) return NULL;
    if (!buf_grow(b, 1)) {
        b->failed = true;
        return NULL;
    }
    b->data[b->len] = '\0';
    return b->data;
}

static const char base64url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void buf_base64url(struct buf *b, const void *p, size_t n)
{
    const unsigned char *in = p;
    char *to;
    size_t left = n % 3, whole = n - left, at = 0;

    if (n == 0) return;
    if (n > SIZE_MAX / 2) {
        b->failed = true;
        return;
    }
    to = buf_reserve(b, whole / 3 * 4 + (left ? left + 1 : 0));
    if (to == NULL) return;
    for (size_t i = 0; i < whole; i += 3) {
        uint32_t v = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | in[i + 2];

        to[at++] = base64url_digits[v >> 18];
        to[at++] = base64url_digits[v >> 12 & 63];
        to[at++] = base64url_digits[v >> 6 & 63];
        to[at++] = base64url_digits[v & 63];
    }
    if (left > 0) {
        uint32_t v = (uint32_t)in[whole] << 16 | (left == 2 ? (uint32_t)in[whole + 1] << 8 : 0);

        to[at++] = base64url_digits[v >> 18];
        to[at++] = base64url_digits[v >> 12 & 63];
        if (left == 2) to[at++] = base64url_digits[v >> 6 & 63];
    }
    b->len += at;
}

void buf_hex(struct buf *b, const void *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *in = p;
    char *to;

    if (n == 0) return;
    if (n > SIZE_MAX / 4) {
        b->failed = true;
        return;
    }
    to = buf_reserve(b, n * 2);
    if (to == NULL) return;
    for (size_t i = 0; i < n; i++) {
        to[2 * i] = digits[in[i] >> 4];
        to[2 * i + 1] = digits[in[i] & 15];
    }
    b->len += n * 2;
}

/* 64 for a byte that is no digit. */
static uint32_t base64url_value(char c)
{
    if (c >= 'A' && c <= 'Z') return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z') return (uint32_t)(c - 'a' + 26);
    if (c >= '0' && c <= '9') return (uint32_t)(c - '0' + 52);
    if (c == '-') return 62;
    if (c == '_') return 63;
    return 64;
}

bool base64url_decode(struct slice s, void *out, size_t cap, size_t *n)
{
    unsigned char *to = out;
    size_t size = s.n / 4 * 3 + (s.n % 4 ? s.n % 4 - 1 : 0), at = 0;
    uint32_t bits = 0;
    unsigned have = 0;

    if (s.n % 4 == 1 || size > cap) return false;
    for (size_t i = 0; i < s.n; i++) {
        uint32_t v = base64url_value(s.p[i]);

        if (v > 63) return false;
        bits = bits << 6 | v;
        have += 6;
        if (have >= 8) {
            have -= 8;
            to[at++] = (unsigned char)(bits >> have);
            bits &= (1u << have) - 1;
        }
    }
    /* Bits left over must be zero, or two texts would name the same bytes. */
    if (bits != 0) return false;
    *n = at;
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

bool hex_decode(struct slice s, void *out, size_t cap, size_t *n)
{
    unsigned char *to = out;

    if (s.n % 2 != 0 || s.n / 2 > cap) return false;
    for (size_t i = 0; i < s.n; i += 2) {
        int high = hex_value(s.p[i]), low = hex_value(s.p[i + 1]);

        if (high < 0 || low < 0) return false;
        to[i / 2] = (unsigned char)(high << 4 | low);
    }
    *n = s.n / 2;
    return true;
}
