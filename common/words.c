#include "words.h"

#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>

#include "utf8.h"

enum {
    RUN_POINTS = 3 * WORD_POINTS, /* of an original word that are looked at: marks may be many */
};

static bool is_between(uint32_t cp, uint32_t lo, uint32_t hi)
{
    return cp >= lo && cp <= hi;
}

/* Scripts written without spaces between words. */
static bool is_unspaced(uint32_t cp)
{
    static const uint32_t ranges[][2] = {
        {0x0E00, 0x0FFF},   /* Thai, Lao, Tibetan */
        {0x1000, 0x109F},   /* Burmese */
        {0x1780, 0x17FF},   /* Khmer */
        {0x2E80, 0x2FDF},   /* radicals */
        {0x3005, 0x312F},   /* Kana, Bopomofo */
        {0x31A0, 0x31FF},
        {0x3400, 0x4DBF},   /* Han */
        {0x4E00, 0xA4CF},   /* Han, Yi */
        {0xF900, 0xFAFF},
        {0xFF66, 0xFF9F},   /* narrow Kana */
        {0x1B000, 0x1B16F},
        {0x20000, 0x3FFFF},
    };

    if (cp < ranges[0][0]) return false;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (is_between(cp, ranges[i][0], ranges[i][1])) return true;
    }
    return false;
}

static bool is_hangul(uint32_t cp)
{
    return is_between(cp, 0x1100, 0x11FF) || is_between(cp, 0x3130, 0x318F) || is_between(cp, 0xAC00, 0xD7FB) ||
           is_between(cp, 0xFFA0, 0xFFDC);
}

static bool is_mark(uint32_t cp)
{
    if (cp < 0x300) return false;
    /* Voicing marks of narrow Kana are letters by category. */
    return cp == 0xFF9E || cp == 0xFF9F || uc_is_general_category_withtable(cp, UC_CATEGORY_MASK_M);
}

static bool is_word_char(uint32_t cp)
{
    if (cp < 0x80) return is_between(cp, 'a', 'z') || is_between(cp, 'A', 'Z') || is_between(cp, '0', '9');
    return uc_is_general_category_withtable(cp, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_N);
}

/* Invisible inside a word, and no part of it: soft hyphen, joiners. */
static bool is_transparent(uint32_t cp)
{
    return cp == 0xAD || cp == 0x200C || cp == 0x200D || cp == 0x2060 || cp == 0xFEFF;
}

/* Is this mark an accent that people leave out when they search? */
static bool is_accent(uint32_t base, uint32_t mark)
{
    if (!is_between(mark, 0x300, 0x36F)) return false;
    return !is_between(base, 0x400, 0x52F) || (base == 0x435 && mark == 0x308);
}

static void put(struct buf *b, uint32_t cp)
{
    char c[4];

    if (cp < 0x80) {
        buf_byte(b, (char)cp);
    } else if (cp < 0x800) {
        c[0] = (char)(0xC0 | cp >> 6), c[1] = (char)(0x80 | (cp & 63));
        buf_bytes(b, c, 2);
    } else if (cp < 0x10000) {
        c[0] = (char)(0xE0 | cp >> 12), c[1] = (char)(0x80 | (cp >> 6 & 63)), c[2] = (char)(0x80 | (cp & 63));
        buf_bytes(b, c, 3);
    } else {
        c[0] = (char)(0xF0 | cp >> 18), c[1] = (char)(0x80 | (cp >> 12 & 63));
        c[2] = (char)(0x80 | (cp >> 6 & 63)), c[3] = (char)(0x80 | (cp & 63));
        buf_bytes(b, c, 4);
    }
}

/* Drops accents and what cannot be seen from decomposed text. */
static void strip(struct slice s, struct buf *out)
{
    uint32_t cp, base = 0;
    size_t n;

    for (; (n = utf8_char(s, &cp)) > 0; s = slice_make(s.p + n, s.n - n)) {
        if (cp >= 0x80 && uc_is_property_default_ignorable_code_point(cp)) continue;
        if (is_accent(base, cp)) continue;
        if (!is_mark(cp)) base = cp;
        put(out, cp);
    }
}

/* Appends the normalised form of a run. Folding comes twice: some compatibility forms decompose to
 * capitals. Returns false without memory. */
static bool normalise(struct slice run, struct buf *out)
{
    struct buf plain = BUF_INIT;
    uint8_t *once = NULL, *twice = NULL, *whole = NULL;
    size_t n = 0;
    bool ok = false;

    once = u8_casefold((const uint8_t *)run.p, run.n, NULL, UNINORM_NFKD, NULL, &n);
    if (once == NULL) goto out;
    twice = u8_casefold(once, n, NULL, UNINORM_NFKD, NULL, &n);
    if (twice == NULL) goto out;
    strip(slice_make(twice, n), &plain);
    if (!buf_ok(&plain)) goto out;
    if (plain.len > 0) {
        whole = u8_normalize(UNINORM_NFC, (const uint8_t *)plain.data, plain.len, NULL, &n);
        if (whole == NULL) goto out;
        buf_bytes(out, whole, n);
    }
    ok = buf_ok(out);
out:
    free(once);
    free(twice);
    free(whole);
    buf_wipe(&plain);
    return ok;
}

