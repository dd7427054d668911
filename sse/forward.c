#include "forward.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "frames.h"
#include "json.h"
#include "log.h"
#include "relay.h"
#include "wire.h"

enum { DEPTH = JSON_DEPTH, CONNECT_MS = 3000, CONNECTIONS = 16, IDLE_S = 3, CLIENT_ID_MAX = 200 };

struct send {
    struct send *next;
    int64_t room;
    char *client_id, *body;
    size_t n_body;
};

/* What a connection has under way; it outlives the connection while its request does. */
struct forward {
    struct forward *next, **prev; /* all of them */
    struct conn *conn; /* NULL: gone */
    struct send *head, **tail; /* the first is in flight while easy is set */
    unsigned n;
    CURL *easy;
    struct curl_slist *headers;
    struct buf answer;
    long retry_after_s;
};

struct socket_watch {
    struct watch watch;
};

const char *const forward_more[FORWARD_MORE] = {"thread", "in_room", "files"};

static struct {
    struct pushd *app;
    CURLM *multi;
    struct timer timer;
    struct forward *all;
    unsigned pending;
} self;

unsigned forward_pending(void)
{
    return self.pending;
}

/* --- answers to the client --- */

static void tell(struct conn *c, const char *name, const struct buf *json)
{
    struct buf b = BUF_INIT;

    if (c == NULL || !buf_ok(json)) return;
    wire_event(FORMAT_WS, &b, name, buf_view(json));
    conn_send_buf(c, &b);
    buf_wipe(&b);
}

static void tell_error(struct conn *c, const struct frames_error *e)
{
    struct buf b = BUF_INIT;

    frames_error_json(&b, e);
    tell(c, "error", &b);
    buf_free(&b);
}

static void tell_away(struct conn *c, const char *client_id)
{
    struct frames_error e = {.problem = PROBLEM_unavailable, .detail = "The message could not be handed on; try again.",
                             .retry_after_ms = wire_spread(1000), .client_id = slice_str(client_id)};

    metric_add(METRIC_relay_failed, 1);
    tell_error(c, &e);
}

/* A value of jansson's, as it is. */
static bool put_json(struct json *j, const char *key, const json_t *v)
{
    char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);

    if (text == NULL) return false;
    json_key(j, key);
    json_splice(j, slice_str(text));
    free(text);
    return true;
}

static bool tell_ack(struct conn *c, const char *client_id, const json_t *root)
{
    const json_t *message = json_object_get(root, "message");
    struct buf b = BUF_INIT;
    struct json j;
    bool good;

    if (!json_is_object(message)) return false;
    json_start(&j, &b);
    json_begin_object(&j);
    json_kv_str(&j, "event", "ack");
    json_kv_str(&j, "client_id", client_id);
    good = put_json(&j, "message", message);
    json_end(&j);
    good = json_done(&j) && good;
    if (good) tell(c, "ack", &b);
    buf_wipe(&b);
    return good;
}

/* A problem document of the handlers, handed through by what we know of it. */
static bool tell_problem(struct conn *c, const char *client_id, const json_t *root, long retry_after_s)
{
    const char *type = json_string_value(json_object_get(root, "type"));
    const json_t *detail = json_object_get(root, "detail");
    struct frames_error e = {.detail = json_string_value(detail), .retry_after_ms = retry_after_s * 1000, .client_id = slice_str(client_id)};
    static const char prefix[] = "/problems/";

    if (type == NULL || strncmp(type, prefix, sizeof prefix - 1) != 0) return false;
    for (int p = PROBLEM_NONE + 1; p < PROBLEM_COUNT; p++) {
        if (strcmp(problem_name((enum problem)p), type + sizeof prefix - 1) == 0) e.problem = (enum problem)p;
    }
    if (e.problem == PROBLEM_NONE) return false;
    tell_error(c, &e);
    return true;
}

static void tell_result(struct forward *f, const struct send *s, CURLcode code, long status)
{
    char err[160];
    json_t *root = NULL;
    bool told = false;

    if (code == CURLE_OK && buf_ok(&f->answer)) root = json_parse_strict(buf_view(&f->answer), DEPTH, err, sizeof err);
    if (root != NULL && status >= 200 && status < 300) {
        told = tell_ack(f->conn, s->client_id, root);
    } else if (root != NULL && status >= 400) {
        told = tell_problem(f->conn, s->client_id, root, f->retry_after_s);
    }
    if (told) {
        metric_add(METRIC_relayed, 1);
    } else {
        log_warn("relay: no usable answer", "status=%ld error=%s", status, code == CURLE_OK ? "not the JSON that was expected" : curl_easy_strerror(code));
        tell_away(f->conn, s->client_id);
    }
    json_decref(root);
}

