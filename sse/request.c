#include "request.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>

#include "head_check.h"
#include "sha1.h"
#include "url.h"
#include "utf8.h"

enum { ONCE = 1 };

static const struct {
    const char *name;
    unsigned flags; /* ONCE: a second one is refused */
} names[HEADERS] = {
    [HEADER_AUTHORIZATION] = {"Authorization", ONCE},
    [HEADER_CONNECTION] = {"Connection", 0},
    [HEADER_CONTENT_LENGTH] = {"Content-Length", ONCE},
    [HEADER_CONTENT_TYPE] = {"Content-Type", ONCE},
    [HEADER_COOKIE] = {"Cookie", ONCE},
    [HEADER_FORWARDED_FOR] = {"X-Forwarded-For", 0},
    [HEADER_FORWARDED_PROTO] = {"X-Forwarded-Proto", 0},
    [HEADER_HOST] = {"Host", ONCE},
    [HEADER_LAST_EVENT_ID] = {"Last-Event-ID", ONCE},
    [HEADER_ORIGIN] = {"Origin", ONCE},
    [HEADER_FETCH_SITE] = {"Sec-Fetch-Site", ONCE},
    [HEADER_TRANSFER_ENCODING] = {"Transfer-Encoding", ONCE},
    [HEADER_UPGRADE] = {"Upgrade", 0},
    [HEADER_WS_KEY] = {"Sec-WebSocket-Key", ONCE},
    [HEADER_WS_PROTOCOL] = {"Sec-WebSocket-Protocol", 0},
    [HEADER_WS_VERSION] = {"Sec-WebSocket-Version", ONCE},
};

struct reading {
    struct request *request;
    const char *wrong;
};

static enum MHD_Result read_header(void *arg, enum MHD_ValueKind kind, const char *key, size_t n_key, const char *value, size_t n_value)
{
    struct reading *r = arg;
    struct slice name = slice_make(key, n_key);

    (void)kind;
    if (!head_is_token(name)) r->wrong = "a header's name has characters that it must not have";
    for (int i = 0; i < HEADERS; i++) {
        struct slice *to = &r->request->header[i];

        if (!slice_eq_nocase(name, slice_str(names[i].name))) continue;
        if (to->p != NULL && (names[i].flags & ONCE) != 0) r->wrong = "a header that may come once comes twice";
        /* Of those that may repeat, the last one: what our own proxy has added stands there. */
        *to = slice_make(value != NULL ? value : "", n_value);
    }
    return MHD_YES;
}

const char *request_read(struct request *r, struct MHD_Connection *c)
{
    struct reading reading = {.request = r};
    struct slice te;

    (void)MHD_get_connection_values_n(c, MHD_HEADER_KIND, read_header, &reading);
    te = r->header[HEADER_TRANSFER_ENCODING];
    if (reading.wrong != NULL) return reading.wrong;
    if (te.p != NULL && r->header[HEADER_CONTENT_LENGTH].p != NULL) return "Content-Length and Transfer-Encoding exclude each other";
    if (te.p != NULL && !slice_eq_nocase(slice_trim(te), SLICE("chunked"))) return "the only Transfer-Encoding is chunked";
    return NULL;
}

bool request_has_word(struct slice list, struct slice word)
{
    struct slice part;

    while (slice_cut(&list, ',', &part)) {
        if (slice_eq_nocase(slice_trim(part), word)) return true;
    }
    return false;
}

/* --- who asks --- */

static enum origin_verdict check_origin(const struct request *r, const struct conf *conf)
{
    struct slice origin = r->header[HEADER_ORIGIN], host = r->header[HEADER_HOST];
    struct slice proto = conf->trust_forwarded ? slice_trim(r->header[HEADER_FORWARDED_PROTO]) : SLICE_NULL;
    enum origin_verdict v;

    if (proto.n > 0) return origin_check(origin, proto, host, conf->origins.v, conf->origins.n);
    /* TLS ends in front of us, so we cannot know the scheme; the host is what tells sites apart. */
    v = origin_check(origin, SLICE("https"), host, conf->origins.v, conf->origins.n);
    return v == ORIGIN_FOREIGN ? origin_check(origin, SLICE("http"), host, conf->origins.v, conf->origins.n) : v;
}

