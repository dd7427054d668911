#include "frames.h"

#include <jansson.h>
#include <stdio.h>

#include "clock.h"
#include "forward.h"
#include "json.h"
#include "room.h"
#include "show.h"

enum { DEPTH = 8, POST_DEPTH = 10, POST_FRAMES = 64, ID_MAX = 200, SMALL_MAX = 512, PEOPLE_PAGE = 200, BY_WS = 1, BY_POST = 2 };

struct request {
    struct frames_client *client;
    json_t *frame;
    int64_t room;
};

/* A value that a client gave and gets back as it was. */
static void put_value(struct buf *out, const json_t *v)
{
    char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);

    if (text == NULL) {
        out->failed = true;
        return;
    }
    buf_str(out, text);
    free(text);
}

void frames_error_json(struct buf *out, const struct frames_error *e)
{
    struct buf type = BUF_INIT;
    struct json j;

    buf_fmt(&type, "/problems/%s", problem_name(e->problem));
    json_start(&j, out);
    json_begin_object(&j);
    json_kv_str(&j, "event", "error");
    json_kv_text(&j, "type", buf_view(&type));
    json_kv_str(&j, "title", problem_title(e->problem));
    json_kv_int(&j, "status", problem_status(e->problem));
    if (e->detail != NULL) json_kv_str(&j, "detail", e->detail);
    if (e->retry_after_ms > 0) json_kv_int(&j, "retry_after_ms", e->retry_after_ms);
    if (e->client_id.n > 0) json_kv_text(&j, "client_id", e->client_id);
    json_end(&j);
    if (e->id != NULL && json_done(&j)) {
        out->len--;
        buf_str(out, ",\"id\":");
        put_value(out, e->id);
        buf_byte(out, '}');
    }
    buf_free(&type);
}

static struct slice text_of(const json_t *frame, const char *key)
{
    const json_t *v = json_object_get(frame, key);

    return json_is_string(v) ? slice_make(json_string_value(v), json_string_length(v)) : SLICE_NULL;
}

static void reply(struct frames_client *c, const char *name, const struct buf *json)
{
    if (buf_ok(json)) c->reply(c->arg, name, buf_view(json));
}

static void refuse(struct frames_client *c, const json_t *frame, enum problem p, const char *detail)
{
    struct buf b = BUF_INIT;
    const json_t *id = frame != NULL ? json_object_get(frame, "id") : NULL;
    struct frames_error e = {.problem = p, .detail = detail, .id = id};

    if (frame != NULL && json_is_object(frame)) {
        e.client_id = text_of(frame, "client_id");
        if (e.client_id.n > ID_MAX) e.client_id = SLICE_NULL;
    }
    frames_error_json(&b, &e);
    reply(c, "error", &b);
    buf_free(&b);
}

/* --- what can be done; false: refused as malformed --- */

static bool do_ping(struct request *r)
{
    struct buf b = BUF_INIT;
    const json_t *id = json_object_get(r->frame, "id");

    buf_str(&b, "{\"event\":\"pong\"");
    if (id != NULL) {
        buf_str(&b, ",\"id\":");
        put_value(&b, id);
    }
    buf_byte(&b, '}');
    if (b.len > 2 * ID_MAX) {
        refuse(r->client, NULL, PROBLEM_invalid, "id is too long");
        buf_free(&b);
        return false;
    }
    reply(r->client, "pong", &b);
    buf_free(&b);
    return true;
}

/* Those that have a room: is it one of the client's? */
static bool is_member(struct request *r)
{
    if (stream_is_member(r->client->stream, r->room)) return true;
    refuse(r->client, r->frame, PROBLEM_not_found, "There is no such room, or you are not in it.");
    return false;
}

/* The members of a frame that say what the person shows; false: refused. */
static bool read_show(struct request *r, struct show *show, struct buf *name)
{
    const char *detail = NULL;

    if (show_read(show, r->frame, clock_mono(), name, &detail)) return true;
    refuse(r->client, r->frame, PROBLEM_invalid, detail);
    return false;
}

static bool do_enter(struct request *r)
{
    struct buf name = BUF_INIT;
    struct show show;
    bool good = read_show(r, &show, &name);

    if (good && is_member(r)) {
        if (room_enter(r->client->stream, r->room, &show)) {
            room_state(r->room, r->client->stream->account->feed.id, r->client->reply, r->client->arg);
        } else {
            refuse(r->client, r->frame, PROBLEM_too_many, "You are in too many rooms at once.");
        }
    }
    buf_free(&name);
    return good;
}

