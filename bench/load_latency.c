#include "config.h"

#include "clock.h"
#include "http.h"
#include "json.h"
#include "load.h"
#include "proc.h"
#include "sample.h"
#include "tool.h"
#include "uuid.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LATENCY_POSTERS = 16, LATENCY_SETTLE_US = 2000000, LATENCY_TEXT = 80 };

/* One post: when it was due, when its 201 came. */
struct latency_post {
    int64_t due_us, answered_us;
};

struct latency {
    struct load *load;
    struct loop loop;
    struct crowd readers;
    struct people members; /* of the room; borrowed from load->people */
    struct http posters[LATENCY_POSTERS];
    size_t post_of[LATENCY_POSTERS];
    struct latency_post *posts;
    size_t n_posts, n_sent, accepted, failed;
    unsigned failed_status;
    struct sample answer, from_due, from_answer;
};

static void latency_answered(struct http *h, unsigned status)
{
    struct latency *t = h->arg;
    struct latency_post *p = &t->posts[t->post_of[h - t->posters]];

    if (status != 201) {
        t->failed++;
        t->failed_status = status;
        return;
    }
    p->answered_us = clock_mono();
    t->accepted++;
    sample_add(&t->answer, p->answered_us - p->due_us);
}

/* A reader that has the message before the poster has its answer waited for nothing. */
static void latency_message(struct stream *s, struct slice data)
{
    struct latency *t = s->crowd->plan.arg;
    int64_t k;

    if (!scan_number(data, SLICE("\"text\":\"bench "), &k) || k < 0 || (size_t)k >= t->n_sent) return;
    sample_add(&t->from_due, s->crowd->now_us - t->posts[k].due_us);
    sample_add(&t->from_answer, t->posts[k].answered_us ? s->crowd->now_us - t->posts[k].answered_us : 0);
}

static void latency_post(struct latency *t, struct http *h)
{
    size_t k = t->n_sent++;
    char path[64], id[UUID_TEXT], text[LATENCY_TEXT];
    struct buf b = BUF_INIT;
    struct uuid u;
    struct json j;

    uuid_make(&u);
    uuid_text(&u, id);
    snprintf(text, sizeof text, "bench %zu and a few words as people write them in a room", k);
    snprintf(path, sizeof path, "/api/rooms/%" PRId64 "/messages", t->load->room);
    json_start(&j, &b);
    json_begin_object(&j);
    json_kv_str(&j, "client_id", id);
    json_kv_str(&j, "text", text);
    json_end(&j);
    if (!json_done(&j)) tool_die("out of memory");
    t->post_of[h - t->posters] = k;
    http_post(h, path, t->members.v[k % t->members.n].token, buf_view(&b));
    buf_free(&b);
}

/* Posts what is due, as long as a connection is idle. Returns when the next one is due. */
static int64_t latency_due(struct latency *t, int64_t from)
{
    int64_t due, now = clock_mono();
    size_t i;

    for (i = 0; t->n_sent < t->n_posts; i++) {
        due = from + (int64_t)t->n_sent * 1000000 / t->load->rate;
        if (due > now) return due;
        while (i < LATENCY_POSTERS && !http_idle(&t->posters[i])) i++;
        if (i >= LATENCY_POSTERS) return now + 1000;
        t->posts[t->n_sent].due_us = due;
        latency_post(t, &t->posters[i]);
    }
    return INT64_MAX;
}

static void latency_run(struct latency *t)
{
    int64_t from, next, now, wait, until;
    uint64_t expected;
    size_t i;

    for (i = 0; i < LATENCY_POSTERS; i++) {
        t->posters[i].answered = latency_answered;
        t->posters[i].arg = t;
        http_open(&t->posters[i], &t->loop, &t->load->post);
    }
    from = clock_mono() + 100000;
    until = from + t->load->seconds * 1000000 + LATENCY_SETTLE_US;
    for (;;) {
        next = latency_due(t, from);
        now = clock_mono();
        expected = t->accepted * t->readers.ready;
        if (now > until || (t->accepted + t->failed == t->n_posts && t->readers.messages >= expected)) break;
        /* epoll counts milliseconds: the last one is spun. */
        wait = next > until ? 10 : (next - now) / 1000 - 1;
        loop_turn(&t->loop, wait < 0 ? 0 : wait > 10 ? 10 : (int)wait);
    }
    for (i = 0; i < LATENCY_POSTERS; i++) http_close(&t->posters[i]);
}

/* Those of the file who are in the room. */
static void latency_members(struct latency *t)
{
    const struct people *all = &t->load->people;
    size_t i, k;

    t->members.v = tool_alloc(all->n, sizeof *t->members.v);
    for (i = 0; i < all->n; i++)
        for (k = 0; k <= all->v[i].n_rooms; k++)
            if ((k < all->v[i].n_rooms ? all->v[i].rooms[k] : all->big) == t->load->room) {
                t->members.v[t->members.n++] = all->v[i];
                break;
            }
    if (t->members.n == 0) tool_die("nobody of the file is in room %" PRId64, t->load->room);
}

int load_latency(struct load *l)
{
    struct latency *t = tool_alloc(1, sizeof *t);

    if (l->post.len == 0 || l->room == 0) tool_die("--post and --room are needed");
    t->load = l;
    latency_members(t);
    l->plan.people = &t->members;
    l->plan.n = t->members.n;
    l->plan.on_message = latency_message;
    l->plan.arg = t;
    t->n_posts = (size_t)(l->rate * l->seconds);
    t->posts = tool_alloc(t->n_posts, sizeof *t->posts);
    loop_start(&t->loop);
    crowd_start(&t->readers, &l->plan, &t->loop);
    if (!crowd_ready(&t->readers, l->timeout_us)) tool_die("only %zu readers are ready", t->readers.ready);
    latency_run(t);
    printf("latency readers=%zu posts=%zu accepted=%zu failed=%zu failed_status=%u deliveries=%" PRIu64 " expected=%" PRIu64
           " answer_p50_us=%" PRId64 " answer_p99_us=%" PRId64 " received_p50_us=%" PRId64 " received_p99_us=%" PRId64 " sent_p50_us=%" PRId64 " sent_p99_us=%" PRId64 "\n",
           t->readers.ready, t->n_sent, t->accepted, t->failed, t->failed_status, t->readers.messages, t->accepted * t->readers.ready,
           sample_at(&t->answer, 500), sample_at(&t->answer, 990), sample_at(&t->from_answer, 500), sample_at(&t->from_answer, 990),
           sample_at(&t->from_due, 500), sample_at(&t->from_due, 990));
    crowd_close(&t->readers);
    sample_free(&t->answer);
    sample_free(&t->from_due);
    sample_free(&t->from_answer);
    free(t->members.v);
    free(t->posts);
    free(t);
    return 0;
}
