/* md4c's calls become ops. Nothing here depends on how deep or how much the text nests: beyond
 * MARKDOWN_DEPTH an element is left out and its text stays, beyond the other bounds there is no tree. */
#include "markdown_private.h"

#include "shortcode.h"
#include "utf8.h"

#include <md4c.h>
#include <stdlib.h>

enum {
    ESCAPED = 1, /* in `pending`, before a character that had a backslash; no text holds a control */
    HANDLE_MAX = 32,
    LANGUAGE_MAX = 32,
    FLAGS = MD_FLAG_NOHTML | MD_FLAG_NOINDENTEDCODEBLOCKS | MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS,
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool is_alnum(char c) { return is_digit(c) || is_lower(c) || is_upper(c); }
static bool is_in(char c, const char *set) { return c != '\0' && strchr(set, c) != NULL; }

/* --- ops --- */

static void op_add(struct tree *t, struct op op)
{
    if (op.what != OP_CLOSE && ++t->nodes > MARKDOWN_NODES) t->failed = true;
    if (t->failed) return;
    if (t->n == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 64;
        struct op *grown = realloc(t->ops, cap * sizeof *grown);

        if (grown == NULL) {
            t->failed = true;
            return;
        }
        t->ops = grown;
        t->cap = cap;
    }
    t->ops[t->n++] = op;
}

/* Puts s into the pool for an op. */
static struct op op_with(struct tree *t, enum op_what what, enum element element, struct slice s)
{
    struct op op = {.what = what, .element = element, .at = (uint32_t)t->pool.len, .n = (uint32_t)s.n};

    buf_slice(&t->pool, s);
    if (!buf_ok(&t->pool)) t->failed = true;
    return op;
}

static void add_text(struct tree *t, struct slice s)
{
    struct op *last = t->n > 0 ? &t->ops[t->n - 1] : NULL, op;

    if (s.n == 0) return;
    op = op_with(t, OP_TEXT, EL_PARAGRAPH, s);
    if (last != NULL && last->what == OP_TEXT && last->at + last->n == op.at) last->n += op.n;
    else op_add(t, op);
}

/* --- text: mentions and emoji names --- */

/* The length of the handle that s begins with, 0 if it begins with none. */
static size_t handle_length(struct slice s)
{
    size_t n = 0;

    if (s.n == 0 || !is_alnum(s.p[0])) return 0;
    while (n < s.n && (is_alnum(s.p[n]) || is_in(s.p[n], "._-"))) n++;
    if (n < s.n && s.p[n] == '@') return 0;
    /* The full stop of the sentence is not its. */
    while (is_in(s.p[n - 1], "._-")) n--;
    return n <= HANDLE_MAX ? n : 0;
}

static void add_mention(struct tree *t, struct slice handle)
{
    struct op op = op_with(t, OP_MENTION, EL_PARAGRAPH, handle);

    if (t->failed) return;
    for (char *p = t->pool.data + op.at; p < t->pool.data + op.at + op.n; p++) {
        if (is_upper(*p)) *p = (char)(*p - 'A' + 'a');
    }
    op_add(t, op);
}

/* The emoji of the :name: that s begins with, and the length of all that. */
static struct slice shortcode_here(struct slice s, size_t *length)
{
    struct slice found;
    size_t n = 1;

