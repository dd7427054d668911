#include "json.h"

#include "clock.h"
#include "utf8.h"

#include <jansson.h>
#include <stdio.h>

/* What may come next in an open scope. */
enum json_scope {
    SCOPE_OBJECT_EMPTY, /* a first key or the end */
    SCOPE_OBJECT_KEY,   /* a further key or the end */
    SCOPE_OBJECT_VALUE, /* the value of the key just written */
    SCOPE_ARRAY_EMPTY,
    SCOPE_ARRAY_MORE,
};

static void fail(struct json *j)
{
    j->out->failed = true;
}

void json_start(struct json *j, struct buf *out)
{
    *j = (struct json){.out = out};
}

bool json_done(const struct json *j)
{
    return j->complete && j->depth == 0 && buf_ok(j->out);
}

/* Before every value; false if none may stand here. */
static bool value_begins(struct json *j)
{
    uint8_t *scope;

    if (!buf_ok(j->out)) return false;
    if (j->depth == 0) {
        if (j->complete) goto refused;
        return true;
    }
    scope = &j->scope[j->depth - 1];
    switch (*scope) {
    case SCOPE_OBJECT_VALUE:
        *scope = SCOPE_OBJECT_KEY;
        return true;
    case SCOPE_ARRAY_EMPTY:
        *scope = SCOPE_ARRAY_MORE;
        return true;
    case SCOPE_ARRAY_MORE:
        buf_byte(j->out, ',');
        return true;
    default:
        break;
    }
refused:
    fail(j);
    return false;
}

static void value_ends(struct json *j)
{
    if (j->depth == 0) j->complete = true;
}

static void scope_opens(struct json *j, uint8_t scope, char bracket)
{
    if (!value_begins(j)) return;
    if (j->depth == JSON_DEPTH) {
        fail(j);
        return;
    }
    j->scope[j->depth++] = scope;
    buf_byte(j->out, bracket);
}

void json_begin_object(struct json *j)
{
    scope_opens(j, SCOPE_OBJECT_EMPTY, '{');
}

void json_begin_array(struct json *j)
{
    scope_opens(j, SCOPE_ARRAY_EMPTY, '[');
}

void json_end(struct json *j)
{
    uint8_t scope;

    if (!buf_ok(j->out)) return;
    if (j->depth == 0 || j->scope[j->depth - 1] == SCOPE_OBJECT_VALUE) {
        fail(j);
        return;
    }
    scope = j->scope[--j->depth];
    buf_byte(j->out, scope == SCOPE_ARRAY_EMPTY || scope == SCOPE_ARRAY_MORE ? ']' : '}');
    value_ends(j);
}