struct slice request_cors(const struct request *r, const struct conf *conf)
{
    return check_origin(r, conf) == ORIGIN_ALLOWED ? r->header[HEADER_ORIGIN] : SLICE_NULL;
}

static bool is_foreign(const struct request *r, const struct conf *conf)
{
    struct slice site = slice_trim(r->header[HEADER_FETCH_SITE]);

    switch (check_origin(r, conf)) {
    case ORIGIN_FOREIGN: return true;
    case ORIGIN_ABSENT: return site.n > 0 && !slice_eq_nocase(site, SLICE("same-origin")) && !slice_eq_nocase(site, SLICE("none"));
    default: return false;
    }
}

static bool is_local(struct slice host)
{
    return slice_eq_nocase(host, SLICE("localhost")) || slice_starts_nocase(host, SLICE("localhost:")) ||
           slice_starts_nocase(host, SLICE("127.0.0.1")) || slice_starts_nocase(host, SLICE("[::1]"));
}

/* The proxy says so, or the browser: it names its origin with the scheme, and Sec-Fetch-Site only where
 * nobody on the way can read along. Without either we cannot know. */
static bool over_https(const struct request *r, const struct conf *conf)
{
    struct slice host = slice_trim(r->header[HEADER_HOST]), proto = slice_trim(r->header[HEADER_FORWARDED_PROTO]);

    if (conf->trust_forwarded && proto.n > 0) return slice_eq_nocase(proto, SLICE("https"));
    if (r->header[HEADER_ORIGIN].n > 0) return origin_check(r->header[HEADER_ORIGIN], SLICE("https"), host, NULL, 0) == ORIGIN_SAME;
    return slice_trim(r->header[HEADER_FETCH_SITE]).n > 0 && !is_local(host);
}

/* Over https only the guarded name is set; a plain one was planted by somebody else (cgi/session.c). */
static struct slice own_cookies(const struct request *r, const struct conf *conf)
{
    struct slice cookie = r->header[HEADER_COOKIE];

    return over_https(r, conf) && cookie_get(cookie, SLICE("__Host-confab")).p == NULL ? SLICE_NULL : cookie;
}

enum problem request_who(struct request *r, const struct conf *conf, struct token *token, bool *by_cookie)
{
    bool found = token_from_headers(r->header[HEADER_AUTHORIZATION], own_cookies(r, conf), token, by_cookie);

    r->origin = request_cors(r, conf);
    /* A cookie comes along by itself, whoever made the request; a bearer token is put there on purpose. */
    if (*by_cookie && is_foreign(r, conf)) return PROBLEM_foreign_origin;
    return found ? PROBLEM_NONE : PROBLEM_signed_out;
}

void request_address(const struct request *r, struct MHD_Connection *c, bool trust_forwarded, char out[64])
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *a = info != NULL ? info->client_addr : NULL;
    struct slice list = r->header[HEADER_FORWARDED_FOR], last = SLICE_NULL;

    out[0] = '\0';
    if (trust_forwarded && list.n > 0) {
        while (slice_cut(&list, ',', &last)) {}
        last = slice_trim(last);
        for (size_t i = 0; i < last.n; i++) {
            if (last.p[i] <= ' ' || last.p[i] > '~') return;
        }
        if (last.n < 64) (void)snprintf(out, 64, "%.*s", SLICE_FMT(last));
    } else if (a != NULL && a->sa_family == AF_INET) {
        (void)inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)a)->sin_addr, out, 64);
    } else if (a != NULL && a->sa_family == AF_INET6) {
        (void)inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, out, 64);
    }
}

/* --- what is asked --- */

static enum problem read_cursor(struct slice text, struct keyring *keys, struct admission_request *a)
{
    enum cursor_decoded decoded;

