/* message_page.h - messages with what belongs to them, as a reader gets them by REST.
 *
 * A page is three statements of one snapshot: the messages, their marks (reactions, threads, pins,
 * saved), and the notices between them. Events on the streams carry a message without marks, since one
 * frame serves everybody.
 */
#ifndef CONFAB_MESSAGE_PAGE_H
#define CONFAB_MESSAGE_PAGE_H

#include "shapes.h"

/* Which page: at most one of the three numbers is not NULL; root 0: the room's own log. */
struct page_want {
    const struct value *before, *after, *around;
    int64_t root;
    int32_t limit;
};

/* Queues the statements of a page in a snapshot. */
void message_page_queue(struct call *c, const struct page_want *w);
/* Takes their results and writes {messages, more_before, more_after, head, notices, root?}. False: decided. */
bool message_page_answer(struct call *c, const struct page_want *w);

/* A message of a list across rooms, with `i` the row; columns from `col`. */
void message_row_json(struct json *j, const PGresult *r, int i, int col, const struct call *c, unsigned *damaged);

#endif