/* RFC 8259 section 7 has short forms for five of the control characters. */
static void put_escape(struct buf *out, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    char six[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};

    switch (c) {
    case '"': buf_bytes(out, "\\\"", 2); break;
    case '\\': buf_bytes(out, "\\\\", 2); break;
    case '\b': buf_bytes(out, "\\b", 2); break;
    case '\f': buf_bytes(out, "\\f", 2); break;
    case '\n': buf_bytes(out, "\\n", 2); break;
    case '\r': buf_bytes(out, "\\r", 2); break;
    case '\t': buf_bytes(out, "\\t", 2); break;
    default: buf_bytes(out, six, sizeof six); break;
    }
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Runs that need no escape are copied whole; UTF-8 is checked on the way. */
static void put_string(struct buf *out, struct slice s)
{
    struct slice run = slice_make(s.p, 0);

    buf_byte(out, '"');
    while (s.n > 0) {
        unsigned char c = (unsigned char)s.p[0];
        uint32_t cp = 0;
        size_t n = 1;

        if (is_plain(c)) {
            do {
                s = slice_make(s.p + 1, s.n - 1);
                run.n++;
            } while (s.n > 0 && is_plain((unsigned char)s.p[0]));
            continue;
        }
        if (c >= 0x80) {
            n = utf8_char(s, &cp);
            if (n == 0) {
                out->failed = true;
                return;
            }
        }
        s = slice_make(s.p + n, s.n - n);
        /* U+2028 and U+2029 end a line in older JavaScript. */
        if (c >= 0x80 && cp != 0x2028 && cp != 0x2029) {
            run.n += n;
            continue;
        }
        buf_slice(out, run);
        run = slice_make(s.p, 0);
        if (c < 0x80) {
            put_escape(out, c);
        } else {
            buf_str(out, cp == 0x2028 ? "\\u2028" : "\\u2029");
        }
    }
    buf_slice(out, run);
    buf_byte(out, '"');
}

void json_key(struct json *j, const char *key)
{
    uint8_t *scope;

    if (!buf_ok(j->out)) return;
    scope = j->depth > 0 ? &j->scope[j->depth - 1] : NULL;
    if (scope == NULL || (*scope != SCOPE_OBJECT_EMPTY && *scope != SCOPE_OBJECT_KEY)) {
        fail(j);
        return;
    }
    if (*scope == SCOPE_OBJECT_KEY) buf_byte(j->out, ',');
    put_string(j->out, slice_str(key));
    buf_byte(j->out, ':');
    *scope = SCOPE_OBJECT_VALUE;
}

void json_text(struct json *j, struct slice s)
{
    if (!value_begins(j)) return;
    put_string(j->out, s);
    value_ends(j);
}

/* A value that needs no escape. */
static void put_literal(struct json *j, struct slice s)
{
    if (!value_begins(j)) return;
    buf_slice(j->out, s);
    value_ends(j);
}

void json_splice(struct json *j, struct slice whole)
{
    if (whole.n == 0) {
        fail(j);
        return;
    }
    put_literal(j, whole);
}

void json_str(struct json *j, const char *s)
{
    if (s == NULL) {
        json_put_null(j);
    } else {
        json_text(j, slice_str(s));
    }
}

/* Room for the digits of an int64_t, its sign and two quotes. */
enum { INT_TEXT = 24 };

static struct slice int_text(int64_t v, bool quoted, char room[INT_TEXT])
{
    uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    size_t at = INT_TEXT;

    if (quoted) room[--at] = '"';
    do {
        room[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (v < 0) room[--at] = '-';
    if (quoted) room[--at] = '"';
    return slice_make(room + at, INT_TEXT - at);
}

void json_int(struct json *j, int64_t v)
{
    char room[INT_TEXT];

    put_literal(j, int_text(v, false, room));
}

void json_decimal(struct json *j, int64_t v)
{
    char room[INT_TEXT], digits[] = ".0000";
    struct buf b = BUF_INIT;
    int64_t rest = v < 0 ? -(v % 10000) : v % 10000;
    int n = 5;

    for (int i = 4; i > 0; i--, rest /= 10) digits[i] = (char)('0' + rest % 10);
    while (n > 1 && digits[n - 1] == '0') n--;
    if (v < 0 && v > -10000) buf_byte(&b, '-');
    buf_slice(&b, int_text(v / 10000, false, room));
    if (n > 1) buf_bytes(&b, digits, (size_t)n);
    if (buf_ok(&b)) {
        put_literal(j, buf_view(&b));
    } else {
        j->out->failed = true;
    }
    buf_free(&b);
}

void json_id(struct json *j, int64_t id)
{
    char room[INT_TEXT];

    if (id == 0) {
        json_put_null(j);
    } else {
        put_literal(j, int_text(id, true, room));
    }
}

void json_bool(struct json *j, bool v)
{
    put_literal(j, v ? SLICE("true") : SLICE("false"));
}

void json_put_null(struct json *j)
{
    put_literal(j, SLICE("null"));
}

void json_time(struct json *j, int64_t us)
{
    char text[CLOCK_RFC3339_SIZE];

    if (us == 0) {
        json_put_null(j);
        return;
    }
    clock_rfc3339(us, text);
    json_text(j, slice_make(text, CLOCK_RFC3339_SIZE - 1));
}

void json_kv_text(struct json *j, const char *key, struct slice s)
{
    json_key(j, key);
    json_text(j, s);
}

void json_kv_str(struct json *j, const char *key, const char *s)
{
    json_key(j, key);
    json_str(j, s);
}

void json_kv_int(struct json *j, const char *key, int64_t v)
{
    json_key(j, key);
    json_int(j, v);
}

void json_kv_id(struct json *j, const char *key, int64_t id)
{
    json_key(j, key);
    json_id(j, id);
}

void json_kv_bool(struct json *j, const char *key, bool v)
{
    json_key(j, key);
    json_bool(j, v);
}

void json_kv_time(struct json *j, const char *key, int64_t us)
{
    json_key(j, key);
    json_time(j, us);
}

/* Deepest nesting of brackets outside of strings. On malformed text it may be off either way only
 * where the parser stops sooner: up to the first error both see the same brackets. */
static unsigned nesting(struct slice s)
{
    unsigned depth = 0, deepest = 0;
    bool in_string = false;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (in_string) {
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                in_string = false;
            }
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (depth < UINT32_MAX) depth++;
            if (depth > deepest) deepest = depth;
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
    }
    return deepest;
}

/* Our own words: jansson's quote the text, which may be cut inside a character. */
static const char *parse_problem(enum json_error_code code)
{
    switch (code) {
    case json_error_out_of_memory: return "out of memory";
    case json_error_invalid_utf8: return "the text is not UTF-8";
    case json_error_premature_end_of_input: return "the text ends too early";
    case json_error_end_of_input_expected: return "something follows the end of the value";
    case json_error_duplicate_key: return "a key stands twice in an object";
    case json_error_numeric_overflow: return "a number is too large";
    case json_error_null_character:
    case json_error_null_byte_in_key: return "the character NUL is not allowed";
    case json_error_stack_overflow: return "it is nested too deeply";
    default: return "the text is not JSON";
    }
}

struct json_t *json_parse_strict(struct slice s, unsigned depth, char *err, size_t errn)
{
    json_error_t error;
    json_t *root;

    if (s.n == 0) {
        (void)snprintf(err, errn, "the text is empty");
        return NULL;
    }
    if (memchr(s.p, '\0', s.n) != NULL) {
        (void)snprintf(err, errn, "the character NUL is not allowed");
        return NULL;
    }
    if (nesting(s) > depth) {
        (void)snprintf(err, errn, "it is nested more than %u deep", depth);
        return NULL;
    }
    root = json_loadb(s.p, s.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (root == NULL) {
        (void)snprintf(err, errn, "%s (line %d, column %d)", parse_problem(json_error_code(&error)), error.line,
                       error.column);
    }
    return root;
}