/* state and move: the same, but for what they may hold and how many may come. */
static bool do_show(struct request *r)
{
    struct buf name = BUF_INIT;
    struct show show;
    bool good = read_show(r, &show, &name);

    if (good && !room_is_inside(r->client->stream, r->room)) {
        refuse(r->client, r->frame, PROBLEM_conflict, "Enter the room first.");
    } else if (good && !room_show(r->client->stream, r->room, &show)) {
        refuse(r->client, r->frame, PROBLEM_unavailable, "The server is short of memory.");
    }
    buf_free(&name);
    return good;
}

static bool do_people(struct request *r)
{
    const json_t *after = json_object_get(r->frame, "after");
    struct buf b = BUF_INIT;
    int64_t id = 0;

    if (after != NULL && !json_is_null(after) && !slice_id(text_of(r->frame, "after"), &id)) {
        refuse(r->client, r->frame, PROBLEM_invalid, "after must be a person's id, as a string");
        return false;
    }
    if (!is_member(r)) return true;
    room_page(r->room, id, PEOPLE_PAGE, &b);
    reply(r->client, "people", &b);
    buf_free(&b);
    return true;
}

static bool do_exit(struct request *r)
{
    room_exit(r->client->stream, r->room);
    return true;
}

static bool do_typing(struct request *r)
{
    const json_t *thread = json_object_get(r->frame, "thread");

    if (thread != NULL && (!json_is_integer(thread) || json_integer_value(thread) <= 0)) {
        refuse(r->client, r->frame, PROBLEM_invalid, "thread must be the seq of the thread's first message");
        return false;
    }
    if (is_member(r)) room_typing(r->client->stream, r->room, thread != NULL ? json_integer_value(thread) : 0);
    return true;
}

static bool do_bye(struct request *r)
{
    r->client->bye = true;
    return true;
}

static bool do_send(struct request *r)
{
    struct forward_send send = {.room = r->room, .client_id = text_of(r->frame, "client_id"), .text = text_of(r->frame, "text")};

    if (send.client_id.n == 0 || json_object_get(r->frame, "text") == NULL) {
        refuse(r->client, r->frame, PROBLEM_invalid, "send needs room, client_id and text");
        return false;
    }
    for (int i = 0; i < FORWARD_MORE; i++) send.more[i] = json_object_get(r->frame, forward_more[i]);
    forward_take(r->client->conn, &send);
    return true;
}

static const struct frame_kind {
    const char *name;
    unsigned ways;
    bool room;  /* needs one, and a stream */
    bool light; /* comes often and costs little: has a bucket of its own */
    const char *members[8];
    bool (*take)(struct request *r);
} kinds[] = {
    {"ping", BY_WS | BY_POST, false, false, {"id"}, do_ping},
    {"send", BY_WS, true, false, {"room", "client_id", "text", "thread", "in_room", "files"}, do_send},
    {"enter", BY_WS | BY_POST, true, false, {"room", "status", "device", "name", "emoji", "emoji_ms", "x", "y"}, do_enter},
    {"state", BY_WS | BY_POST, true, false, {"room", "status", "device", "name", "emoji", "emoji_ms", "x", "y"}, do_show},
    {"move", BY_WS | BY_POST, true, true, {"room", "x", "y"}, do_show},
    {"typing", BY_WS | BY_POST, true, true, {"room", "thread"}, do_typing},
    {"people", BY_WS | BY_POST, true, false, {"room", "after"}, do_people},
    {"exit", BY_WS | BY_POST, true, false, {"room"}, do_exit},
    {"bye", BY_WS | BY_POST, false, false, {NULL}, do_bye},
};

static const struct frame_kind *find(struct slice name, unsigned way)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (slice_eq(name, slice_str(kinds[i].name)) && (kinds[i].ways & way) != 0) return &kinds[i];
    }
    return NULL;
}

static bool is_member_of(const char *key, const struct frame_kind *k)
{
    if (strcmp(key, "do") == 0) return true;
    for (size_t i = 0; i < sizeof k->members / sizeof *k->members && k->members[i] != NULL; i++) {
        if (strcmp(key, k->members[i]) == 0) return true;
    }
    return false;
}

static bool has_strangers(json_t *frame, const struct frame_kind *k)
{
    const char *key;
    json_t *value;

    json_object_foreach(frame, key, value) {
        if (!is_member_of(key, k)) return true;
    }
    return false;
}

static bool refuse_bad(struct frames_client *c, const json_t *frame, enum problem p, const char *detail)
{
    metric_add(METRIC_frames_bad, 1);
    refuse(c, frame, p, detail);
    return false;
}

