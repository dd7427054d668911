#include "markdown.h"

#include "emoji.h"
#include "markdown_private.h"
#include "utf8.h"

#include <md4c.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_word(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/* The character at i, or a line's end where there is none. */
static char at(struct slice s, size_t i)
{
    return i < s.n ? s.p[i] : '\n';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Could the line whose first character stands at i be a list, a heading, a rule or a quote? */
static bool line_marked(struct slice s, size_t i)
{
    char c = at(s, i);
    size_t digits = i;

    if (c == '>') return true;
    if (c == '#' || c == '-' || c == '+') return is_blank(at(s, i + 1)) || at(s, i + 1) == c;
    while (is_digit(at(s, digits)) && digits - i < 9) digits++;
    return digits > i && (at(s, digits) == '.' || at(s, digits) == ')') && is_blank(at(s, digits + 1));
}

/* Could a :name: or the :// of an address stand at i? */
static bool colon_marked(struct slice s, size_t i)
{
    char next = at(s, i + 1);

    if (next == '/') return at(s, i + 2) == '/';
    if (next != '+' && next != '-' && !is_word(next)) return false;
    return i == 0 || (!is_word(s.p[i - 1]) && s.p[i - 1] != ':');
}

bool markdown_plain(struct slice text)
{
    bool start = true; /* nothing but blanks on this line so far */

    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        switch (c) {
        case '*': case '_': case '~': case '`': case '[': case '<': case '|': case '@': case '\\': return false;
        case ':':
            if (colon_marked(text, i)) return false;
            break;
        case 'w': case 'W':
            if (slice_starts_nocase(slice_make(text.p + i, text.n - i), SLICE("www."))) return false;
            break;
        default: break;
        }
        if (start && !is_blank(c)) {
            if (line_marked(text, i)) return false;
            start = false;
        }
        if (c == '\n' || c == '\r') start = true;
    }
    return true;
}

/* A few emoji and nothing else. Signs that are text unless a style says otherwise, such as (c), are none. */
static bool is_big(struct slice s)
{
    unsigned count = 0;
    uint32_t cp;

    for (s = slice_trim(s); s.n > 0; s = slice_trim(s)) {
        size_t n = (unsigned char)s.p[0] >= 0x80 || at(s, 1) == '\xEF' || at(s, 1) == '\xE2' ? emoji_length(s) : 0;

        if (n == 0 || ++count > MARKDOWN_BIG) return false;
        if (utf8_char(s, &cp) == n && cp < 0x231A) return false;
        s = slice_make(s.p + n, s.n - n);
    }
    return count > 0;
}

/* --- the tree as JSON --- */

static bool is_code(enum element e)
{
    return e == EL_CODE || e == EL_CODE_BLOCK;
}

static void open_json(struct json *j, const struct tree *t, const struct op *op)
{
    static const char *const kinds[] = {
#define X(name, kind) kind,
        TREE_ELEMENTS(X)
#undef X
    };
    static const char *const aligns[] = {[MD_ALIGN_DEFAULT] = NULL, [MD_ALIGN_LEFT] = "left", [MD_ALIGN_CENTER] = "center", [MD_ALIGN_RIGHT] = "right"};

    json_begin_object(j);
    json_kv_str(j, "kind", kinds[op->element]);
    switch (op->element) {
    case EL_HEADING: json_kv_int(j, "level", op->number); break;
    case EL_LIST:
        if (op->number > 0) json_kv_int(j, "start", (int64_t)op->number - 1);
        break;
    case EL_ITEM:
        if (op->number > 0) json_kv_bool(j, "checked", op->number == 2);
        break;
    case EL_CELL:
        if (aligns[op->number] != NULL) json_kv_str(j, "align", aligns[op->number]);
        break;
    case EL_LINK: json_kv_text(j, "href", tree_text(t, op)); break;
    case EL_CODE_BLOCK:
        if (op->n > 0) json_kv_text(j, "language", tree_text(t, op));
        break;
    default: break;
    }
    if (op->element == EL_RULE || is_code(op->element)) return;
    json_key(j, "nodes");
    json_begin_array(j);
}

static void mention_json(struct json *j, struct slice handle)
{
    json_begin_object(j);
    if (slice_eq(handle, SLICE("room"))) {
        json_kv_str(j, "kind", "mention_room");
    } else {
        json_kv_str(j, "kind", "mention");
        json_kv_text(j, "handle", handle);
    }
    json_end(j);
}

static void nodes_json(struct json *j, const struct tree *t)
{
    bool code = false;

    json_key(j, "nodes");
    json_begin_array(j);
    for (size_t i = 0; i < t->n; i++) {
        const struct op *op = &t->ops[i];

        switch (op->what) {
        case OP_OPEN:
            open_json(j, t, op);
            code = is_code(op->element);
            break;
        case OP_TEXT:
            if (code) json_kv_text(j, "text", tree_text(t, op));
            else json_text(j, tree_text(t, op));
            break;
        case OP_MENTION: mention_json(j, tree_text(t, op)); break;
        case OP_CLOSE:
            code = false;
            if (op->element != EL_RULE && !is_code(op->element)) json_end(j);
            json_end(j);
            break;
        }
    }
    json_end(j);
}

/* The text of a tree that is one paragraph of text alone; else the empty slice. */
static struct slice only_text(const struct tree *t)
{
    bool alone = t->n == 3 && t->ops[0].what == OP_OPEN && t->ops[0].element == EL_PARAGRAPH && t->ops[1].what == OP_TEXT;

    return alone ? tree_text(t, &t->ops[1]) : SLICE_NULL;
}

void markdown_json(struct json *j, struct slice text)
{
    struct mask mask = {.out = BUF_INIT};
    struct tree tree = {.mask = NULL};
    struct slice only = text;

    if (markdown_plain(text) || !utf8_valid(text)) goto big;
    if (!mask_make(&mask, text) || !tree_make(&tree, &mask) || tree.n == 0) goto out;
    only = only_text(&tree);
    if (!slice_eq(only, slice_trim(text))) nodes_json(j, &tree);
big:
    if (is_big(only)) json_kv_bool(j, "big", true);
out:
    tree_free(&tree);
    mask_free(&mask);
}

bool markdown_mentions(struct slice text, markdown_mention_fn fn, void *arg)
{
    struct mask mask = {.out = BUF_INIT};
    struct tree tree = {.mask = NULL};
    struct slice told[MARKDOWN_MENTIONS];
    size_t n = 0, k;
    bool room = false;

    if (text.n == 0 || memchr(text.p, '@', text.n) == NULL || !utf8_valid(text)) return false;
    if (!mask_make(&mask, text) || !tree_make(&tree, &mask)) goto out;
    for (size_t i = 0; i < tree.n; i++) {
        struct slice handle = tree_text(&tree, &tree.ops[i]);

        if (tree.ops[i].what != OP_MENTION) continue;
        if (slice_eq(handle, SLICE("room"))) {
            room = true;
            continue;
        }
        for (k = 0; k < n && !slice_eq(told[k], handle); k++) continue;
        if (k < n || n == MARKDOWN_MENTIONS) continue;
        told[n++] = handle;
        if (fn != NULL) fn(arg, handle);
    }
out:
    tree_free(&tree);
    mask_free(&mask);
    return room;
}
