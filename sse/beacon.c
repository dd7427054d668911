#include "beacon.h"

#include "wire.h"

static struct {
    struct buf token;
    struct bundle cursor, heartbeat, plain;
} self;

void beacon_set(struct slice token)
{
    bundle_clear(&self.cursor);
    bundle_clear(&self.heartbeat);
    buf_clear(&self.token);
    buf_slice(&self.token, token);
    /* Without memory for it there is none to hand out, and clients keep the one that they have. */
    if (!buf_ok(&self.token)) buf_clear(&self.token);
}

struct slice beacon_token(void)
{
    return buf_view(&self.token);
}

static struct frame *make(struct bundle *kept, enum format f, void (*put)(enum format, struct buf *, struct slice), struct slice token)
{
    struct buf b = BUF_INIT;

    if (kept->of[f] != NULL) return kept->of[f];
    put(f, &b, token);
    kept->of[f] = frame_make(&b);
    buf_free(&b);
    return kept->of[f];
}

struct frame *beacon_cursor(enum format f)
{
    return make(&self.cursor, f, wire_cursor, beacon_token());
}

struct frame *beacon_heartbeat(enum format f)
{
    return make(&self.heartbeat, f, wire_heartbeat, beacon_token());
}

struct frame *beacon_plain(enum format f)
{
    return make(&self.plain, f, wire_heartbeat, SLICE_NULL);
}

void beacon_free(void)
{
    bundle_clear(&self.cursor);
    bundle_clear(&self.heartbeat);
    bundle_clear(&self.plain);
    buf_free(&self.token);
}
