#include "receipts.h"

#include <stdlib.h>

#include "json.h"

bool receipts_note(struct receipts *r, int64_t person, int64_t seq, uint32_t most)
{
    /* Rooms in which receipts are told are small, so looking through is all that is needed. */
    for (uint32_t i = 0; i < r->n; i++) {
        if (r->mark[i].person != person) continue;
        /* Marked as unread is the reader's own affair: what was seen has been seen. */
        if (seq > r->mark[i].seq) r->mark[i].seq = seq;
        return true;
    }
    if (r->n >= most) return false;
    if (r->n == r->cap) {
        uint32_t cap = r->cap > 0 ? r->cap * 2 : 4;
        struct receipt *mark = realloc(r->mark, cap * sizeof *mark);

        if (mark == NULL) return false;
        r->mark = mark;
        r->cap = cap;
    }
    r->mark[r->n++] = (struct receipt){person, seq};
    return true;
}

void receipts_json(const struct receipts *r, int64_t room, struct buf *out)
{
    struct json j;

    json_start(&j, out);
    json_begin_object(&j);
    json_kv_str(&j, "event", "message_read");
    json_kv_id(&j, "room", room);
    json_key(&j, "read");
    json_begin_array(&j);
    for (uint32_t i = 0; i < r->n; i++) {
        json_begin_object(&j);
        json_kv_id(&j, "person", r->mark[i].person);
        json_kv_int(&j, "seq", r->mark[i].seq);
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
}

void receipts_free(struct receipts *r)
{
    free(r->mark);
    *r = (struct receipts){0};
}
