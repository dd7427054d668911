#include "url.h"

#include "utf8.h"

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

static bool is_segment(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!is_unreserved(s.p[i]) || s.p[i] == '~') return false;
    }
    return s.n > 0 && !slice_eq(s, SLICE(".")) && !slice_eq(s, SLICE(".."));
}

bool url_segment(struct slice *path, struct slice *segment, bool *bad)
{
    struct slice rest = *path, head;

    *path = SLICE_NULL;
    if (rest.n == 0 || slice_eq(rest, SLICE("/"))) return false;
    if (rest.p[0] != '/') {
        *bad = true;
        return false;
    }
    rest = slice_make(rest.p + 1, rest.n - 1);
    head = rest;
    for (size_t i = 0; i < rest.n; i++) {
        if (rest.p[i] == '/') {
            head.n = i;
            break;
        }
    }
    if (!is_segment(head)) {
        *bad = true;
        return false;
    }
    *segment = head;
    *path = slice_make(rest.p + head.n, rest.n - head.n);
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Appends the decoded text to scratch; false on a bad escape, NUL, bad UTF-8 or no room. */
static bool decode(struct slice s, struct slice *out, struct buf *scratch)
{
    char *to = buf_reserve(scratch, s.n);
    size_t n = 0;

    if (to == NULL) return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '+') {
            c = ' ';
        } else if (c == '%') {
            int high = s.n - i > 2 ? hex_value(s.p[i + 1]) : -1, low = s.n - i > 2 ? hex_value(s.p[i + 2]) : -1;

            if (high < 0 || low < 0) return false;
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (c == '\0') return false;
        to[n++] = c;
    }
    *out = slice_make(to, n);
    scratch->len += n;
    return utf8_valid(*out);
}

bool url_query(struct slice *query, struct slice *name, struct slice *value, struct buf *scratch, bool *bad)
{
    struct slice pair, head;

    do {
        if (!slice_cut(query, '&', &pair)) return false;
    } while (pair.n == 0);
    if (!slice_cut(&pair, '=', &head) || !decode(head, name, scratch) || !decode(pair, value, scratch)) {
        *bad = true;
        *query = SLICE_NULL;
        return false;
    }
    return true;
}

void url_encode(struct buf *b, struct slice s)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        char escape[3] = {'%', digits[c >> 4], digits[c & 15]};

        if (is_unreserved(s.p[i])) {
            buf_byte(b, s.p[i]);
        } else {
            buf_bytes(b, escape, sizeof escape);
        }
    }
}

/* Scheme, host and port of an origin; port 0 where there is none and the scheme has no default. */
struct origin {
    struct slice scheme, host;
    uint64_t port;
};

static bool is_host(struct slice s)
{
    bool bracketed = s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']';

    if (bracketed) s = slice_make(s.p + 1, s.n - 2);
    for (size_t i = 0; i < s.n; i++) {
        if (!is_unreserved(s.p[i]) && !(bracketed && s.p[i] == ':')) return false;
    }
    return s.n > 0;
}

/* "host", "host:port", "[v6]" or "[v6]:port" */
static bool parse_authority(struct slice s, struct slice scheme, struct origin *out)
{
    size_t at = s.n;

    while (at > 0 && s.p[at - 1] >= '0' && s.p[at - 1] <= '9') at--;
    out->scheme = scheme;
    out->host = s;
    out->port = slice_eq_nocase(scheme, SLICE("http")) ? 80 : slice_eq_nocase(scheme, SLICE("https")) ? 443 : 0;
    if (at > 0 && s.p[at - 1] == ':') {
        struct slice digits = slice_make(s.p + at, s.n - at);

        out->host = slice_make(s.p, at - 1);
        if (!slice_u64(digits, 65535, &out->port) || out->port == 0) return false;
    }
    return is_host(out->host);
}

static bool parse_origin(struct slice s, struct origin *out)
{
    struct slice scheme;

    if (!slice_cut(&s, ':', &scheme) || scheme.n == 0 || !slice_starts(s, SLICE("//"))) return false;
    return parse_authority(slice_make(s.p + 2, s.n - 2), scheme, out);
}

static bool same_origin(const struct origin *a, const struct origin *b)
{
    return a->port == b->port && slice_eq_nocase(a->scheme, b->scheme) && slice_eq_nocase(a->host, b->host);
}

enum origin_verdict origin_check(struct slice origin, struct slice scheme, struct slice host, char *const *allowed, size_t n_allowed)
{
    struct origin theirs, ours;

    if (origin.n == 0) return ORIGIN_ABSENT;
    /* "null", which sandboxed pages send, ends here too. */
    if (!parse_origin(origin, &theirs)) return ORIGIN_FOREIGN;
    if (scheme.n > 0 && parse_authority(host, scheme, &ours) && same_origin(&theirs, &ours)) return ORIGIN_SAME;
    for (size_t i = 0; i < n_allowed; i++) {
        if (parse_origin(slice_str(allowed[i]), &ours) && same_origin(&theirs, &ours)) return ORIGIN_ALLOWED;
    }
    return ORIGIN_FOREIGN;
}
