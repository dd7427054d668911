#include "config.h"

#include "swarm.h"

#include "../tool.h"
#include "clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { JOB_SENDERS = 64, JOB_TEXT = 100, JOB_SAMPLES = 500000, JOB_QUIET_S = 10 };

enum job_mode { JOB_FLOOD, JOB_SINGLE, JOB_PACED };

struct posted {
    int64_t due_us, first_us, last_us;
    uint32_t got, wanted;
};

/* One post at a time each. */
struct sender {
    struct job *job;
    struct http http;
    struct yard_sender *yard;
    size_t turn, k;
    bool busy;
};

struct job {
    struct swarm *swarm;
    enum job_mode mode;
    size_t count, n_senders, sent, accepted, failed;
    int64_t rate, from_us, answered_us;
    uint64_t expected, stride;
    struct posted *posts;
    uint32_t *readers; /* a room each */
    struct sender senders[JOB_SENDERS];
    struct sample answer, latency;
};

/* --- what comes back ------------------------------------------------------------------------------------- */

void job_answered(struct sender *sender, bool accepted)
{
    struct job *j = sender->job;

    sender->busy = false;
    j->answered_us = clock_mono();
    if (accepted) {
        j->accepted++;
        sample_add(&j->answer, j->answered_us - j->posts[sender->k].due_us);
    } else {
        j->failed++;
        j->expected -= j->posts[sender->k].wanted;
    }
}

static void job_http_answered(struct http *h, unsigned status)
{
    job_answered(h->arg, status >= 200 && status < 300);
}

/* In a flood nobody asks which message it was: looking would only cost the reader. */
void job_message(struct client *c, struct slice data)
{
    struct swarm *s = c->swarm;
    struct job *j = s->job;
    int64_t k;

    if (j->mode == JOB_FLOOD) return;
    if (s->dialect->unnamed) k = (int64_t)c->messages - 1;
    else if (!scan_number(data, SLICE("bench "), &k)) return;
    if (k < 0 || (size_t)k >= j->sent) return;
    if (j->posts[k].got++ == 0) j->posts[k].first_us = s->now_us;
    j->posts[k].last_us = s->now_us;
    if (s->messages % j->stride == 0) sample_add(&j->latency, s->now_us - j->posts[k].due_us);
}

/* --- what goes out --------------------------------------------------------------------------------------- */

/* "bench 17 " and words, always as long: what a message weighs must not depend on its number. */
static struct slice job_text(char text[JOB_TEXT + 1], size_t k)
{
    static const char words[] = "and a few words more as people write them in a room when they have something to say to each other today";
    int n = snprintf(text, JOB_TEXT + 1, "bench %zu ", k);

    memcpy(text + n, words, (size_t)(JOB_TEXT - n));
    return slice_make(text, JOB_TEXT);
}

/* The room's member that speaks: on a stream one that has nothing under way. */
static struct client *job_speaker(struct swarm *s, const struct room *r, size_t turn)
{
    struct client *c;
    size_t i;

    for (i = 0; i < r->n; i++) {
        c = s->members[r->from + (turn + i) % r->n];
        if (c->state == CLIENT_READY && !c->sender) return c;
    }
    return NULL;
}

static void job_http_post(struct sender *sender, const struct room *r, struct slice text)
{
    struct swarm *s = sender->job->swarm;
    struct buf body = BUF_INIT;
    char path[128];

    s->dialect->compose(s, r->id, text, path, &body);
    http_post(&sender->http, path, s->members[r->from + sender->turn % r->n]->who->token, buf_view(&body));
    buf_free(&body);
}

static bool job_say(struct sender *sender, const struct room *r, struct slice text)
{
    struct swarm *s = sender->job->swarm;
    struct client *c = job_speaker(s, r, sender->turn * JOB_SENDERS + (size_t)(sender - sender->job->senders));
    struct buf b = BUF_INIT;

    if (!c) return false;
    c->sender = sender;
    s->dialect->say(c, r->id, sender->k, text, &b);
    client_send(c, &b);
    buf_free(&b);
    return true;
}

