#include "request.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

#include "crypto.h"

static struct slice param(const struct io *io, const char *name)
{
    return slice_str(io_param(io, name));
}

/* The last of a comma-separated list: what the nearest proxy wrote. */
static struct slice last_of(struct slice list)
{
    struct slice part, last = SLICE_NULL;

    while (slice_cut(&list, ',', &part)) last = slice_trim(part);
    return last;
}

static bool is_address(struct slice s)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    char text[INET6_ADDRSTRLEN];

    if (s.n == 0 || s.n >= sizeof text) return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static void read_address(struct request *r, const struct io *io, const struct conf *conf)
{
    struct slice forwarded = last_of(param(io, "HTTP_X_FORWARDED_FOR")), remote = param(io, "REMOTE_ADDR");

    if (conf->trust_forwarded && is_address(forwarded)) {
        r->address = forwarded;
    } else {
        r->address = is_address(remote) ? remote : SLICE("-");
    }
}

static void read_scheme(struct request *r, const struct io *io, const struct conf *conf)
{
    struct slice https = param(io, "HTTPS"), forwarded = last_of(param(io, "HTTP_X_FORWARDED_PROTO"));

    r->https = slice_eq_nocase(https, SLICE("on")) || slice_eq(https, SLICE("1")) ||
               slice_eq_nocase(param(io, "REQUEST_SCHEME"), SLICE("https"));
    if (conf->trust_forwarded && forwarded.n > 0) r->https = slice_eq_nocase(forwarded, SLICE("https"));
}

/* Names, addresses and a port: what may be written into an answer or compared with an origin. */
static bool is_host(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr(".-_:[]", c) != NULL) ||
            c == '\0') {
            return false;
        }
    }
    return s.n > 0 && s.n <= 255;
}

static void read_host(struct request *r, const struct io *io)
{
    struct slice host = param(io, "HTTP_HOST"), port = param(io, "SERVER_PORT");

    if (host.n == 0) {
        host = param(io, "SERVER_NAME");
        if (host.n > 0 && port.n > 0) {
            host = slice_str(arena_fmt(r->arena, "%.*s:%.*s", SLICE_FMT(host), SLICE_FMT(port)));
        }
    }
    r->host = is_host(host) ? host : SLICE("");
}

/* "http://host/path" as a proxy's client would send it: only path and query are ours. */
static struct slice without_authority(struct slice target)
{
    struct slice rest = target, scheme;

    if (target.n > 0 && target.p[0] == '/') return target;
    if (!slice_cut(&rest, ':', &scheme) || !slice_starts(rest, SLICE("//"))) return target;
    rest = slice_make(rest.p + 2, rest.n - 2);
    while (rest.n > 0 && rest.p[0] != '/') rest = slice_make(rest.p + 1, rest.n - 1);
    return rest;
}

static void read_target(struct request *r, const struct io *io)
{
    struct slice uri = without_authority(param(io, "REQUEST_URI")), rest;

    if (uri.n == 0) {
        struct slice script = param(io, "SCRIPT_NAME"), info = param(io, "PATH_INFO"), query = param(io, "QUERY_STRING");

        uri = slice_str(arena_fmt(r->arena, "%.*s%.*s%s%.*s", SLICE_FMT(script), SLICE_FMT(info), query.n > 0 ? "?" : "",
                                  SLICE_FMT(query)));
    }
    r->target = rest = uri;
    if (!slice_cut(&rest, '?', &r->path)) r->path = SLICE("");
    r->query = rest;
}

static void read_headers(struct request *r, const struct io *io)
{
    r->authorization = param(io, "HTTP_AUTHORIZATION");
    /* Apache gives the header this name after an internal rewrite. */
    if (r->authorization.n == 0) r->authorization = param(io, "REDIRECT_HTTP_AUTHORIZATION");
    r->cookie = param(io, "HTTP_COOKIE");
    r->origin = param(io, "HTTP_ORIGIN");
    r->fetch_site = param(io, "HTTP_SEC_FETCH_SITE");
    r->relay = param(io, "HTTP_X_CONFAB_RELAY");
    r->agent = param(io, "HTTP_USER_AGENT");
    r->content_type = param(io, "CONTENT_TYPE");
    if (r->content_type.n == 0) r->content_type = param(io, "HTTP_CONTENT_TYPE");
    r->range = param(io, "HTTP_RANGE");
    r->if_range = param(io, "HTTP_IF_RANGE");
    r->if_none_match = param(io, "HTTP_IF_NONE_MATCH");
    r->preflight = param(io, "HTTP_ACCESS_CONTROL_REQUEST_METHOD");
}

enum problem request_read(struct request *r, struct io *io, const struct conf *conf, struct arena *arena)
{
    uint64_t random;

    *r = (struct request){.arena = arena, .body = BUF_INIT};
    crypto_random(&random, sizeof random);
    (void)snprintf(r->id, sizeof r->id, "%016" PRIx64, random);
    r->method = param(io, "REQUEST_METHOD");
    read_target(r, io);
    read_address(r, io, conf);
    read_scheme(r, io, conf);
    read_host(r, io);
    read_headers(r, io);
    switch (io_read_body(io, (size_t)conf->body_max, &r->body)) {
    case IO_BODY_WHOLE: break;
    case IO_BODY_TOO_LARGE: return PROBLEM_too_large;
    case IO_BODY_CUT: r->cut = true; return PROBLEM_NONE;
    case IO_BODY_MALFORMED: return PROBLEM_malformed;
    }
    if (!buf_ok(&r->body)) r->cut = true;
    return r->method.n == 0 || r->path.n == 0 ? PROBLEM_malformed : PROBLEM_NONE;
}

void request_free(struct request *r)
{
    buf_wipe(&r->body);
}

bool request_changes(const struct request *r)
{
    return !slice_eq(r->method, SLICE("GET")) && !slice_eq(r->method, SLICE("HEAD")) && !slice_eq(r->method, SLICE("OPTIONS"));
}

bool request_is_local(const struct request *r)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct slice name = slice_str(names[i]);

        if (r->host.n < name.n || !slice_eq_nocase(slice_make(r->host.p, name.n), name)) continue;
        if (r->host.n == name.n || r->host.p[name.n] == ':') return true;
    }
    return false;
}