static bool grow(struct words *w)
{
    size_t cap = w->cap > 0 ? 2 * w->cap : 32;
    struct word *v;

    if (w->n < w->cap) return true;
    v = realloc(w->v, cap * sizeof *v);
    if (v == NULL) {
        w->failed = true;
        return false;
    }
    w->v = v;
    w->cap = cap;
    return true;
}

/* Adds the normalised bytes from `at` on, as one word, unless it is too short. */
static void add(struct words *w, size_t at, size_t end, const struct word *like)
{
    struct slice s = slice_make(w->text.data + at, end - at);
    struct word word = *like;
    uint32_t cp = 0;
    size_t n, used = 0;

    /* A mark without a base is no beginning. */
    while ((n = utf8_char(s, &cp)) > 0 && is_mark(cp)) {
        s = slice_make(s.p + n, s.n - n);
        at += n;
    }
    while (word.points < WORD_POINTS && (n = utf8_char(slice_make(s.p + used, s.n - used), &cp)) > 0) {
        if (word.points == 0) word.syllable = is_hangul(cp);
        used += n;
        word.points++;
    }
    if (word.points == 0 || (word.points == 1 && !word.unspaced && !word.syllable)) return;
    if (w->n == WORDS_MOST || !grow(w)) return;
    word.at = (uint32_t)at;
    word.n = (uint32_t)used;
    w->v[w->n++] = word;
}

/* What has been appended from `at` on may have fallen into pieces ("1/2" out of one sign). */
static void add_pieces(struct words *w, size_t at, const struct word *like)
{
    size_t begin = at, here = at, n;
    uint32_t cp;

    while (here < w->text.len && (n = utf8_char(slice_make(w->text.data + here, w->text.len - here), &cp)) > 0) {
        if (!is_word_char(cp)) {
            add(w, begin, here, like);
            begin = here + n;
        }
        here += n;
    }
    add(w, begin, here, like);
}

struct run {
    size_t end;    /* of the run in the text */
    size_t looked; /* so much of it is looked at */
    bool ascii, unspaced;
};

/* The run that begins at `from`, with a word character. */
static struct run find_run(struct slice text, size_t from)
{
    struct run r = {.end = from, .looked = from, .ascii = true};
    unsigned points = 0;
    uint32_t cp;
    size_t n;

    while ((n = utf8_char(slice_make(text.p + r.end, text.n - r.end), &cp)) > 0) {
        if (points > 0 && (r.unspaced ? !is_mark(cp) : is_unspaced(cp) && !is_mark(cp))) break;
        if (!is_word_char(cp) && (points == 0 || !is_transparent(cp))) break;
        if (points == 0) r.unspaced = is_unspaced(cp);
        if (cp >= 0x80) r.ascii = false;
        r.end += n;
        if (points++ < RUN_POINTS) r.looked = r.end;
    }
    return r;
}

static void take_run(struct words *w, struct slice text, size_t from, const struct run *r, bool glued)
{
    struct word like = {.from = (uint32_t)from, .to = (uint32_t)r->end, .unspaced = r->unspaced, .glued = glued};
    size_t at = w->text.len;

    if (r->ascii) {
        for (size_t i = from; i < r->looked; i++) {
            char c = text.p[i];

            buf_byte(&w->text, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
        }
        if (buf_ok(&w->text)) add(w, at, w->text.len, &like);
    } else if (normalise(slice_make(text.p + from, r->looked - from), &w->text)) {
        if (r->unspaced) {
            add(w, at, w->text.len, &like);
        } else {
            add_pieces(w, at, &like);
        }
    }
    if (!buf_ok(&w->text)) w->failed = true;
}

bool words_split(struct words *w, struct slice text)
{
    size_t at = 0, n, last_unspaced = SIZE_MAX;
    uint32_t cp;

    w->n = 0;
    w->failed = false;
    buf_clear(&w->text);
    if (text.n > UINT32_MAX) return false;
    while (at < text.n && !w->failed && w->n < WORDS_MOST) {
        struct run r;

        n = utf8_char(slice_make(text.p + at, text.n - at), &cp);
        if (n == 0) break;
        if (!is_word_char(cp) || is_mark(cp)) {
            at += n;
            continue;
        }
        r = find_run(text, at);
        take_run(w, text, at, &r, r.unspaced && last_unspaced == at);
        if (r.unspaced) last_unspaced = r.end;
        at = r.end;
    }
    return !w->failed;
}

void words_free(struct words *w)
{
    free(w->v);
    buf_wipe(&w->text);
    *w = (struct words)WORDS_INIT;
}

struct slice word_prefix(struct slice word, unsigned points)
{
    size_t used = 0, n;
    uint32_t cp;

    while (points-- > 0 && (n = utf8_char(slice_make(word.p + used, word.n - used), &cp)) > 0) used += n;
    return slice_make(word.p, used);
}
