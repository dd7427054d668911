/* What a chat message means by its marks, before md4c sees it:
 *
 *  - An address is a link, whatever marks stand in it.
 *  - A quote ends with its line, not with the paragraph. No line under a text makes it a heading.
 *  - A lone list mark, a year at the start of a line, a single ~, [word]: and < are just that.
 *  - A tab in code stays one.
 *  - A backslash keeps its place except before a mark that it takes away.
 *  - Controls are shown as U+FFFD, and a carriage return is no more than a line's end.
 *
 * One pass with bounded looks ahead and back, so linear. */
#include "markdown_private.h"

#include "utf8.h"

#include <stdlib.h>

enum {
    FIRST = 0xF0000, /* plane 15; the first 128 stand for ASCII characters, the others for entries */
    ASCII = 0x80,
    ENTRIES = 0xFF00 - ASCII,
    LAST = 0xFFFFD,
    REPLACEMENT = 0xFFFD,
    LOCAL_MAX = 64,   /* before the @ of an address */
    DOMAIN_MAX = 253, /* and behind it */
    LANGUAGE_MAX = 32,
    YEAR_DIGITS = 4, /* a list that begins with so many digits is no list */
};

enum line { LINE_BLANK, LINE_TEXT, LINE_QUOTE, LINE_OTHER };

struct masker {
    struct mask *m;
    struct slice text;
    size_t at;
    size_t floor;     /* what is masked ends here: from here to at, text and out are the same bytes */
    size_t hide_at;   /* a character that is to be literal */
    size_t break_at;  /* where a line must end */
    size_t no_links;  /* an address up to here has been refused */
    enum line last;   /* the line before */
    char fence;       /* ` or ~ while in a fenced block that no quote contains */
    size_t n_fence;
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_alnum(char c) { return is_digit(c) || is_letter(c); }
static bool is_high(char c) { return (unsigned char)c >= 0x80; }
static bool is_in(char c, const char *set) { return c != '\0' && strchr(set, c) != NULL; }

static struct slice from(struct slice s, size_t n)
{
    return slice_make(s.p + n, s.n - n);
}

/* The number of bytes at the start of s that are in set. */
static size_t run_of(struct slice s, const char *set)
{
    size_t n = 0;

    while (n < s.n && is_in(s.p[n], set)) n++;
    return n;
}

/* --- what stands in place of others --- */

static void put_point(struct buf *out, uint32_t cp)
{
    if (cp >= 0x10000) {
        buf_byte(out, (char)(0xF0 | cp >> 18));
        buf_byte(out, (char)(0x80 | (cp >> 12 & 63)));
    } else {
        buf_byte(out, (char)(0xE0 | cp >> 12));
    }
    buf_byte(out, (char)(0x80 | (cp >> 6 & 63)));
    buf_byte(out, (char)(0x80 | (cp & 63)));
}

static void put_literal(struct masker *k, char c)
{
    put_point(&k->m->out, FIRST + (uint32_t)(unsigned char)c);
}

static void put_entry(struct masker *k, enum mask_kind kind, struct slice raw, struct slice shown)
{
    struct mask *m = k->m;

    if (m->n == m->cap && m->n < ENTRIES) {
        size_t cap = m->cap ? m->cap * 2 : 16;
        struct mask_entry *grown = realloc(m->entries, cap * sizeof *grown);

        if (grown == NULL) {
            m->out.failed = true;
            return;
        }
        m->entries = grown;
        m->cap = cap;
    }
    if (m->n == ENTRIES) {
        put_point(&m->out, REPLACEMENT);
        return;
    }
    put_point(&m->out, FIRST + ASCII + (uint32_t)m->n);
    m->entries[m->n++] = (struct mask_entry){.kind = kind, .raw = raw, .shown = shown};
}

bool mask_char(const struct mask *m, struct slice s, struct mask_entry *e)
{
    /* Where a slice of one ASCII character can point. */
    static const char ascii[] = "\t !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
    uint32_t cp;

    if (s.n < MASK_BYTES || (unsigned char)s.p[0] != 0xF3 || utf8_char(s, &cp) != MASK_BYTES || cp < FIRST) return false;
    cp -= FIRST;
    if (cp < ASCII) {
        if (cp != '\t' && (cp < ' ' || cp > '~')) return false;
        e->kind = MASK_LITERAL;
        e->raw = e->shown = slice_make(ascii + (cp == '\t' ? 0 : cp - ' ' + 1), 1);
        return true;
    }
    if (cp - ASCII >= m->n) return false;
    *e = m->entries[cp - ASCII];
    return true;
}

/* --- lines --- */

static struct slice line_of(const struct masker *k)
{
    const char *start = k->text.p + k->at, *end = memchr(start, '\n', k->text.n - k->at);

