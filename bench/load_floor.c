#include "config.h"

#include "buf.h"
#include "clock.h"
#include "crypto.h"
#include "load.h"
#include "proc.h"
#include "sample.h"
#include "tool.h"

#include <inttypes.h>
#include <stdio.h>

/* Everybody enters one room; it stands still; then the first of them move about. A mover's y is the time
 * of day in milliseconds, ten seconds long, so that whoever sees it knows how old it is. */
enum { SETTLE_MS = 3000, TELLS_AGE = 20, CLOCK_MS = 10000, FRAME_MOST = 125, ENTER_WINDOW = 500 };

struct floor_run {
    const struct load *load;
    struct crowd *crowd;
    struct loop *loop;
    size_t entered;                     /* have their state */
    uint64_t states, news, moved, moves; /* events; moves: places in them */
    struct sample age_us;
};

static void say(const struct stream *s, const char *text)
{
    unsigned char frame[6 + FRAME_MOST];
    uint8_t mask[4];
    size_t n = strlen(text);

    if (n > FRAME_MOST || s->state != STREAM_READY) return;
    crypto_random(mask, sizeof mask);
    frame[0] = 0x81;
    frame[1] = (unsigned char)(0x80 | n);
    memcpy(frame + 2, mask, sizeof mask);
    for (size_t i = 0; i < n; i++) frame[6 + i] = (unsigned char)text[i] ^ mask[i % 4];
    /* Small, and the server reads: what does not fit is a move less. */
    (void)send(s->fd, frame, 6 + n, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static int64_t clock_of_day(void)
{
    return clock_wall() / 1000 % CLOCK_MS;
}

/* ["1002",0.5,0.1234]: the age of the first place in a batch. */
static void read_age(struct floor_run *f, struct slice data)
{
    const char *p = memchr(data.p, ']', data.n);
    int64_t y = 0, age;
    int digits = 0;

    while (p && p > data.p && p[-1] != ',') p--;
    if (!p) return;
    if (strncmp(p, "0.", 2) == 0) {
        for (p += 2; *p >= '0' && *p <= '9' && digits < 4; p++, digits++) y = y * 10 + (*p - '0');
        for (; digits < 4; digits++) y *= 10;
    }
    age = clock_of_day() - y;
    sample_add(&f->age_us, (age < 0 ? age + CLOCK_MS : age) * 1000);
}

static void on_event(struct stream *s, struct slice name, struct slice data)
{
    struct floor_run *f = s->crowd->plan.arg;

    if (slice_eq(name, SLICE("moved"))) {
        f->moved++;
        for (size_t i = 0; i < data.n; i++) f->moves += data.p[i] == '[';
        f->moves--;
        if ((size_t)(s - s->crowd->streams) % TELLS_AGE == 0) read_age(f, data);
    } else if (slice_eq(name, SLICE("presence"))) {
        f->news++;
    } else if (slice_eq(name, SLICE("presence_state"))) {
        f->states++;
        if (s->expected++ == 0) f->entered++;
    }
}

static void turn_for(struct floor_run *f, int64_t us)
{
    int64_t until = clock_mono() + us;

    while (clock_mono() < until) loop_turn(f->loop, 10);
}

static void enter_all(struct floor_run *f)
{
    const struct load *l = f->load;
    int64_t from = clock_mono(), cpu = proc_cpu_us(l->server), took;
    struct proc_memory before = {0, 0, 0}, after = {0, 0, 0};
    char text[FRAME_MOST];

    if (l->server) before = proc_memory(l->server);
    crowd_reset(f->crowd);
    (void)snprintf(text, sizeof text, "{\"do\":\"enter\",\"room\":\"%" PRId64 "\",\"x\":0.5,\"y\":0.5}", l->people.big);
    for (size_t i = 0; i < l->plan.n; i++) {
        while (i >= f->entered + ENTER_WINDOW && clock_mono() < from + l->timeout_us) loop_turn(f->loop, 10);
        say(&f->crowd->streams[i], text);
    }
    while (f->entered < l->plan.n && clock_mono() < from + l->timeout_us) loop_turn(f->loop, 10);
    took = clock_mono() - from;
    turn_for(f, SETTLE_MS * INT64_C(1000));
    if (l->server) after = proc_memory(l->server);
    printf("entered streams=%zu us=%" PRId64 " states=%" PRIu64 " news=%" PRIu64 " bytes=%" PRIu64 " server_cpu_us=%" PRId64 " own_kib=%" PRId64 " each_bytes=%" PRId64 "\n",
           f->entered, took, f->states, f->news, f->crowd->bytes, proc_cpu_us(l->server) - cpu, after.own_kib - before.own_kib,
           (after.own_kib - before.own_kib) * 1024 / (int64_t)l->plan.n);
}

static void stand_still(struct floor_run *f, const char *where)
{
    int64_t cpu = proc_cpu_us(f->load->server);

    crowd_reset(f->crowd);
    turn_for(f, f->load->seconds * 1000000);
    printf("idle where=%s seconds=%" PRId64 " bytes=%" PRIu64 " server_cpu_us=%" PRId64 "\n", where, f->load->seconds, f->crowd->bytes, proc_cpu_us(f->load->server) - cpu);
}

static void move(struct floor_run *f, size_t movers)
{
    const struct load *l = f->load;
    int64_t from = clock_mono(), until = from + l->seconds * 1000000, cpu = proc_cpu_us(l->server), own = tool_cpu_us(), now;
    uint64_t sent = 0;
    char text[FRAME_MOST];

    crowd_reset(f->crowd);
    f->moved = f->moves = f->news = 0;
    while ((now = clock_mono()) < until) {
        uint64_t due = (uint64_t)(now - from) * (uint64_t)l->rate * movers / 1000000;

        for (; sent < due; sent++) {
            (void)snprintf(text, sizeof text, "{\"do\":\"move\",\"room\":\"%" PRId64 "\",\"x\":0.%03u,\"y\":0.%04d}", l->people.big,
                           (unsigned)(sent / movers % 1000), (int)clock_of_day());
            say(&f->crowd->streams[sent % movers], text);
        }
        loop_turn(f->loop, 1);
    }
    cpu = proc_cpu_us(l->server) - cpu;
    own = tool_cpu_us() - own;
    printf("moved movers=%zu rate=%" PRId64 " seconds=%" PRId64 " sent=%" PRIu64 " frames=%" PRIu64 " places=%" PRIu64 " bytes=%" PRIu64
           " age_p50_us=%" PRId64 " age_p99_us=%" PRId64 " ended=%zu server_cpu_us=%" PRId64 " own_cpu_us=%" PRId64 "\n",
           movers, l->rate, l->seconds, sent, f->moved, f->moves, f->crowd->bytes, sample_at(&f->age_us, 500), sample_at(&f->age_us, 990),
           f->crowd->ended, cpu, own);
}

int load_floor(struct load *l)
{
    struct loop loop;
    struct crowd c;
    struct floor_run f = {.load = l, .crowd = &c, .loop = &loop, .age_us = SAMPLE_INIT};

    if (l->people.big == 0 || !l->plan.websocket) tool_die("floor needs --websocket, and people who share a room");
    l->plan.on_event = on_event;
    l->plan.arg = &f;
    loop_start(&loop);
    crowd_start(&c, &l->plan, &loop);
    if (!crowd_ready(&c, l->timeout_us)) tool_die("only %zu of %zu streams are ready", c.ready, l->plan.n);
    turn_for(&f, SETTLE_MS * INT64_C(1000));
    /* Heartbeats come inside and outside: the difference is what presence costs. */
    stand_still(&f, "outside");
    enter_all(&f);
    stand_still(&f, "inside");
    if (l->movers > 0) move(&f, l->movers < l->plan.n ? l->movers : l->plan.n);
    crowd_close(&c);
    sample_free(&f.age_us);
    return 0;
}