    while (n < s.n && n <= SHORTCODE_MAX && (is_lower(s.p[n]) || is_digit(s.p[n]) || is_in(s.p[n], "_+-"))) n++;
    if (n >= s.n || s.p[n] != ':') return SLICE_NULL;
    found = shortcode_find(slice_make(s.p + 1, n - 1));
    *length = n + 1;
    return found;
}

/* May somebody be mentioned behind this character? Not in an address or path, but in @ada/@bob. */
static bool is_boundary(const struct tree *t, char before, const struct buf *text)
{
    if (before == '/') return text->len == 1 && t->n > 0 && t->ops[t->n - 1].what == OP_MENTION;
    return !is_alnum(before) && !is_in(before, "@_.+-");
}

/* What has been gathered becomes text, with mentions and emoji in their places; in code, as it is. */
static void flush(struct tree *t)
{
    struct slice s = buf_view(&t->pending), emoji;
    struct buf text = BUF_INIT;
    char before = ' ';
    size_t n;

    if (!buf_ok(&t->pending)) t->failed = true;
    if (s.n == 0 || t->failed) return;
    if (t->code) {
        add_text(t, s);
        buf_clear(&t->pending);
        return;
    }
    while (s.n > 0) {
        size_t step = 1;

        if (s.p[0] == ESCAPED) {
            step = s.n > 1 ? 2 : 1;
            if (step == 2) buf_byte(&text, s.p[1]);
        } else if (s.p[0] == ':' && !is_alnum(before) && !is_in(before, ":_") && (emoji = shortcode_here(s, &step)).n > 0) {
            buf_slice(&text, emoji);
            s = slice_make(s.p + step, s.n - step);
            before = ' '; /* another one may follow at once */
            continue;
        } else if (s.p[0] == '@' && t->links == 0 && is_boundary(t, before, &text) &&
                   (n = handle_length(slice_make(s.p + 1, s.n - 1))) > 0) {
            add_text(t, buf_view(&text));
            buf_clear(&text);
            add_mention(t, slice_make(s.p + 1, n));
            step = n + 1;
        } else {
            step = 1;
            buf_byte(&text, s.p[0]);
        }
        before = s.p[step - 1];
        s = slice_make(s.p + step, s.n - step);
    }
    if (!buf_ok(&text)) t->failed = true;
    else add_text(t, buf_view(&text));
    buf_wipe(&text);
    buf_clear(&t->pending);
}

/* --- elements --- */

/* How much room below it an element needs, so that no list is without its items. */
static unsigned room_for(enum element e)
{
    return e == EL_TABLE ? 3 : e == EL_LIST || e == EL_ROW ? 2 : 1;
}

static bool has_room(const struct tree *t, enum element e)
{
    return t->all_skipped == 0 && !t->code && t->depth + room_for(e) <= MARKDOWN_DEPTH;
}

static void element_open(struct tree *t, enum element e, unsigned number, struct slice attribute)
{
    struct op op = op_with(t, OP_OPEN, e, attribute);

    op.number = number;
    op_add(t, op);
    t->open[t->depth++] = e;
}

/* Closes the innermost element. */
static void element_close(struct tree *t)
{
    enum element e = t->open[--t->depth];
    struct op last;

    if (t->failed) return;
    last = t->ops[t->n - 1];
    if (last.what == OP_OPEN && e == EL_LINK) {
        op_add(t, (struct op){.what = OP_TEXT, .at = last.at, .n = last.n}); /* without a text, the address is it */
    } else if (last.what == OP_OPEN && e != EL_RULE && e != EL_ITEM && e != EL_ROW && e != EL_CELL) {
        t->n--; /* nothing in it */
        t->nodes--;
        return;
    }
    op_add(t, (struct op){.what = OP_CLOSE, .element = e});
}

static void enter(struct tree *t, enum element e, unsigned number, struct slice attribute)
{
    flush(t);
    if (has_room(t, e)) {
        element_open(t, e, number, attribute);
        return;
    }
    t->skipped[e]++;
    t->all_skipped++;
    /* The text of one block does not run into that of the next. */
    if (e <= EL_CELL && t->n > 0 && t->ops[t->n - 1].what == OP_TEXT) buf_byte(&t->pending, '\n');
}

/* md4c may leave elements in another order than it entered them (a ~~ in a link, its other half behind): then
 * what is within is closed first, and its own end finds nothing. */
static void leave(struct tree *t, enum element e)
{
    unsigned within = t->depth;

    flush(t);
    if (t->skipped[e] > 0) {
        t->skipped[e]--;
        t->all_skipped--;
        return;
    }
    while (within > 0 && t->open[within - 1] != e) within--;
    while (within > 0 && t->depth >= within) element_close(t);
}

/* --- links --- */

static bool is_unsafe(uint32_t cp)
{
    return cp <= ' ' || cp == 0x7F || (cp >= 0x80 && cp < 0xA1) || cp == '<' || cp == '>' || cp == '"' || cp == '`' || cp == '\\' ||
           cp == 0xAD || cp == 0x61C || (cp >= 0x2000 && cp <= 0x200F) || (cp >= 0x2028 && cp <= 0x202F) ||
           (cp >= 0x205F && cp <= 0x206F) || cp == 0x3000 || cp == 0xFEFF || (cp >= 0xFFF9 && cp <= 0xFFFD) || cp >= 0xE0000;
}

/* http, https and mailto, to a host or person, with no name and password and nothing invisible. */
static bool href_good(struct slice href)
{
    bool mail = slice_starts_nocase(href, SLICE("mailto:"));
    size_t head = mail ? 7 : slice_starts_nocase(href, SLICE("https://")) ? 8 : slice_starts_nocase(href, SLICE("http://")) ? 7 : 0;
    struct slice rest;
    bool at = false;
    uint32_t cp;
    size_t n;

    if (head == 0 || href.n > MARKDOWN_HREF || href.n == head || is_in(href.p[head], "/?#:@.")) return false;
    rest = slice_make(href.p + head, href.n - head);
    for (size_t i = 0; i < rest.n && !is_in(rest.p[i], "/?#"); i++) at |= rest.p[i] == '@';
    if (at != mail) return false;
    while (rest.n > 0) {
        n = utf8_char(rest, &cp);
        if (n == 0 || is_unsafe(cp)) return false;
        rest = slice_make(rest.p + n, rest.n - n);
    }
    return true;
}

/* Appends what was typed where md4c got s. */
static void unmask(const struct tree *t, struct slice s, struct buf *out)
{
    struct mask_entry e;

    while (s.n > 0) {
        const char *next = memchr(s.p, 0xF3, s.n);
        size_t n = next != NULL ? (size_t)(next - s.p) : s.n;

        buf_bytes(out, s.p, n);
        s = slice_make(s.p + n, s.n - n);
        if (s.n == 0) break;
        n = mask_char(t->mask, s, &e) ? MASK_BYTES : 1;
        if (n == MASK_BYTES) buf_slice(out, e.raw);
        else buf_byte(out, s.p[0]);
        s = slice_make(s.p + n, s.n - n);
    }
}

/* A link begins and its text is a link's; false if it has to be shown as it was typed. */
static bool link_open(struct tree *t, struct slice href)
{
    flush(t);
    if (!has_room(t, EL_LINK) || !href_good(href)) return false;
    element_open(t, EL_LINK, 0, href);
    return true;
}

/* An address in the text. */
static void add_address(struct tree *t, const struct mask_entry *e)
{
    struct buf href = BUF_INIT;

    if (e->kind == MASK_WWW) buf_str(&href, "https://");
    if (e->kind == MASK_EMAIL) buf_str(&href, "mailto:");
    buf_slice(&href, e->shown);
    if (t->links == 0 && buf_ok(&href) && link_open(t, buf_view(&href))) {
        t->links++;
        buf_slice(&t->pending, e->shown);
        leave(t, EL_LINK);
        t->links--;
    } else {
        buf_slice(&t->pending, e->raw);
    }
    buf_free(&href);
}

static void enter_link(struct tree *t, const MD_ATTRIBUTE *to)
{
    struct buf href = BUF_INIT;

    if (t->links == 0) {
        unmask(t, slice_make(to->text, to->size), &href);
        t->link_typed = !buf_ok(&href) || !link_open(t, buf_view(&href));
        if (t->link_typed) buf_byte(&t->pending, '[');
    }
    buf_free(&href);
    t->links++;
}

static void leave_link(struct tree *t, const MD_ATTRIBUTE *to)
{
    if (t->links == 1 && !t->link_typed) flush(t); /* while it is a link's text, which mentions nobody */
    if (--t->links > 0) return;
    if (t->link_typed) {
        buf_str(&t->pending, "](");
        unmask(t, slice_make(to->text, to->size), &t->pending);
        buf_byte(&t->pending, ')');
    } else {
        leave(t, EL_LINK);
    }
}

static void enter_code_block(struct tree *t, const MD_BLOCK_CODE_DETAIL *detail)
{
    struct buf b = BUF_INIT;
    struct slice language;

    unmask(t, slice_make(detail->lang.text, detail->lang.size), &b);
    language = buf_view(&b);
    if (language.n > LANGUAGE_MAX) language.n = 0;
    for (size_t i = 0; i < language.n; i++) {
        if (!is_alnum(language.p[i]) && !is_in(language.p[i], "+#._-")) language.n = 0;
    }
    enter(t, EL_CODE_BLOCK, 0, language);
    t->code = true;
    buf_free(&b);
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
    struct tree *t = arg;
    const MD_BLOCK_TABLE_DETAIL *table = detail;
    const MD_BLOCK_LI_DETAIL *item = detail;

    switch (type) {
    case MD_BLOCK_QUOTE: enter(t, EL_QUOTE, 0, SLICE_NULL); break;
    case MD_BLOCK_UL: enter(t, EL_LIST, 0, SLICE_NULL); break;
    case MD_BLOCK_OL: enter(t, EL_LIST, ((MD_BLOCK_OL_DETAIL *)detail)->start + 1, SLICE_NULL); break;
    case MD_BLOCK_LI: enter(t, EL_ITEM, !item->is_task ? 0 : item->task_mark == ' ' ? 1 : 2, SLICE_NULL); break;
    case MD_BLOCK_HR: enter(t, EL_RULE, 0, SLICE_NULL); break;
    case MD_BLOCK_H: enter(t, EL_HEADING, ((MD_BLOCK_H_DETAIL *)detail)->level, SLICE_NULL); break;
    case MD_BLOCK_CODE: enter_code_block(t, detail); break;
    case MD_BLOCK_P: enter(t, EL_PARAGRAPH, 0, SLICE_NULL); break;
    case MD_BLOCK_TABLE:
        if (table->col_count > MARKDOWN_COLUMNS || table->body_row_count > MARKDOWN_ROWS) t->failed = true;
        enter(t, EL_TABLE, 0, SLICE_NULL);
        break;
    case MD_BLOCK_TR: enter(t, EL_ROW, 0, SLICE_NULL); break;
    case MD_BLOCK_TH:
    case MD_BLOCK_TD: enter(t, EL_CELL, (unsigned)((MD_BLOCK_TD_DETAIL *)detail)->align, SLICE_NULL); break;
    case MD_BLOCK_DOC:
    case MD_BLOCK_HTML:
    case MD_BLOCK_THEAD:
    case MD_BLOCK_TBODY: break;
    }
    return t->failed;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
    struct tree *t = arg;

    (void)detail;
    switch (type) {
    case MD_BLOCK_QUOTE: leave(t, EL_QUOTE); break;
    case MD_BLOCK_UL:
    case MD_BLOCK_OL: leave(t, EL_LIST); break;
    case MD_BLOCK_LI: leave(t, EL_ITEM); break;
    case MD_BLOCK_HR: leave(t, EL_RULE); break;
    case MD_BLOCK_H: leave(t, EL_HEADING); break;
    case MD_BLOCK_CODE:
        /* Its last line's end is no part of it. */
        if (t->pending.len > 0 && t->pending.data[t->pending.len - 1] == '\n') t->pending.len--;
        flush(t);
        t->code = false;
        leave(t, EL_CODE_BLOCK);
        break;
    case MD_BLOCK_P: leave(t, EL_PARAGRAPH); break;
    case MD_BLOCK_TABLE: leave(t, EL_TABLE); break;
    case MD_BLOCK_TR: leave(t, EL_ROW); break;
    case MD_BLOCK_TH:
    case MD_BLOCK_TD: leave(t, EL_CELL); break;
    case MD_BLOCK_DOC:
    case MD_BLOCK_HTML:
    case MD_BLOCK_THEAD:
    case MD_BLOCK_TBODY: break;
    }
    return t->failed;
}

static int enter_span(MD_SPANTYPE type, void *detail, void *arg)
{
    struct tree *t = arg;

    switch (type) {
    case MD_SPAN_EM: enter(t, EL_EMPHASIS, 0, SLICE_NULL); break;
    case MD_SPAN_STRONG: enter(t, EL_STRONG, 0, SLICE_NULL); break;
    case MD_SPAN_DEL: enter(t, EL_STRIKE, 0, SLICE_NULL); break;
    case MD_SPAN_A: enter_link(t, &((MD_SPAN_A_DETAIL *)detail)->href); break;
    case MD_SPAN_IMG: enter_link(t, &((MD_SPAN_IMG_DETAIL *)detail)->src); break;
    case MD_SPAN_CODE:
        enter(t, EL_CODE, 0, SLICE_NULL);
        t->code = true;
        break;
    default: break;
    }
    return t->failed;
}

static int leave_span(MD_SPANTYPE type, void *detail, void *arg)
{
    struct tree *t = arg;

    switch (type) {
    case MD_SPAN_EM: leave(t, EL_EMPHASIS); break;
    case MD_SPAN_STRONG: leave(t, EL_STRONG); break;
    case MD_SPAN_DEL: leave(t, EL_STRIKE); break;
    case MD_SPAN_A: leave_link(t, &((MD_SPAN_A_DETAIL *)detail)->href); break;
    case MD_SPAN_IMG: leave_link(t, &((MD_SPAN_IMG_DETAIL *)detail)->src); break;
    case MD_SPAN_CODE:
        flush(t);
        t->code = false;
        leave(t, EL_CODE);
        break;
    default: break;
    }
    return t->failed;
}

/* Had this character a backslash? */
static bool is_escaped(const struct tree *t, const char *p)
{
    const struct buf *out = &t->mask->out;

    return p > out->data && p < out->data + out->len && p[-1] == '\\';
}

static int text(MD_TEXTTYPE type, const MD_CHAR *p, MD_SIZE n, void *arg)
{
    struct tree *t = arg;
    struct slice s = slice_make(p, n);
    struct mask_entry e;

    if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR) {
        buf_byte(&t->pending, '\n');
    } else if (t->code) {
        unmask(t, s, &t->pending);
    } else {
        if (s.n > 0 && is_in(s.p[0], "@:") && is_escaped(t, s.p)) buf_byte(&t->pending, ESCAPED);
        while (s.n > 0) {
            const char *next = memchr(s.p, 0xF3, s.n);
            size_t plain = next != NULL ? (size_t)(next - s.p) : s.n;

            buf_bytes(&t->pending, s.p, plain);
            s = slice_make(s.p + plain, s.n - plain);
            if (s.n == 0) break;
            plain = mask_char(t->mask, s, &e) ? MASK_BYTES : 1;
            if (plain == 1) buf_byte(&t->pending, s.p[0]);
            else if (e.kind == MASK_LITERAL) buf_slice(&t->pending, e.raw);
            else add_address(t, &e);
            s = slice_make(s.p + plain, s.n - plain);
        }
    }
    return t->failed;
}

bool tree_make(struct tree *t, const struct mask *m)
{
    static const MD_PARSER parser = {
        .flags = FLAGS, .enter_block = enter_block, .leave_block = leave_block,
        .enter_span = enter_span, .leave_span = leave_span, .text = text,
    };

    *t = (struct tree){.mask = m, .pool = BUF_INIT, .pending = BUF_INIT};
    if (m->out.len > UINT32_MAX / 4 || md_parse(m->out.data, (MD_SIZE)m->out.len, &parser, t) != 0) t->failed = true;
    return !t->failed && buf_ok(&t->pool) && buf_ok(&t->pending);
}

void tree_free(struct tree *t)
{
    buf_wipe(&t->pool);
    buf_wipe(&t->pending);
    free(t->ops);
    *t = (struct tree){.mask = NULL};
}