/* n: the frame's length as it came. */
static bool take(struct frames_client *c, json_t *frame, size_t n)
{
    struct request r = {.client = c, .frame = frame};
    const struct frame_kind *k;

    metric_add(METRIC_frames_in, 1);
    k = json_is_object(frame) ? find(text_of(frame, "do"), c->conn != NULL ? BY_WS : BY_POST) : NULL;
    if (c->allow != NULL && !c->allow(c->arg, k != NULL && k->light)) return true;
    if (!json_is_object(frame)) return refuse_bad(c, NULL, PROBLEM_malformed, "a frame is an object");
    if (k == NULL) return refuse_bad(c, frame, PROBLEM_invalid, "there is no such frame");
    if (n > SMALL_MAX && k->room && k->take != do_send) {
        metric_add(METRIC_frames_oversized, 1);
        return refuse_bad(c, frame, PROBLEM_too_large, "what is said in a room, but for send, has at most 512 bytes");
    }
    if (has_strangers(frame, k)) return refuse_bad(c, frame, PROBLEM_invalid, "the frame has a member that it must not have");
    if (k->room) {
        if (!slice_id(text_of(frame, "room"), &r.room)) return refuse_bad(c, frame, PROBLEM_invalid, "room must be a room's id, as a string");
        if (c->stream == NULL) return refuse_bad(c, frame, PROBLEM_unavailable, "the server is short of memory");
    }
    if (k->take(&r)) return true;
    metric_add(METRIC_frames_bad, 1);
    return false;
}

bool frames_take(struct frames_client *c, struct slice text)
{
    char err[160];
    json_t *frame = json_parse_strict(text, DEPTH, err, sizeof err);
    bool good;

    if (frame == NULL) {
        metric_add(METRIC_frames_in, 1);
        if (c->allow != NULL && !c->allow(c->arg, false)) return true;
        return refuse_bad(c, NULL, PROBLEM_malformed, err);
    }
    good = take(c, frame, text.n);
    json_decref(frame);
    return good;
}

/* --- by POST --- */

enum problem frames_post_read(struct frames_post *p, struct slice body, char *detail, size_t n)
{
    const json_t *name;
    struct slice text;
    size_t n_id;

    *p = (struct frames_post){.root = json_parse_strict(body, POST_DEPTH, detail, n)};
    if (p->root == NULL) return PROBLEM_malformed;
    name = json_object_get(p->root, "stream");
    p->frames = json_object_get(p->root, "frames");
    text = text_of(p->root, "stream");
    if (!json_is_object(p->root) || json_object_size(p->root) != 2 || !json_is_string(name) || !json_is_array(p->frames)) {
        (void)snprintf(detail, n, "stream (a string) and frames (an array) are what is expected");
    } else if (json_array_size(p->frames) > POST_FRAMES) {
        (void)snprintf(detail, n, "at most %d frames at once", POST_FRAMES);
    } else if (!base64url_decode(text, p->stream, sizeof p->stream, &n_id) || n_id != sizeof p->stream) {
        (void)snprintf(detail, n, "stream must be 128 bits in base64url, 22 characters");
    } else {
        return PROBLEM_NONE;
    }
    frames_post_free(p);
    return PROBLEM_invalid;
}

void frames_post_free(struct frames_post *p)
{
    json_decref(p->root);
    *p = (struct frames_post){0};
}

/* Each event with a comma before it, as in a long-poll's answer. */
static void post_reply(void *arg, const char *name, struct slice json)
{
    struct buf *events = arg;

    (void)name;
    buf_byte(events, ',');
    buf_slice(events, json);
}

void frames_post_take(const struct frames_post *p, struct stream *s, struct buf *answer)
{
    struct buf events = BUF_INIT;
    struct frames_client client = {.stream = s, .reply = post_reply, .arg = &events};

    stream_heard(s);
    for (size_t i = 0; i < json_array_size(p->frames); i++) {
        json_t *frame = json_array_get(p->frames, i);

        (void)take(&client, frame, json_dumpb(frame, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY));
    }
    if (client.bye) {
        if (s->conn != NULL) s->conn->heard_bye = true;
        stream_bye(s);
    }
    buf_str(answer, "{\"events\":[");
    if (events.len > 0) buf_slice(answer, slice_make(events.data + 1, events.len - 1));
    buf_str(answer, "]}");
    if (!buf_ok(&events)) answer->failed = true;
    buf_free(&events);
}
