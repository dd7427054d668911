/* Server-sent events: we write, and what the client says means nothing. */
#include "conn.h"
#include "wire.h"

static void bye(struct conn *c, enum farewell why)
{
    struct buf json = BUF_INIT, b = BUF_INIT;
    struct frame *f = NULL;
    int64_t retry = wire_spread(1000);

    outbox_cut(&c->out);
    if (farewell_bye(why) != NULL) {
        wire_bye(&json, farewell_bye(why), why == FAREWELL_SIGNED_OUT ? 0 : retry);
        if (why != FAREWELL_SIGNED_OUT) buf_fmt(&b, "retry: %d\n", (int)retry);
        wire_event(FORMAT_SSE, &b, "bye", buf_view(&json));
        if (buf_ok(&json)) f = frame_make(&b);
        if (f != NULL) (void)outbox_add(&c->out, f, 0);
    }
    frame_unref(f);
    buf_free(&json);
    buf_free(&b);
}

const struct transport transport_sse = {.name = "sse", .format = FORMAT_SSE, .gauge = METRIC_connections_sse, .bye = bye};