    if (text.n == 0) return PROBLEM_NONE;
    decoded = cursor_decode(text, keys, &a->cursor);
    /* The handlers may know a key that was added a moment ago. */
    if (decoded == CURSOR_FORGED && keyring_reread(keys)) decoded = cursor_decode(text, keys, &a->cursor);
    if (decoded == CURSOR_NO_MEMORY) return PROBLEM_unavailable;
    if (decoded != CURSOR_OK) return PROBLEM_bad_cursor;
    a->has_cursor = true;
    a->cursor_text = text;
    return PROBLEM_NONE;
}

static enum problem read_stream(struct slice text, struct admission_request *a)
{
    size_t n;

    if (text.n == 0) {
        crypto_random(a->stream, sizeof a->stream);
        return PROBLEM_NONE;
    }
    return base64url_decode(text, a->stream, sizeof a->stream, &n) && n == STREAM_ID ? PROBLEM_NONE : PROBLEM_invalid;
}

enum problem request_params(const struct request *r, struct keyring *keys, bool poll, int64_t poll_ms,
                            struct buf *scratch, struct admission_request *a, const char **detail)
{
    struct slice query = r->query, name, value, cursor = SLICE_NULL, stream = SLICE_NULL, last = slice_trim(r->header[HEADER_LAST_EVENT_ID]);
    uint64_t wait = (uint64_t)poll_ms;
    unsigned seen = 0, bit;
    bool bad = false;

    if (buf_reserve(scratch, query.n + 1) == NULL) return PROBLEM_unavailable;
    while (url_query(&query, &name, &value, scratch, &bad)) {
        *detail = "cursor, stream and (for a poll) wait are the parameters, each once";
        if (slice_eq(name, SLICE("cursor"))) {
            cursor = value;
            bit = 1;
        } else if (slice_eq(name, SLICE("stream"))) {
            stream = value;
            bit = 2;
        } else if (poll && slice_eq(name, SLICE("wait"))) {
            if (!slice_u64(value, 3600000, &wait)) return PROBLEM_invalid;
            bit = 4;
        } else {
            return PROBLEM_invalid;
        }
        if ((seen & bit) != 0) return PROBLEM_invalid;
        seen |= bit;
    }
    *detail = bad ? "the query is not well-formed" : NULL;
    if (bad) return PROBLEM_malformed;
    a->wait_ms = wait < (uint64_t)poll_ms ? (int64_t)wait : poll_ms;
    if (read_stream(stream, a) != PROBLEM_NONE) {
        *detail = "stream must be 128 bits in base64url, 22 characters";
        return PROBLEM_invalid;
    }
    /* The browser's own memory of the stream is newer than the address that it began with. */
    return read_cursor(last.n > 0 ? last : cursor, keys, a);
}

/* --- WebSocket --- */

enum problem request_websocket(const struct request *r, const char *version, char accept[29], bool *subprotocol)
{
    struct slice key = slice_trim(r->header[HEADER_WS_KEY]);
    uint8_t raw[16], hash[SHA1_SIZE];
    size_t n;
    struct buf b = BUF_INIT;
    bool made;

    if (!request_has_word(r->header[HEADER_UPGRADE], SLICE("websocket")) || !request_has_word(r->header[HEADER_CONNECTION], SLICE("upgrade")) ||
        strcmp(version, MHD_HTTP_VERSION_1_1) != 0 || !slice_eq(slice_trim(r->header[HEADER_WS_VERSION]), SLICE("13"))) {
        return PROBLEM_upgrade_required;
    }
    if (key.n != 24 || sodium_base642bin(raw, sizeof raw, key.p, key.n, NULL, &n, NULL, sodium_base64_VARIANT_ORIGINAL) != 0 || n != sizeof raw) {
        return PROBLEM_malformed;
    }
    *subprotocol = request_has_word(r->header[HEADER_WS_PROTOCOL], SLICE("confab.v1"));
    buf_slice(&b, key);
    buf_str(&b, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    made = buf_ok(&b);
    if (made) sha1(buf_view(&b), hash);
    buf_free(&b);
    if (!made) return PROBLEM_unavailable;
    (void)sodium_bin2base64(accept, 29, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
    return PROBLEM_NONE;
}