static void job_post(struct job *j, struct sender *sender, int64_t due_us)
{
    struct swarm *s = j->swarm;
    size_t room = j->sent % s->n_rooms;
    const struct room *r = &s->rooms[room];
    char buffer[JOB_TEXT + 1];
    struct slice text = job_text(buffer, j->sent);

    sender->busy = true;
    sender->k = j->sent++;
    j->posts[sender->k].due_us = due_us;
    j->posts[sender->k].wanted = j->readers[room];
    j->expected += j->readers[room];
    if (s->dialect->compose) job_http_post(sender, r, text);
    else if (!s->dialect->say) yard_sender_tell(sender->yard, 1);
    else if (!job_say(sender, r, text)) job_answered(sender, false);
    sender->turn++;
}

/* Who is not in by now is not waited for. */
static void job_readers(struct job *j)
{
    const struct swarm *s = j->swarm;
    size_t i, k;

    j->readers = tool_alloc(s->n_rooms, sizeof *j->readers);
    for (i = 0; i < s->n_rooms; i++)
        for (k = 0; k < s->rooms[i].n; k++) j->readers[i] += s->members[s->rooms[i].from + k]->state == CLIENT_READY;
}

static void job_senders(struct job *j)
{
    size_t i;

    for (i = 0; i < j->n_senders; i++) {
        struct sender *sender = &j->senders[i];

        sender->job = j;
        if (j->swarm->dialect->compose) {
            sender->http.answered = job_http_answered;
            sender->http.arg = sender;
            http_open(&sender->http, &j->swarm->loop, &j->swarm->post);
        } else if (!j->swarm->dialect->say) {
            sender->yard = yard_sender_open(j->swarm, sender);
        }
    }
}

static void job_end_senders(struct job *j)
{
    size_t i;

    for (i = 0; i < j->n_senders; i++) {
        if (j->swarm->dialect->compose) http_close(&j->senders[i].http);
        if (j->senders[i].yard) yard_sender_close(j->senders[i].yard);
    }
    for (i = 0; i < j->swarm->n; i++) j->swarm->clients[i].sender = NULL;
}

/* --- pacing ---------------------------------------------------------------------------------------------- */

/* When may the next post go? INT64_MAX: not before something else has happened. */
static int64_t job_due(const struct job *j)
{
    const struct posted *last = j->sent ? &j->posts[j->sent - 1] : NULL;

    if (j->sent == j->count) return INT64_MAX;
    if (j->mode == JOB_PACED) return j->from_us + (int64_t)j->sent * CLOCK_SECOND / j->rate;
    if (j->mode == JOB_SINGLE && last && (last->got < last->wanted || j->accepted + j->failed < j->sent)) return INT64_MAX;
    return 0;
}

static void job_step(struct job *j)
{
    int64_t due, now = clock_mono(), wait;
    size_t i = 0;

    while ((due = job_due(j)) <= now) {
        while (i < j->n_senders && j->senders[i].busy) i++;
        if (i == j->n_senders) break;
        job_post(j, &j->senders[i], due ? due : now);
    }
    if (due <= now || due == INT64_MAX) {
        loop_turn(&j->swarm->loop, 10);
        return;
    }
    /* epoll counts milliseconds: the last one is spun. */
    wait = (due - now) / 1000 - 1;
    loop_turn(&j->swarm->loop, wait < 0 ? 0 : wait > 10 ? 10 : (int)wait);
}

/* The yardstick sends a whole flood by itself. */
static void job_flood_yard(struct job *j)
{
    struct sender *sender = &j->senders[0];

    sender->busy = true;
    j->sent = j->count;
    j->posts[0].due_us = j->from_us;
    j->expected = j->count * (uint64_t)j->readers[0];
    j->accepted = j->count - 1;
    yard_sender_tell(sender->yard, j->count);
}

