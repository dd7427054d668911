/* markdown.h - a message's text as a small tree of nodes: PROTOCOL, "The text as a tree".
 *
 * Once per message, by whoever writes it out:
 *
 *     json_kv_text(&j, "text", text);
 *     markdown_json(&j, text);            // nothing for most messages, which are plain
 *
 * md4c parses; what it takes for Markdown is narrowed to what people in a chat mean (markdown_mask.c),
 * and what it reports becomes a flat list of allow-listed nodes (markdown_tree.c). Raw HTML, entities,
 * images and links to other than http, https and mailto never become anything but text and links.
 * A text that asks for too much (MARKDOWN_... below) has no tree: clients show it as it was typed.
 * Time and memory are linear in the text. The text is UTF-8; of anything else there is no tree.
 */
#ifndef CONFAB_MARKDOWN_H
#define CONFAB_MARKDOWN_H

#include "json.h"

#define MARKDOWN_NODES 2000   /* in a tree */
#define MARKDOWN_DEPTH 16     /* elements within each other; what is deeper becomes text */
#define MARKDOWN_COLUMNS 20   /* of a table */
#define MARKDOWN_ROWS 200     /* of a table, beside its head */
#define MARKDOWN_HREF 2048    /* bytes in a link's address */
#define MARKDOWN_MENTIONS 100 /* distinct people mentioned; further ones are only text to the server */
#define MARKDOWN_BIG 6        /* emoji in a message that is shown large */

/* True if there is nothing in the text that could be markup: no tree is needed, and looking for one would
 * be in vain. */
bool markdown_plain(struct slice text);

/* Writes the members `nodes` (if the tree says more than the text) and `big` (if the text is a few emoji)
 * into the object that is open. */
void markdown_json(struct json *j, struct slice text);

typedef void (*markdown_mention_fn)(void *arg, struct slice handle);
/* Calls fn (NULL: don't) once for each handle that the tree mentions, in lower case; true if it mentions
 * @room. These are the tree's own mention nodes: none in code, none in links, none without a tree. */
bool markdown_mentions(struct slice text, markdown_mention_fn fn, void *arg);

#endif
