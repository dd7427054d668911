#include "slice.h"

#include <sodium.h>

static char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool slice_eq(struct slice a, struct slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool slice_eq_nocase(struct slice a, struct slice b)
{
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++) {
        if (ascii_lower(a.p[i]) != ascii_lower(b.p[i])) return false;
    }
    return true;
}

bool slice_starts(struct slice s, struct slice prefix)
{
    return s.n >= prefix.n && slice_eq(slice_make(s.p, prefix.n), prefix);
}

bool slice_starts_nocase(struct slice s, struct slice prefix)
{
    return s.n >= prefix.n && slice_eq_nocase(slice_make(s.p, prefix.n), prefix);
}

struct slice slice_trim(struct slice s)
{
    while (s.n > 0 && is_blank(s.p[0])) s = slice_make(s.p + 1, s.n - 1);
    while (s.n > 0 && is_blank(s.p[s.n - 1])) s.n--;
    return s;
}

bool slice_cut(struct slice *s, char sep, struct slice *head)
{
    const char *at;

    if (s->n == 0) return false;
    at = memchr(s->p, sep, s->n);
    if (at == NULL) {
        *head = *s;
        *s = slice_make(s->p + s->n, 0);
        return true;
    }
    *head = slice_make(s->p, (size_t)(at - s->p));
    *s = slice_make(at + 1, s->n - head->n - 1);
    return true;
}

bool slice_u64(struct slice s, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;

    if (s.n == 0 || (s.n > 1 && s.p[0] == '0')) return false;
    for (size_t i = 0; i < s.n; i++) {
        uint64_t digit;

        if (s.p[i] < '0' || s.p[i] > '9') return false;
        digit = (uint64_t)(s.p[i] - '0');
        if (v > max / 10 || digit > max - v * 10) return false;
        v = v * 10 + digit;
    }
    *out = v;
    return true;
}

bool slice_id(struct slice s, int64_t *out)
{
    uint64_t v;

    if (!slice_u64(s, INT64_MAX, &v) || v == 0) return false;
    *out = (int64_t)v;
    return true;
}

bool slice_eq_secret(struct slice a, struct slice b)
{
    return a.n == b.n && (a.n == 0 || sodium_memcmp(a.p, b.p, a.n) == 0);
}
