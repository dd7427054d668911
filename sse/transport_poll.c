/* Long-poll: one answer per request. Frames are kept until there is something to tell. */
#include "beacon.h"
#include "conn.h"
#include "greet.h"
#include "http.h"

/* Replaces what was kept by the answer made of it. */
static void answer_with(struct conn *c, const struct buf *b)
{
    struct frame *f = frame_make(b);

    outbox_clear(&c->out);
    c->held = false;
    if (f != NULL) (void)outbox_add(&c->out, f, 0);
    frame_unref(f);
}

static void put_answer(struct conn *c)
{
    struct buf events = BUF_INIT, out = BUF_INIT;
    static const uint8_t none[STREAM_ID];
    struct greeting g = {.format = FORMAT_POLL, .feeds = SLICE("[]"), .token = beacon_token(),
                         .stream = c->stream != NULL ? c->stream->id : none};

    while (!outbox_empty(&c->out)) {
        struct slice s = outbox_front(&c->out);

        buf_slice(&events, s);
        outbox_sent(&c->out, s.n);
    }
    g.events = buf_view(&events);
    if (!buf_ok(&events)) out.failed = true;
    greet_answer(&out, &g);
    answer_with(c, &out);
    buf_free(&events);
    buf_free(&out);
}

static void answer(struct conn *c)
{
    put_answer(c);
    conn_doom(c, FAREWELL_ANSWERED);
}

static void bye(struct conn *c, enum farewell why)
{
    struct buf out = BUF_INIT;

    if (why == FAREWELL_SIGNED_OUT) {
        http_problem(&out, PROBLEM_signed_out, "This session has ended. Sign in again.", 0, SLICE_NULL);
        answer_with(c, &out);
    } else if (why == FAREWELL_INTERNAL || why == FAREWELL_SLOW) {
        /* Something for it could not be kept, and the cursor may be behind that by now: it asks again
         * with the cursor that it has. */
        http_problem(&out, PROBLEM_unavailable, "The server has no room for what came meanwhile.", 1, SLICE_NULL);
        answer_with(c, &out);
    } else {
        /* What it has got so far, with the cursor that goes with it: the next poll goes on from there. */
        put_answer(c);
    }
    buf_free(&out);
}

const struct transport transport_poll = {.name = "poll", .format = FORMAT_POLL, .gauge = METRIC_connections_poll, .held = true,
                                         .answer = answer, .bye = bye};