static void job_run(struct job *j)
{
    struct swarm *s = j->swarm;
    bool yard = !s->dialect->compose && !s->dialect->say;
    uint64_t seen = 0;
    int64_t quiet;

    swarm_reset(s);
    j->from_us = quiet = clock_mono();
    if (yard && j->mode == JOB_FLOOD) job_flood_yard(j);
    for (;;) {
        if (j->sent == j->count && j->accepted + j->failed >= j->count && s->messages >= j->expected) return;
        if (s->messages + j->accepted + j->failed != seen) {
            seen = s->messages + j->accepted + j->failed;
            quiet = clock_mono();
        } else if (clock_mono() - quiet > JOB_QUIET_S * CLOCK_SECOND) {
            return;
        }
        job_step(j);
    }
}

static void job_print(struct job *j, int64_t own_cpu)
{
    struct swarm *s = j->swarm;
    int64_t spread = 0;
    uint64_t each = s->n_rooms == 1 ? j->accepted : j->count / s->n_rooms;
    size_t k;

    for (k = 0; k < j->sent; k++) spread += j->posts[k].last_us - j->posts[k].first_us;
    printf("sent posts=%zu accepted=%zu failed=%zu post_us=%" PRId64 " deliveries=%" PRIu64 " expected=%" PRIu64 " bytes=%" PRIu64 " reads=%" PRIu64
           " us=%" PRId64 " spread_us=%" PRId64 " uneven=%zu ended=%zu answer_p50_us=%" PRId64 " answer_p99_us=%" PRId64 " latency_p50_us=%" PRId64
           " latency_p99_us=%" PRId64 " own_cpu_us=%" PRId64 "\n",
           j->sent, j->accepted, j->failed, j->answered_us - j->from_us, s->messages, j->expected, s->bytes, s->reads,
           (s->last_us > j->answered_us ? s->last_us : j->answered_us) - j->from_us, spread, swarm_uneven(s, each), s->ended,
           sample_at(&j->answer, 500), sample_at(&j->answer, 990), sample_at(&j->latency, 500), sample_at(&j->latency, 990), own_cpu);
}

/* The command's words; false: it is none of ours. */
static bool job_parse(struct job *j, struct slice how)
{
    struct slice word;
    uint64_t v[3] = {0, 0, 0};
    size_t n = 0;

    slice_cut(&how, ' ', &word);
    if (slice_eq(word, SLICE("flood"))) j->mode = JOB_FLOOD;
    else if (slice_eq(word, SLICE("single"))) j->mode = JOB_SINGLE;
    else if (slice_eq(word, SLICE("paced"))) j->mode = JOB_PACED;
    else return false;
    while (how.n && n < 3) {
        slice_cut(&how, ' ', &word);
        if (!slice_u64(word, 10000000, &v[n++])) return false;
    }
    j->count = (size_t)(j->mode == JOB_PACED ? v[0] * v[1] : v[0]);
    j->rate = (int64_t)v[0];
    j->n_senders = (size_t)(j->mode == JOB_PACED ? v[2] : j->mode == JOB_FLOOD ? v[1] : 1);
    return j->count > 0 && j->n_senders > 0 && j->n_senders <= JOB_SENDERS;
}

bool swarm_post(struct swarm *s, struct slice how)
{
    struct job *j = tool_alloc(1, sizeof *j);
    int64_t own;
    bool ok = job_parse(j, how);

    if (ok) {
        if (s->dialect->compose && s->post.len == 0) tool_die("--post is needed");
        j->swarm = s;
        j->posts = tool_alloc(j->count, sizeof *j->posts);
        j->stride = j->count * s->rooms[0].n / JOB_SAMPLES + 1;
        s->job = j;
        job_readers(j);
        job_senders(j);
        own = tool_cpu_us();
        job_run(j);
        own = tool_cpu_us() - own;
        s->job = NULL;
        job_end_senders(j);
        job_print(j, own);
        free(j->posts);
        free(j->readers);
        sample_free(&j->answer);
        sample_free(&j->latency);
    }
    free(j);
    return ok;
}