/* --- the queue --- */

static void send_free(struct send *s)
{
    free(s->client_id);
    if (s->body != NULL) crypto_wipe(s->body, s->n_body);
    free(s->body);
    free(s);
}

static void drop_first(struct forward *f)
{
    struct send *s = f->head;

    f->head = s->next;
    if (f->head == NULL) f->tail = &f->head;
    f->n--;
    self.pending--;
    send_free(s);
}

static void end_request(struct forward *f)
{
    if (f->easy != NULL) {
        (void)curl_multi_remove_handle(self.multi, f->easy);
        curl_easy_cleanup(f->easy);
        f->easy = NULL;
    }
    curl_slist_free_all(f->headers);
    f->headers = NULL;
    buf_wipe(&f->answer);
    f->answer = (struct buf){.max = FORWARD_ANSWER_MAX};
    f->retry_after_s = 0;
}

static void forward_free(struct forward *f)
{
    end_request(f);
    while (f->head != NULL) drop_first(f);
    if (f->conn != NULL) f->conn->forward = NULL;
    *f->prev = f->next;
    if (f->next != NULL) f->next->prev = f->prev;
    free(f);
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct forward *f = arg;

    buf_bytes(&f->answer, p, size * n);
    return buf_ok(&f->answer) ? size * n : 0;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
    struct forward *f = arg;
    struct slice line = slice_make(p, size * n), name;
    uint64_t seconds;

    if (slice_cut(&line, ':', &name) && slice_eq_nocase(name, SLICE("Retry-After")) && slice_u64(slice_trim(line), 86400, &seconds)) {
        f->retry_after_s = (long)seconds;
    }
    return size * n;
}

/* relay_url: "http://host/api", or "unix:PATH:/api". Splits it; false when it is neither. */
static bool target(const struct send *s, struct buf *url, struct buf *path, struct buf *socket)
{
    struct slice base = slice_str(self.app->conf->relay_url), prefix;
    const char *p;

    if (slice_starts(base, SLICE("unix:"))) {
        p = memchr(base.p + 5, ':', base.n - 5);
        if (p == NULL) return false;
        prefix = slice_make(p + 1, (size_t)(base.p + base.n - p - 1));
        buf_slice(socket, slice_make(base.p + 5, (size_t)(p - base.p - 5)));
        buf_str(url, "http://localhost");
    } else {
        if (!slice_starts(base, SLICE("http://"))) return false;
        p = memchr(base.p + 7, '/', base.n - 7);
        prefix = p != NULL ? slice_make(p, (size_t)(base.p + base.n - p)) : SLICE_NULL;
        buf_slice(url, slice_make(base.p, base.n - prefix.n));
    }
    while (prefix.n > 0 && prefix.p[prefix.n - 1] == '/') prefix.n--;
    buf_slice(path, prefix);
    buf_fmt(path, "/rooms/%" PRId64 "/messages", s->room);
    buf_slice(url, buf_view(path));
    return buf_ok(url) && buf_ok(path) && buf_ok(socket);
}

static bool add_header(struct forward *f, const char *line)
{
    struct curl_slist *more = curl_slist_append(f->headers, line);

    if (more == NULL) return false;
    f->headers = more;
    return true;
}

static bool sign(struct forward *f, const struct send *s, const struct buf *path)
{
    const struct conn *c = f->conn;
    struct relay r = {.tenant = c->subscriber.account->tenant->feed.id, .account = c->subscriber.account->feed.id, .session = c->session,
                      .time = clock_wall() / CLOCK_SECOND};
    struct buf line = BUF_INIT;
    bool good;

    (void)snprintf(r.address, sizeof r.address, "%s", c->address != NULL ? c->address : "-");
    buf_str(&line, RELAY_HEADER ": ");
    good = relay_sign(self.app->keys, &r, SLICE("POST"), buf_view(path), slice_make(s->body, s->n_body), &line) &&
           buf_cstr(&line) != NULL && add_header(f, line.data);
    buf_free(&line);
    /* Without "Expect:" curl waits for a 100 before a longer body. */
    return good && add_header(f, "Content-Type: application/json") && add_header(f, "Expect:") && add_header(f, "Accept: application/json");
}