    return slice_make(start, end != NULL ? (size_t)(end - start) : k->text.n - k->at);
}

/* The length of the list mark that s begins with, 0 if there is none. */
static size_t list_mark(struct slice s)
{
    size_t n = run_of(s, "0123456789");

    if (n > 0) return n <= 9 && n < s.n && is_in(s.p[n], ".)") ? n + 1 : 0;
    return s.n > 0 && is_in(s.p[0], "-+*") ? 1 : 0;
}

static bool is_language(struct slice s)
{
    if (s.n == 0 || s.n > LANGUAGE_MAX) return false;
    for (size_t i = 0; i < s.n; i++) {
        if (!is_alnum(s.p[i]) && !is_in(s.p[i], "+#._-")) return false;
    }
    return true;
}

/* A fence opens in `rest`, a line without what stands before it. */
static bool fence_opens(struct masker *k, struct slice rest)
{
    size_t n;

    if (rest.n < 3 || !is_in(rest.p[0], "`~")) return false;
    n = run_of(rest, rest.p[0] == '`' ? "`" : "~");
    if (n < 3 || (rest.p[0] == '`' && memchr(rest.p + n, '`', rest.n - n) != NULL)) return false;
    k->fence = rest.p[0];
    k->n_fence = n;
    rest = slice_trim(from(rest, n));
    /* What is no language is the first line of the code, as people type it. */
    if (rest.n > 0 && !is_language(rest)) k->break_at = (size_t)(rest.p - k->text.p);
    return true;
}

/* A line in a fence: does it close it? */
static void fence_line(struct masker *k, struct slice line)
{
    const char set[2] = {k->fence, '\0'};
    struct slice rest = slice_trim(line);
    size_t n = run_of(rest, set), tail = 0;

    if (n >= k->n_fence && n == rest.n) {
        k->fence = '\0';
        return;
    }
    /* At the end of the very last line, people close it behind the code. */
    while (tail < rest.n && rest.p[rest.n - 1 - tail] == k->fence) tail++;
    if (k->fence == '`' && tail == k->n_fence && slice_trim(slice_make(line.p + line.n, k->text.n - k->at - line.n)).n == 0) {
        k->break_at = (size_t)(rest.p + rest.n - tail - k->text.p);
        k->fence = '\0';
    }
}

/* Hides the mark of a line that means no markup, and says what the line is. */
static enum line line_kind(struct masker *k, struct slice rest)
{
    size_t mark, n;
    const size_t here = (size_t)(rest.p - k->text.p);

