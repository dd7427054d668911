/* words.h - the words of a text as search compares them.
 *
 *     struct words w = WORDS_INIT;
 *     if (words_split(&w, text))
 *         for (size_t i = 0; i < w.n; i++) use(words_text(&w, i), w.v[i].from, w.v[i].to);
 *     words_free(&w);
 *
 * A word is a run of letters, marks and digits, normalised: compatibility forms and case are folded
 * (NFKC, casefold), and so are accents of Latin and Greek letters (and of the Russian yo): who looks
 * for "cafe" means "Café" too. Everything else separates, so a handle, a URL or "don't" is several
 * words in a row. Words of one letter are left out; they say nothing. What is longer than WORD_POINTS
 * code points is cut.
 *
 * Scripts that are written without spaces (Han, Kana, Thai, Lao, Khmer, Burmese, Tibetan, Yi) have no words
 * that could be found without a dictionary. There each character with its marks is a word of its own,
 * `glued` to the one before when nothing stands between them; the index has them singly and in pairs, and
 * a search for several is a search for a row of them. Hangul has spaces and is treated as letters, but a
 * single syllable is a word.
 *
 * `struct words` owns its memory, which holds plain text: words_free wipes it.
 */
#ifndef CONFAB_WORDS_H
#define CONFAB_WORDS_H

#include "buf.h"

#define WORD_POINTS 64
#define WORDS_MOST 4000 /* in one text; what follows is not looked at */

struct word {
    uint32_t at, n;      /* where its normalised bytes lie, see words_text */
    uint32_t from, to;   /* bytes of the original text that it stands for */
    uint16_t points;     /* code points, normalised */
    bool unspaced;       /* of a script without spaces */
    bool glued;          /* unspaced, and so is the word before, directly */
    bool syllable;       /* begins with Hangul: one code point is enough for a word */
};

struct words {
    struct word *v;
    size_t n, cap;
    struct buf text; /* the normalised words, one after the other */
    bool failed;
};

#define WORDS_INIT {0}

/* Replaces what `w` holds by the words of valid UTF-8. False without memory. */
bool words_split(struct words *w, struct slice text);
void words_free(struct words *w);

static inline struct slice words_text(const struct words *w, size_t i)
{
    return slice_make(w->text.data + w->v[i].at, w->v[i].n);
}

/* The first `points` code points of a word. */
struct slice word_prefix(struct slice word, unsigned points);

#endif