static bool set_options(struct forward *f, const struct send *s, struct buf *url, struct buf *socket)
{
    CURL *e = f->easy;

    if (buf_cstr(url) == NULL || buf_cstr(socket) == NULL) return false;
    if (socket->len > 0 && curl_easy_setopt(e, CURLOPT_UNIX_SOCKET_PATH, socket->data) != CURLE_OK) return false;
    return curl_easy_setopt(e, CURLOPT_URL, url->data) == CURLE_OK && curl_easy_setopt(e, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_POSTFIELDS, s->body) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)s->n_body) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_HTTPHEADER, f->headers) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK && curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)FORWARD_TIMEOUT_MS) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
           /* A web server closes idle connections after some seconds; curl repeats a request that meets that. */
           curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, (long)IDLE_S) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK && curl_easy_setopt(e, CURLOPT_WRITEDATA, f) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK && curl_easy_setopt(e, CURLOPT_HEADERDATA, f) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_PRIVATE, f) == CURLE_OK;
}

static bool begin_request(struct forward *f)
{
    struct buf url = BUF_INIT, path = BUF_INIT, socket = BUF_INIT;
    bool good = target(f->head, &url, &path, &socket) && sign(f, f->head, &path);

    if (good) f->easy = curl_easy_init();
    good = good && f->easy != NULL && set_options(f, f->head, &url, &socket) && curl_multi_add_handle(self.multi, f->easy) == CURLM_OK;
    buf_free(&url);
    buf_free(&path);
    buf_free(&socket);
    return good;
}

/* Starts the next one; those that cannot be started are answered. */
static void go_on(struct forward *f)
{
    while (f->head != NULL && f->easy == NULL && f->conn != NULL) {
        if (begin_request(f)) return;
        end_request(f);
        tell_away(f->conn, f->head->client_id);
        drop_first(f);
    }
    if (f->easy == NULL) forward_free(f);
}

/* --- curl and our loop --- */

static void collect(void)
{
    int left;
    CURLMsg *m;

    while ((m = curl_multi_info_read(self.multi, &left)) != NULL) {
        struct forward *f = NULL;
        CURLcode code = m->data.result;
        long status = 0;

        if (m->msg != CURLMSG_DONE || curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&f) != CURLE_OK) continue;
        (void)curl_easy_getinfo(m->easy_handle, CURLINFO_RESPONSE_CODE, &status);
        tell_result(f, f->head, code, status);
        end_request(f);
        drop_first(f);
        go_on(f);
    }
}

