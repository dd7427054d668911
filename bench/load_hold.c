#include "config.h"

#include "buf.h"
#include "clock.h"
#include "load.h"
#include "proc.h"
#include "tool.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* What stands on standard input and is not obeyed yet. */
struct hold_input {
    struct watch watch; /* first */
    struct buf text;
    bool over;
};

static void hold_input_ready(struct watch *w, uint32_t events)
{
    struct hold_input *in = (struct hold_input *)w;
    char *p = buf_reserve(&in->text, 1024);
    ssize_t n;

    (void)events;
    if (!p) tool_die("out of memory");
    n = read(STDIN_FILENO, p, 1024);
    if (n > 0)
        in->text.len += (size_t)n;
    else
        in->over = true;
}

/* Waits until so many messages have come, and tells how that went. Time counts from the first message, or,
 * for a server that was stopped, from its going on; busy time leaves out pauses. Its CPU time is read a moment after the end: what it
 * does behind the last send belongs to the burst too. */
static void hold_expect(struct load *l, struct crowd *c, struct loop *loop, uint64_t count, int64_t seconds, bool go_on)
{
    int64_t cpu = proc_cpu_us(l->server), own = tool_cpu_us(), from = clock_mono(), until = from + seconds * 1000000, settle, took;

    crowd_reset(c);
    puts("armed");
    if (go_on && l->server && kill(l->server, SIGCONT) != 0) tool_die("cannot wake process %d", (int)l->server);
    while (c->messages < count && clock_mono() < until && !crowd_dead(c)) loop_turn(loop, 100);
    own = tool_cpu_us() - own;
    took = c->messages ? c->last_us - (go_on ? from : c->first_us) : 0;
    for (settle = clock_mono() + 50000; clock_mono() < settle;) loop_turn(loop, 10);
    printf("arrived deliveries=%" PRIu64 " expected=%" PRIu64 " bytes=%" PRIu64 " reads=%" PRIu64 " us=%" PRId64 " busy_us=%" PRId64 " gaps=%" PRIu64
           " repeats=%" PRIu64 " ended=%zu server_cpu_us=%" PRId64 " own_cpu_us=%" PRId64 "\n",
           c->messages, count, c->bytes, c->reads, took, took - c->idle_us, c->gaps, c->repeats, c->ended,
           proc_cpu_us(l->server) - cpu, own);
}

static void hold_memory(const struct load *l, const struct crowd *c)
{
    struct proc_memory m = {0, 0, 0};

    if (l->server) m = proc_memory(l->server);
    printf("memory streams=%zu rss_kib=%" PRId64 " pss_kib=%" PRId64 " own_kib=%" PRId64 "\n", c->ready, m.rss_kib, m.pss_kib, m.own_kib);
}

/* False: the end. */
static bool hold_obey(struct load *l, struct crowd *c, struct loop *loop, struct slice line)
{
    struct slice word, count;
    uint64_t n, seconds;

    slice_cut(&line, ' ', &word);
    if (slice_eq(word, SLICE("quit"))) return false;
    if (slice_eq(word, SLICE("memory"))) {
        hold_memory(l, c);
    } else if ((slice_eq(word, SLICE("expect")) || slice_eq(word, SLICE("wake"))) && slice_cut(&line, ' ', &count) && slice_u64(count, INT64_MAX, &n) &&
               slice_u64(line, 3600, &seconds)) {
        hold_expect(l, c, loop, n, (int64_t)seconds, slice_eq(word, SLICE("wake")));
    } else {
        tool_die("unknown command");
    }
    return true;
}

int load_hold(struct load *l)
{
    struct hold_input in = {.watch = {hold_input_ready}};
    struct loop loop;
    struct crowd c;
    int64_t from = clock_mono(), cpu = proc_cpu_us(l->server);
    struct slice rest, line;
    bool go = true;

    loop_start(&loop);
    crowd_start(&c, &l->plan, &loop);
    if (!crowd_ready(&c, l->timeout_us)) tool_die("only %zu of %zu streams are ready after %" PRId64 " s", c.ready, l->plan.n, l->timeout_us / 1000000);
    printf("ready streams=%zu refused=%zu refused_status=%u ended=%zu us=%" PRId64 " server_cpu_us=%" PRId64 "\n", c.ready, c.refused,
           c.refused_status, c.ended, clock_mono() - from, proc_cpu_us(l->server) - cpu);
    loop_add(&loop, STDIN_FILENO, EPOLLIN, &in.watch);
    while (go && !in.over) {
        loop_turn(&loop, 1000);
        while (go && in.text.len && memchr(in.text.data, '\n', in.text.len)) {
            rest = buf_view(&in.text);
            slice_cut(&rest, '\n', &line);
            go = hold_obey(l, &c, &loop, line);
            buf_drop(&in.text, in.text.len - rest.n);
        }
    }
    buf_free(&in.text);
    crowd_close(&c);
    return 0;
}
