/* markdown_private.h - the two steps behind markdown.h.
 *
 * 1. mask_make() copies the text and puts characters of our own (from a private plane of Unicode) in place
 *    of what md4c must not touch: addresses, which become links, and marks that a chat message does not mean
 *    as markup. One such character is an ordinary letter to md4c; mask_char() tells what it stands for,
 *    so that code shows exactly what was typed.
 * 2. tree_make() lets md4c parse the copy and turns its calls into ops, in document order.
 */
#ifndef CONFAB_MARKDOWN_PRIVATE_H
#define CONFAB_MARKDOWN_PRIVATE_H

#include "buf.h"
#include "markdown.h"

enum mask_kind { MASK_LITERAL, MASK_URL, MASK_WWW, MASK_EMAIL };

struct mask_entry {
    enum mask_kind kind;
    struct slice raw;   /* as it was typed */
    struct slice shown; /* without the angle brackets around an address */
};

struct mask {
    struct buf out; /* what md4c gets */
    struct mask_entry *entries;
    size_t n, cap;
};

/* False if there is no memory. Slices of entries point into text or into a table of ours. */
bool mask_make(struct mask *m, struct slice text);
void mask_free(struct mask *m);
/* True if s begins with a character of ours (MASK_BYTES long), with its meaning in *e. */
#define MASK_BYTES 4
bool mask_char(const struct mask *m, struct slice s, struct mask_entry *e);

/* A name for each kind of element; the text is its `kind` on the wire. */
#define TREE_ELEMENTS(X) \
    X(PARAGRAPH, "paragraph") X(HEADING, "heading") X(QUOTE, "quote") X(LIST, "list") X(ITEM, "item") \
    X(CODE_BLOCK, "code_block") X(RULE, "rule") X(TABLE, "table") X(ROW, "row") X(CELL, "cell") \
    X(EMPHASIS, "emphasis") X(STRONG, "strong") X(STRIKE, "strike") X(CODE, "code") X(LINK, "link")

enum element {
#define X(name, kind) EL_##name,
    TREE_ELEMENTS(X)
#undef X
    EL_COUNT
};

enum op_what { OP_OPEN, OP_CLOSE, OP_TEXT, OP_MENTION };

struct op {
    enum op_what what;
    enum element element; /* OPEN, CLOSE */
    unsigned number;      /* heading: level; list: start + 1, or 0; item: 1 open, 2 done; cell: enum align */
    uint32_t at, n;       /* in pool: the text, a link's address, a code block's language, a handle */
};

struct tree {
    const struct mask *mask;
    struct op *ops;
    size_t n, cap;
    struct buf pool;
    struct buf pending; /* text that has not become an op yet; see markdown_tree.c */
    unsigned nodes;
    enum element open[MARKDOWN_DEPTH];
    unsigned depth; /* how many are open */
    /* What was entered and left out, of each kind and together. While something is, all within it is. */
    unsigned skipped[EL_COUNT], all_skipped;
    unsigned links;  /* links and images that we are within */
    bool link_typed; /* the outermost of them is shown as it was typed */
    bool code;       /* within a code span or block */
    bool failed;     /* no memory, or too much of something: there is no tree */
};

/* False: there is no tree. tree_free in any case. */
bool tree_make(struct tree *t, const struct mask *m);
void tree_free(struct tree *t);
static inline struct slice tree_text(const struct tree *t, const struct op *op)
{
    return op->n > 0 ? slice_make(t->pool.data + op->at, op->n) : SLICE_NULL;
}

#endif
