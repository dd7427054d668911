#include "head_check.h"

enum { LENGTH_DIGITS = 15 };

bool head_is_token(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c <= ' ' || c >= 0x7F || strchr("\"(),/:;<=>?@[\\]{}", c) != NULL) return false;
    }
    return s.n > 0;
}

/* Cuts a line that ends in CRLF. False when there is none; *bad when a CR or LF stands alone. */
static bool line_cut(struct slice *rest, struct slice *line, bool *bad)
{
    for (size_t i = 0; i < rest->n; i++) {
        char c = rest->p[i];

        if (c == '\n' || (c == '\r' && i + 1 < rest->n && rest->p[i + 1] != '\n')) {
            *bad = true;
            return false;
        }
        if (c != '\r') continue;
        if (i + 1 == rest->n) return false;
        *line = slice_make(rest->p, i);
        *rest = slice_make(rest->p + i + 2, rest->n - i - 2);
        return true;
    }
    return false;
}

static bool is_digits(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return false;
    }
    return s.n > 0 && s.n <= LENGTH_DIGITS;
}

static const char *request_line(struct slice line, bool *is_11)
{
    struct slice method, target;

    if (!slice_cut(&line, ' ', &method) || !slice_cut(&line, ' ', &target)) return "the request line has three parts";
    if (!head_is_token(method)) return "the method is no token";
    if (target.n == 0 || target.p[0] != '/') return "the target must be a path";
    for (size_t i = 0; i < target.n; i++) {
        if (target.p[i] <= ' ' || target.p[i] >= 0x7F) return "the target has characters that must be encoded";
    }
    *is_11 = slice_eq(line, SLICE("HTTP/1.1"));
    return *is_11 || slice_eq(line, SLICE("HTTP/1.0")) ? NULL : "the version is neither HTTP/1.0 nor HTTP/1.1";
}

struct seen {
    unsigned fields, hosts, lengths, encodings;
};

static const char *field(struct slice line, struct seen *seen)
{
    struct slice name, value;

    if (line.p[0] == ' ' || line.p[0] == '\t') return "a header is folded";
    if (memchr(line.p, ':', line.n) == NULL || !slice_cut(&line, ':', &name)) return "a header has no colon";
    if (!head_is_token(name)) return "a header's name has characters that it must not have";
    for (size_t i = 0; i < line.n; i++) {
        unsigned char c = (unsigned char)line.p[i];

        if ((c < ' ' && c != '\t') || c == 0x7F) return "a header has a control character";
    }
    value = slice_trim(line);
    if (++seen->fields > HEAD_FIELDS_MAX) return "there are too many headers";
    if (slice_eq_nocase(name, SLICE("Host"))) {
        seen->hosts++;
    } else if (slice_eq_nocase(name, SLICE("Content-Length"))) {
        seen->lengths++;
        if (!is_digits(value)) return "Content-Length is not a number";
    } else if (slice_eq_nocase(name, SLICE("Transfer-Encoding"))) {
        seen->encodings++;
        if (!slice_eq_nocase(value, SLICE("chunked"))) return "the only Transfer-Encoding is chunked";
    }
    return NULL;
}

static const char *together(const struct seen *seen, bool is_11)
{
    if (seen->hosts > 1 || (seen->hosts == 0 && is_11)) return "there must be one Host";
    if (seen->lengths > 1 || seen->encodings > 1) return "Content-Length and Transfer-Encoding may come once";
    if (seen->lengths > 0 && seen->encodings > 0) return "Content-Length and Transfer-Encoding exclude each other";
    if (seen->encodings > 0 && !is_11) return "HTTP/1.0 has no Transfer-Encoding";
    return NULL;
}

enum head_verdict head_check(struct slice bytes, size_t *length, const char **why)
{
    struct slice rest = bytes.n > HEAD_MAX ? slice_make(bytes.p, HEAD_MAX) : bytes, line;
    struct seen seen = {0};
    bool bad = false, first = true, is_11 = false;

    *why = NULL;
    while (line_cut(&rest, &line, &bad)) {
        if (line.n == 0 && !first) {
            *why = together(&seen, is_11);
            *length = bytes.n - (bytes.n > HEAD_MAX ? bytes.n - HEAD_MAX : 0) - rest.n;
            return *why == NULL ? HEAD_GOOD : HEAD_BAD;
        }
        *why = first ? request_line(line, &is_11) : field(line, &seen);
        if (*why != NULL) return HEAD_BAD;
        first = false;
    }
    if (bad) {
        *why = "lines end in CRLF";
        return HEAD_BAD;
    }
    return bytes.n >= HEAD_MAX ? HEAD_TOO_LONG : HEAD_MORE;
}