    if (rest.n == 0) return LINE_BLANK;
    if (rest.p[0] == '#') {
        if (slice_trim(from(rest, run_of(rest, "#"))).n == 0) k->hide_at = here;
        return LINE_OTHER;
    }
    n = run_of(rest, rest.p[0] == '=' ? "=" : "-");
    if (n > 0 && slice_trim(from(rest, n)).n == 0 && (k->last == LINE_TEXT || n == 1)) {
        k->hide_at = here;
        return LINE_TEXT;
    }
    mark = list_mark(rest);
    if (mark == 0 || (mark < rest.n && !is_in(rest.p[mark], " \t"))) return rest.p[0] == '|' ? LINE_OTHER : LINE_TEXT;
    if (mark < rest.n && mark <= YEAR_DIGITS) return LINE_OTHER;
    k->hide_at = here + mark - 1;
    return LINE_TEXT;
}

static void line_starts(struct masker *k)
{
    struct slice line = line_of(k), rest = from(line, run_of(line, " \t"));
    /* Of >_< and >:( there is no quote. */
    bool quote = rest.n > 0 && rest.p[0] == '>' && (rest.n == 1 || !is_in(rest.p[1], "_.:;=<(-"));
    enum line kind;
    size_t mark;

    if (k->fence != '\0') {
        fence_line(k, line);
        k->last = LINE_OTHER;
        return;
    }
    if (k->last == LINE_QUOTE && rest.n > 0 && !quote) {
        buf_byte(&k->m->out, '\n');
        k->floor = k->at;
        k->last = LINE_BLANK;
    }
    if (rest.n > 0 && rest.p[0] == '>' && !quote) {
        k->hide_at = (size_t)(rest.p - k->text.p);
        k->last = LINE_TEXT;
        return;
    }
    while (rest.n > 0 && is_in(rest.p[0], "> \t")) rest = from(rest, 1);
    mark = list_mark(rest);
    if (!quote && (fence_opens(k, rest) || (mark > 0 && fence_opens(k, from(rest, mark + run_of(from(rest, mark), " ")))))) {
        k->last = LINE_OTHER;
        return;
    }
    kind = line_kind(k, slice_trim(rest));
    k->last = quote ? LINE_QUOTE : kind;
}

/* --- addresses --- */

/* May this character stand in an address? Blanks, invisible ones and the full stops and brackets of CJK may not. */
static bool in_address(uint32_t cp)
{
    return !(cp < 0xA1 || cp == 0xAD || cp == 0x61C || cp == 0x1680 || cp == 0x180E || (cp >= 0x2000 && cp <= 0x200F) ||
             (cp >= 0x2018 && cp <= 0x201F) || (cp >= 0x2028 && cp <= 0x202F) || (cp >= 0x205F && cp <= 0x206F) ||
             (cp >= 0x3000 && cp <= 0x303F) || cp == 0xFEFF || (cp >= 0xFF01 && cp <= 0xFF0F) || (cp >= 0xFF1A && cp <= 0xFF20) ||
             (cp >= 0xFFF9 && cp <= 0xFFFD) || cp >= 0xE0000);
}

/* Where the address that begins s ends. Brackets of the sentence around it are not part of it. */
static size_t address_end(struct slice s, size_t at)
{
    unsigned open[3] = {0, 0, 0};
    static const char opening[] = "([{", closing[] = ")]}";

    while (at < s.n) {
        char c = s.p[at];
        size_t n = 1;
        uint32_t cp;

        if (is_high(c)) {
            n = utf8_char(from(s, at), &cp);
            if (n == 0 || !in_address(cp)) break;
        } else if (c <= ' ' || c == 0x7F || is_in(c, "<>\"`\\|^")) {
            break;
        } else if (is_in(c, "*~") && at + 1 < s.n && s.p[at + 1] == c) {
            break;
        } else if (is_in(c, opening)) {
            open[strchr(opening, c) - opening]++;
        } else if (is_in(c, closing)) {
            if (open[strchr(closing, c) - closing] == 0) break;
            open[strchr(closing, c) - closing]--;
        }
        at += n;
    }
    while (at > 0 && is_in(s.p[at - 1], ".,;:!?*_~'")) at--;
    return at;
}

/* Is there a host, and nobody's name and password before it? */
static bool host_good(struct slice s, bool dotted)
{
    size_t n = 0;
    bool dot = false;

    while (n < s.n && !is_in(s.p[n], "/?#")) {
        if (s.p[n] == '@') return false;
        if (s.p[n] == '.' && n > 0 && n + 1 < s.n && (is_alnum(s.p[n + 1]) || is_high(s.p[n + 1]))) dot = true;
        n++;
    }
    return n > 0 && (is_alnum(s.p[0]) || is_high(s.p[0]) || s.p[0] == '[') && (dot || !dotted);
}

/* A web address here? Then it has been put. */
static bool take_web(struct masker *k)
{
    struct slice s = from(k->text, k->at);
    size_t head = slice_starts_nocase(s, SLICE("https://")) ? 8 : slice_starts_nocase(s, SLICE("http://")) ? 7 : 0, end, start = k->at;
    bool www = head == 0 && slice_starts_nocase(s, SLICE("www.")), angle;
    char before = k->at > 0 ? k->text.p[k->at - 1] : ' ';

    if ((head == 0 && !www) || is_alnum(before) || before == '@' || k->at < k->no_links) return false;
    if (www) head = 4;
    end = address_end(s, head);
    if (end <= head || end > MARKDOWN_HREF || !host_good(slice_make(s.p + head, end - head), www)) {
        k->no_links = k->at + (end > head ? end : head);
        return false;
    }
    /* <https://…> is shown without the brackets, unless it is where a link goes: [text](<https://…>). */
    angle = before == '<' && k->floor == k->at && end < s.n && s.p[end] == '>';
    if (angle) {
        k->m->out.len -= MASK_BYTES;
        start--;
    }
    put_entry(k, www ? MASK_WWW : MASK_URL, slice_make(k->text.p + start, (size_t)angle * 2 + end), slice_make(s.p, end));
    k->at += end + (size_t)angle;
    k->floor = k->at;
    return true;
}

/* The bytes of the domain that s begins with, 0 if it is none. */
static size_t domain_length(struct slice s)
{
    size_t n = 0, label = 0;
    bool dot = false;

    while (n < s.n && n < DOMAIN_MAX && (is_alnum(s.p[n]) || is_in(s.p[n], ".-"))) n++;
    while (n > 0 && is_in(s.p[n - 1], ".-")) n--;
    if (n == 0 || !is_alnum(s.p[0])) return 0;
    for (size_t i = 0; i < n; i++) {
        if (s.p[i] == '.') {
            dot = true;
            label = 0;
        } else {
            label = is_letter(s.p[i]) ? label + 1 : 0;
        }
    }
    if (!dot || label < 2) return 0;
    /* Of something longer: a git address, a package. */
    if (n < s.n && (is_in(s.p[n], "@/_") || (s.p[n] == ':' && n + 1 < s.n && (is_alnum(s.p[n + 1]) || is_in(s.p[n + 1], "/~"))))) return 0;
    return n;
}

/* At an @: an e-mail address around it? Then its first part, already put, is taken back. */
static bool take_email(struct masker *k)
{
    size_t local = 0, domain;
    const char *p = k->text.p;

    if (k->at < k->no_links) return false;
    while (local < LOCAL_MAX && k->at - local > k->floor && (is_alnum(p[k->at - local - 1]) || is_in(p[k->at - local - 1], "._%+-"))) local++;
    while (local > 0 && !is_alnum(p[k->at - local])) local--;
    if (local == 0 || (k->at - local > 0 && is_in(p[k->at - local - 1], "/@"))) return false;
    domain = domain_length(from(k->text, k->at + 1));
    if (domain == 0) return false;
    k->m->out.len -= local;
    put_entry(k, MASK_EMAIL, slice_make(p + k->at - local, local + 1 + domain), slice_make(p + k->at - local, local + 1 + domain));
    k->at += 1 + domain;
    k->floor = k->at;
    return true;
}

/* --- characters --- */

static void copy(struct masker *k, size_t n)
{
    buf_bytes(&k->m->out, k->text.p + k->at, n);
    k->at += n;
}

static void hide(struct masker *k)
{
    put_literal(k, k->text.p[k->at]);
    k->floor = ++k->at;
}

static void take_backslash(struct masker *k)
{
    static const struct slice shrug = {"\xC2\xAF\\_(\xE3\x83\x84)_/\xC2\xAF", 13};
    char next = k->at + 1 < k->text.n ? k->text.p[k->at + 1] : '\0';

    if (k->at >= 2 && slice_starts(from(k->text, k->at - 2), shrug)) {
        struct slice arms = slice_make(k->text.p + k->at, shrug.n - 2);
        put_entry(k, MASK_LITERAL, arms, arms);
        k->at += arms.n;
        k->floor = k->at;
    } else if (is_in(next, "*_~`[]#>|@:-+")) {
        copy(k, 2);
        k->floor = k->at;
    } else {
        hide(k);
        if (next == '\\') hide(k);
    }
}

static void take_high(struct masker *k)
{
    uint32_t cp = 0;
    size_t n = utf8_char(from(k->text, k->at), &cp);

    if (n == 0 || (cp >= 0x80 && cp < 0xA0)) {
        put_point(&k->m->out, REPLACEMENT);
        k->at += n > 0 ? n : 1;
        k->floor = k->at;
    } else if (cp >= FIRST && cp <= LAST) {
        struct slice raw = slice_make(k->text.p + k->at, n);
        put_entry(k, MASK_LITERAL, raw, raw);
        k->at += n;
        k->floor = k->at;
    } else {
        copy(k, n);
    }
}

static void take_control(struct masker *k)
{
    char c = k->text.p[k->at];

    if (c == '\r') {
        if (k->at + 1 == k->text.n || k->text.p[k->at + 1] != '\n') buf_byte(&k->m->out, '\n');
    } else {
        put_point(&k->m->out, REPLACEMENT);
    }
    k->floor = ++k->at;
}

static void take(struct masker *k)
{
    char c = k->text.p[k->at], before = k->at > 0 ? k->text.p[k->at - 1] : '\n';
    size_t n;

    if (k->at == k->hide_at) {
        hide(k);
    } else if (is_high(c)) {
        take_high(k);
    } else if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7F) {
        take_control(k);
    } else if (is_in(c, "hHwW") && take_web(k)) {
        return;
    } else if (c == '@' && take_email(k)) {
        return;
    } else if (c == '\\') {
        take_backslash(k);
    } else if ((c == '\t' && k->fence != '\0') || (c == ':' && before == ']') || (c == '<' && !(before == '(' && k->at > 1 && k->text.p[k->at - 2] == ']'))) {
        hide(k);
    } else if (c == '~') {
        n = run_of(from(k->text, k->at), "~");
        if (n == 1) hide(k);
        else copy(k, n);
    } else {
        copy(k, 1);
    }
}

bool mask_make(struct mask *m, struct slice text)
{
    struct masker k = {.m = m, .text = text, .hide_at = SIZE_MAX, .break_at = SIZE_MAX};
    bool fresh = true;

    *m = (struct mask){.out = BUF_INIT};
    while (k.at < text.n && buf_ok(&m->out)) {
        if (fresh) line_starts(&k);
        if (k.at == k.break_at) {
            buf_byte(&m->out, '\n');
            k.floor = k.at;
            k.break_at = SIZE_MAX;
        }
        fresh = text.p[k.at] == '\n';
        take(&k);
    }
    /* md4c is told the length, but searches with strcspn(), which wants a string. */
    return buf_cstr(&m->out) != NULL;
}

void mask_free(struct mask *m)
{
    buf_wipe(&m->out);
    free(m->entries);
    *m = (struct mask){.out = BUF_INIT};
}
