/* XMPP over TCP, as far as a reader of group chats goes: SASL PLAIN, bind, join, count messages.
 *
 * A stanza of the opening is awaited by the text that ends it; afterwards only messages are looked at. The token of
 * the people's file is the account's name and its password. */
#include "config.h"

#include "swarm.h"

#include "../tool.h"

#include <inttypes.h>
#include <sodium.h>

enum { STEP_FEATURES, STEP_SUCCESS, STEP_FEATURES_AGAIN, STEP_BOUND, STEP_JOINED };

static const char xmpp_stream[] = "<?xml version='1.0'?><stream:stream to='localhost' xmlns='jabber:client' "
                                  "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";

static void xmpp_hail(struct client *c, struct buf *out)
{
    (void)c;
    buf_str(out, xmpp_stream);
}

static void xmpp_auth(const struct client *c, struct buf *out)
{
    struct buf plain = BUF_INIT;
    char base64[512];

    buf_byte(&plain, '\0');
    buf_str(&plain, c->who->token);
    buf_byte(&plain, '\0');
    buf_str(&plain, c->who->token);
    if (!buf_ok(&plain) || sodium_base64_ENCODED_LEN(plain.len, sodium_base64_VARIANT_ORIGINAL) > sizeof base64) tool_die("a token is too long");
    sodium_bin2base64(base64, sizeof base64, (const unsigned char *)plain.data, plain.len, sodium_base64_VARIANT_ORIGINAL);
    buf_fmt(out, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%s</auth>", base64);
    buf_free(&plain);
}

/* Each client has a nick of its own, its place in the swarm. With a cursor the room is asked for what came since. */
static void xmpp_join(const struct client *c, struct buf *out)
{
    const struct swarm *s = c->swarm;

    buf_fmt(out, "<presence to='r%" PRId64 "@rooms.localhost/n%zu'><x xmlns='http://jabber.org/protocol/muc'><history ",
            s->people.big ? s->people.big : c->who->rooms[0], (size_t)(c - s->clients));
    if (s->cursor) buf_fmt(out, "since='%s'", s->cursor);
    else buf_str(out, "maxstanzas='0'");
    buf_str(out, "/></x></presence>");
}

/* What the step waited for is there. */
static void xmpp_step(struct client *c)
{
    struct buf b = BUF_INIT;

    switch (c->step) {
    case STEP_FEATURES: xmpp_auth(c, &b); break;
    case STEP_SUCCESS: buf_str(&b, xmpp_stream); break;
    case STEP_FEATURES_AGAIN: buf_str(&b, "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"); break;
    default: xmpp_join(c, &b);
    }
    c->step++;
    client_send(c, &b);
    buf_free(&b);
}

static size_t xmpp_opening(struct client *c, struct slice in)
{
    static const char *const ends[] = {"</stream:features>", "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "</stream:features>", "</iq>"};
    const char *end = ends[c->step], *p = memmem(in.p, in.n, end, strlen(end));

    if (p) {
        xmpp_step(c);
        return (size_t)(p - in.p) + strlen(end);
    }
    if (memmem(in.p, in.n, "<failure", 8) || memmem(in.p, in.n, "type='error'", 12) || memmem(in.p, in.n, "<stream:error", 13)) client_refused(c, 401);
    return 0;
}

/* One message stanza. The room's subject is the last that it sends to who joins. One's own message that comes back is the answer: it has been archived. */
static void xmpp_message(struct client *c, struct slice stanza)
{
    if (memmem(stanza.p, stanza.n, "<body>bench ", 12)) {
        client_message(c, stanza);
        if (c->sender && !memmem(stanza.p, stanza.n, "<delay", 6)) {
            struct buf b = BUF_INIT;

            buf_fmt(&b, "/n%zu'", (size_t)(c - c->swarm->clients));
            if (memmem(stanza.p, stanza.n, b.data, b.len)) client_answered(c, true);
            buf_free(&b);
        }
    } else if (memmem(stanza.p, stanza.n, "<subject", 8)) {
        client_ready(c);
    } else if (memmem(stanza.p, stanza.n, "type='error'", 12)) {
        client_answered(c, false);
    }
}

static size_t xmpp_messages(struct client *c, struct slice in)
{
    static const char open[] = "<message ", close[] = "</message>";
    const char *p = in.p, *end = in.p + in.n, *from, *to;

    while (c->state != CLIENT_ENDED && (from = memmem(p, (size_t)(end - p), open, sizeof open - 1))) {
        to = memmem(from, (size_t)(end - from), close, sizeof close - 1);
        if (!to) return (size_t)(from - in.p);
        p = to + sizeof close - 1;
        xmpp_message(c, slice_make(from, (size_t)(p - from)));
    }
    /* Presence and the like is not ours; a message's first bytes may stand at the end. */
    return (size_t)(end - p) >= sizeof open ? in.n - (sizeof open - 2) : (size_t)(p - in.p);
}

static size_t xmpp_take(struct client *c, struct slice in)
{
    size_t done = 0, n;

    while (c->step < STEP_JOINED && c->state != CLIENT_ENDED) {
        n = xmpp_opening(c, slice_make(in.p + done, in.n - done));
        if (n == 0) return done;
        done += n;
    }
    return done + xmpp_messages(c, slice_make(in.p + done, in.n - done));
}

static void xmpp_say(struct client *c, int64_t room, size_t k, struct slice text, struct buf *out)
{
    (void)c;
    buf_fmt(out, "<message to='r%" PRId64 "@rooms.localhost' type='groupchat' id='k%zu'><body>%.*s</body></message>", room, k, SLICE_FMT(text));
}

const struct dialect dialect_xmpp = {.name = "xmpp", .hail = xmpp_hail, .take = xmpp_take, .say = xmpp_say};