static void on_socket_ready(struct watch *w, uint32_t events)
{
    int running, what = 0;

    if ((events & (EPOLLIN | EPOLLHUP)) != 0) what |= CURL_CSELECT_IN;
    if ((events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
    if ((events & EPOLLERR) != 0) what |= CURL_CSELECT_ERR;
    (void)curl_multi_socket_action(self.multi, w->fd, what, &running);
    collect();
}

static void on_timer(struct timer *t)
{
    int running;

    (void)t;
    (void)curl_multi_socket_action(self.multi, CURL_SOCKET_TIMEOUT, 0, &running);
    collect();
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *kept)
{
    struct socket_watch *w = kept;
    uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);

    (void)easy;
    (void)arg;
    if (what == CURL_POLL_REMOVE) {
        if (w != NULL) {
            loop_unwatch(self.app->loop, &w->watch);
            (void)curl_multi_assign(self.multi, fd, NULL);
            free(w);
        }
        return 0;
    }
    if (w != NULL) return loop_rewatch(self.app->loop, &w->watch, events) ? 0 : -1;
    w = calloc(1, sizeof *w);
    if (w == NULL) return -1;
    w->watch = (struct watch){.fd = fd, .on = on_socket_ready};
    if (!loop_watch(self.app->loop, &w->watch, events) || curl_multi_assign(self.multi, fd, w) != CURLM_OK) {
        loop_unwatch(self.app->loop, &w->watch);
        free(w);
        return -1;
    }
    return 0;
}

static int on_timeout(CURLM *multi, long ms, void *arg)
{
    (void)multi;
    (void)arg;
    if (ms < 0) {
        loop_timer_stop(self.app->loop, &self.timer);
    } else {
        loop_timer_set(self.app->loop, &self.timer, clock_mono() + (ms > 0 ? ms * 1000 : 1));
    }
    return 0;
}

/* --- the outside --- */

static struct send *make_send(const struct forward_send *from)
{
    struct send *s = calloc(1, sizeof *s);
    struct buf body = BUF_INIT;
    struct json j;
    bool good = true;

    if (s == NULL) return NULL;
    s->room = from->room;
    json_start(&j, &body);
    json_begin_object(&j);
    json_kv_text(&j, "client_id", from->client_id);
    json_kv_text(&j, "text", from->text);
    for (int i = 0; i < FORWARD_MORE; i++) {
        if (from->more[i] != NULL) good = put_json(&j, forward_more[i], from->more[i]) && good;
    }
    json_end(&j);
    s->client_id = strndup(from->client_id.p, from->client_id.n);
    if (!good || !json_done(&j) || s->client_id == NULL) {
        buf_wipe(&body);
        send_free(s);
        return NULL;
    }
    s->body = body.data;
    s->n_body = body.len;
    return s;
}

static struct forward *forward_of(struct conn *c)
{
    struct forward *f = c->forward;

    if (f != NULL) return f;
    f = calloc(1, sizeof *f);
    if (f == NULL) return NULL;
    f->conn = c;
    f->tail = &f->head;
    f->answer.max = FORWARD_ANSWER_MAX;
    f->next = self.all;
    f->prev = &self.all;
    if (f->next != NULL) f->next->prev = &f->next;
    self.all = f;
    c->forward = f;
    return f;
}

void forward_take(struct conn *c, const struct forward_send *from)
{
    struct frames_error e = {.client_id = from->client_id};
    struct forward *f;
    struct send *s;

    if (from->client_id.n > CLIENT_ID_MAX || from->text.p == NULL) {
        e.problem = PROBLEM_invalid;
        e.detail = from->text.p == NULL ? "text must be a string" : "client_id must be a UUID";
        if (from->client_id.n > CLIENT_ID_MAX) e.client_id = SLICE_NULL;
        tell_error(c, &e);
        return;
    }
    f = forward_of(c);
    if (f != NULL && f->n >= FORWARD_QUEUE) {
        e.problem = PROBLEM_too_many;
        e.detail = "Too many messages wait to be stored.";
        e.retry_after_ms = 1000;
        tell_error(c, &e);
        return;
    }
    s = f != NULL ? make_send(from) : NULL;
    if (s == NULL) {
        e.problem = PROBLEM_unavailable;
        tell_error(c, &e);
        if (f != NULL && f->n == 0) forward_free(f);
        return;
    }
    *f->tail = s;
    f->tail = &s->next;
    f->n++;
    self.pending++;
    go_on(f);
}

void forward_forget(struct conn *c)
{
    struct forward *f = c->forward;

    c->forward = NULL;
    f->conn = NULL;
    /* What waits was never answered, so the client sends it again; what is in flight may be stored. */
    while (f->n > 1) {
        struct send *second = f->head->next;

        f->head->next = second->next;
        if (second->next == NULL) f->tail = &f->head->next;
        f->n--;
        self.pending--;
        send_free(second);
    }
    if (f->easy == NULL) forward_free(f);
}

bool forward_start(struct pushd *app)
{
    self.app = app;
    self.timer = (struct timer){.on = on_timer};
    if (curl_global_init(CURL_GLOBAL_NOTHING) != CURLE_OK || !loop_timer_add(app->loop, &self.timer)) return false;
    self.multi = curl_multi_init();
    if (self.multi == NULL) return false;
    return curl_multi_setopt(self.multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
           curl_multi_setopt(self.multi, CURLMOPT_TIMERFUNCTION, on_timeout) == CURLM_OK &&
           curl_multi_setopt(self.multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS) == CURLM_OK &&
           curl_multi_setopt(self.multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS) == CURLM_OK;
}

void forward_stop(void)
{
    /* Connections have forgotten theirs; what is still in flight is given up. */
    while (self.all != NULL) forward_free(self.all);
    if (self.multi != NULL) (void)curl_multi_cleanup(self.multi);
    self.multi = NULL;
    loop_timer_drop(self.app->loop, &self.timer);
    curl_global_cleanup();
}
