#include "content.h"

#include <string.h>

void content_write(struct buf *out, const struct content *c)
{
    if (c->files.n > 0 || c->poll.n > 0) {
        buf_byte(out, '\0');
        buf_slice(out, c->files.n > 0 ? c->files : c->poll);
        buf_byte(out, '\0');
    }
    buf_slice(out, c->text);
}

bool content_read(struct slice body, struct content *c)
{
    const char *end;
    struct slice json;

    *c = (struct content){.text = body};
    if (body.n == 0 || body.p[0] != '\0') return body.n == 0 || memchr(body.p, '\0', body.n) == NULL;
    body = slice_make(body.p + 1, body.n - 1);
    end = body.n > 0 ? memchr(body.p, '\0', body.n) : NULL;
    if (end == NULL || end == body.p) return false;
    json = slice_make(body.p, (size_t)(end - body.p));
    if (json.p[0] == '{') {
        c->poll = json;
    } else {
        c->files = json;
    }
    c->text = slice_make(end + 1, body.n - json.n - 1);
    return c->text.n == 0 || memchr(c->text.p, '\0', c->text.n) == NULL;
}

void room_label_write(struct buf *out, const struct room_label *l)
{
    buf_slice(out, l->name);
    if (l->topic.n > 0 || l->description.n > 0) {
        buf_byte(out, '\0');
        buf_slice(out, l->topic);
    }
    if (l->description.n > 0) {
        buf_byte(out, '\0');
        buf_slice(out, l->description);
    }
}

void room_label_read(struct slice plain, struct room_label *l)
{
    *l = (struct room_label){SLICE(""), SLICE(""), SLICE("")};
    (void)slice_cut(&plain, '\0', &l->name);
    (void)slice_cut(&plain, '\0', &l->topic);
    (void)slice_cut(&plain, '\0', &l->description);
}
