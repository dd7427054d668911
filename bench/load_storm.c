#include "config.h"

#include "clock.h"
#include "load.h"
#include "proc.h"
#include "sample.h"
#include "tool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct storm {
    int64_t from; /* when all began */
    size_t current, resets, pages, greeted;
    struct sample hello, done;
};

static void storm_check(struct stream *s)
{
    struct storm *t = s->crowd->plan.arg;

    if (s->messages != s->expected) return;
    t->current++;
    sample_add(&t->done, s->crowd->now_us - t->from);
}

static void storm_hello(struct stream *s, struct slice data)
{
    struct storm *t = s->crowd->plan.arg;
    struct slice verdict;

    t->greeted++;
    sample_add(&t->hello, s->crowd->now_us - t->from);
    if (!scan_text(data, SLICE("\"verdict\":\""), &verdict) || !slice_eq(verdict, SLICE("complete"))) t->resets++;
    if (memmem(data.p, data.n, "\"more\"", 6)) t->pages++;
    if (s->expected == 0 && s->messages == 0) storm_check(s);
}

static void storm_message(struct stream *s, struct slice data)
{
    (void)data;
    storm_check(s);
}

struct storm_room {
    int64_t room;
    uint64_t count;
};

static int storm_order(const void *a, const void *b)
{
    const struct storm_room *x = a, *y = b;

    return (x->room > y->room) - (x->room < y->room);
}

/* The file of `post --missed`: lines of a room and how many messages it got. */
static struct storm_room *storm_missed(const char *path, size_t *n)
{
    struct storm_room *v = NULL;
    size_t cap = 0;
    FILE *f = fopen(path, "re");

    *n = 0;
    if (!f) tool_die("%s: %s", path, strerror(errno));
    for (;;) {
        if (*n == cap) {
            cap = cap ? cap * 2 : 256;
            v = tool_grow(v, cap, sizeof *v);
        }
        if (fscanf(f, "%" SCNd64 " %" SCNu64, &v[*n].room, &v[*n].count) != 2) break;
        ++*n;
    }
    fclose(f);
    qsort(v, *n, sizeof *v, storm_order);
    return v;
}

static uint64_t storm_expect(const struct load *l, struct crowd *c)
{
    struct storm_room *rooms, *found, key = {0, 0};
    size_t n, i, k, with = 0;

    if (!l->missed) return 0;
    rooms = storm_missed(l->missed, &n);
    for (i = 0; i < l->plan.n; i++) {
        const struct person *p = c->streams[i].who;

        for (k = 0; k <= p->n_rooms; k++) {
            key.room = k < p->n_rooms ? p->rooms[k] : l->people.big;
            found = bsearch(&key, rooms, n, sizeof key, storm_order);
            if (found) c->streams[i].expected += found->count;
        }
        with += c->streams[i].expected > 0;
    }
    free(rooms);
    return with;
}

int load_storm(struct load *l)
{
    struct storm t = {.current = 0};
    struct loop loop;
    struct crowd c;
    int64_t until, cpu = proc_cpu_us(l->server);
    uint64_t with_missed;
    bool open;

    if (!l->plan.cursor) tool_die("--cursor is needed");
    l->plan.on_hello = storm_hello;
    l->plan.on_message = storm_message;
    l->plan.arg = &t;
    l->plan.verify = true;
    l->plan.window = l->plan.n;
    loop_start(&loop);
    crowd_start(&c, &l->plan, &loop);
    with_missed = storm_expect(l, &c);
    t.from = clock_mono();
    until = t.from + l->timeout_us;
    do {
        open = crowd_open(&c);
        loop_turn(&loop, open ? 10 : 0);
    } while (t.current < l->plan.n && clock_mono() < until && !(open && crowd_dead(&c)));
    printf("storm streams=%zu current=%zu us=%" PRId64 " with_missed=%" PRIu64 " missed=%" PRIu64 " greeted=%zu resets=%zu more=%zu refused=%zu"
           " refused_status=%u ended=%zu gaps=%" PRIu64 " repeats=%" PRIu64 " hello_p50_us=%" PRId64 " current_p50_us=%" PRId64 " current_p99_us=%" PRId64
           " server_cpu_us=%" PRId64 "\n",
           l->plan.n, t.current, sample_at(&t.done, 1000), with_missed, c.messages, t.greeted, t.resets, t.pages, c.refused, c.refused_status,
           c.ended, c.gaps, c.repeats, sample_at(&t.hello, 500), sample_at(&t.done, 500), sample_at(&t.done, 990), proc_cpu_us(l->server) - cpu);
    sample_free(&t.hello);
    sample_free(&t.done);
    crowd_close(&c);
    return 0;
}

static void cursor_hello(struct stream *s, struct slice data)
{
    struct slice cursor;

    (void)s;
    if (!scan_text(data, SLICE("\"cursor\":\""), &cursor)) tool_die("the hello has no cursor");
    printf("%.*s\n", SLICE_FMT(cursor));
}

int load_cursor(struct load *l)
{
    struct loop loop;
    struct crowd c;
    bool ok;

    l->plan.n = 1;
    l->plan.on_hello = cursor_hello;
    loop_start(&loop);
    crowd_start(&c, &l->plan, &loop);
    ok = crowd_ready(&c, l->timeout_us) && c.ready == 1;
    if (!ok) tool_die("no stream: refused with status %u", c.refused_status);
    crowd_close(&c);
    return 0;
}
