/* frames.h - what clients say: {"do":"enter","room":"1004"} and so on, by WebSocket or by POST.
 *
 * A table names each frame, its members, and by which way it may come. Everything durable goes to the
 * handlers (forward.h); what is ephemeral is done here and answered through `reply`.
 */
#ifndef CONFAB_FRAMES_H
#define CONFAB_FRAMES_H

#include "problem.h"
#include "stream.h"

struct json_t;

struct frames_client {
    struct stream *stream; /* NULL if there was no memory for one */
    struct conn *conn;     /* by WebSocket; NULL by POST */
    /* May it say so much? light: a kind of frame that comes often. NULL: yes. */
    bool (*allow)(void *arg, bool light);
    void (*reply)(void *arg, const char *name, struct slice json);
    void *arg;
    bool bye;              /* set when the client says that it leaves */
};

/* False when the frame was refused as unknown or malformed (an `error` has been replied). */
bool frames_take(struct frames_client *c, struct slice text);

/* POST /push/frames: what its body says, and to which stream. */
struct frames_post {
    struct json_t *root, *frames; /* root: to be released with frames_post_free */
    uint8_t stream[STREAM_ID];
};
/* PROBLEM_NONE, or why not, with a sentence in detail. */
enum problem frames_post_read(struct frames_post *p, struct slice body, char *detail, size_t n);
void frames_post_free(struct frames_post *p);
/* Takes them all for this stream; appends the answer's body. */
void frames_post_take(const struct frames_post *p, struct stream *s, struct buf *answer);

/* An `error` event; client_id and id may be NULL, retry_after_ms 0. */
struct frames_error {
    enum problem problem;
    const char *detail;
    int64_t retry_after_ms;
    struct slice client_id;
    const struct json_t *id;
};
void frames_error_json(struct buf *out, const struct frames_error *e);

#endif
