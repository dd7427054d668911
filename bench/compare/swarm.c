/* swarm - the clients of bench/compare: one program for every server that is measured.
 *
 *     swarm --dialect NAME --address A --people FILE --streams N [--post A] [--size BYTES]
 *           [--window N] [--cursor C] [--missed N] [--timeout S]
 *
 * It opens N clients (at most --window of them opening at once), waits until each is in and has got --missed
 * messages, prints "ready ...", and then obeys lines on standard input, each answered by a line:
 *
 *     flood COUNT SENDERS         posts as fast as each sender is answered, waits for all deliveries: "sent ..."
 *     single COUNT                one post at a time, the next when all have the last: "sent ..."
 *     paced RATE SECONDS SENDERS  so many posts a second, whatever the answers: "sent ..."
 *     expect COUNT SECONDS        "armed"; then "arrived ..." when so many have come or the time is over
 *     quit                        (or the end of the input)
 *
 * Posts go to the big room of the people's file, or, where it has none, to all of its rooms in turn. --size is
 * what an event of the yardstick or a post to nchan has in bytes. All times are microseconds.
 */
#include "config.h"

#include "swarm.h"

#include "../tool.h"
#include "clock.h"
#include "crypto.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum {
    OPT_DIALECT = 1000, OPT_ADDRESS, OPT_POST, OPT_PEOPLE, OPT_STREAMS, OPT_WINDOW, OPT_CURSOR, OPT_MISSED, OPT_SIZE, OPT_TIMEOUT,
    SWARM_LINE = 256,
};

static const struct option swarm_options[] = {
    {"dialect", required_argument, NULL, OPT_DIALECT}, {"address", required_argument, NULL, OPT_ADDRESS},
    {"post", required_argument, NULL, OPT_POST},       {"people", required_argument, NULL, OPT_PEOPLE},
    {"streams", required_argument, NULL, OPT_STREAMS}, {"window", required_argument, NULL, OPT_WINDOW},
    {"cursor", required_argument, NULL, OPT_CURSOR},   {"missed", required_argument, NULL, OPT_MISSED},
    {"size", required_argument, NULL, OPT_SIZE},       {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {NULL, 0, NULL, 0}};

static const struct dialect *swarm_dialect(const char *name)
{
    static const struct dialect *const all[] = {&dialect_confab_sse, &dialect_confab_ws, &dialect_nchan_sse, &dialect_nchan_ws,
                                                &dialect_yard_sse,   &dialect_yard_ws,   &dialect_socketio,  &dialect_xmpp};
    size_t i;

    for (i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i]->name, name) == 0) return all[i];
    tool_die("there is no dialect '%s'", name);
}

static void swarm_option(struct swarm *s, int64_t *timeout_us, int option, const char *value)
{
    switch (option) {
    case OPT_DIALECT: s->dialect = swarm_dialect(value); break;
    case OPT_ADDRESS: net_parse(value, &s->address); break;
    case OPT_POST: net_parse(value, &s->post); break;
    case OPT_PEOPLE: people_load(value, &s->people); break;
    case OPT_STREAMS: s->n = (size_t)tool_number(value, "--streams", 1, 1000000); break;
    case OPT_WINDOW: s->window = (size_t)tool_number(value, "--window", 1, 1000000); break;
    case OPT_CURSOR: s->cursor = value; break;
    case OPT_MISSED: s->missed = (uint64_t)tool_number(value, "--missed", 0, 1000000); break;
    case OPT_SIZE: s->size = (size_t)tool_number(value, "--size", 128, 60000); break;
    case OPT_TIMEOUT: *timeout_us = tool_number(value, "--timeout", 1, 3600) * CLOCK_SECOND; break;
    default: tool_die("see the head of bench/compare/swarm.c for the options");
    }
}

static void swarm_expect(struct swarm *s, uint64_t count, int64_t seconds)
{
    int64_t own = tool_cpu_us(), until = clock_mono() + seconds * CLOCK_SECOND;

    swarm_reset(s);
    puts("armed");
    while (s->messages < count && clock_mono() < until && s->ready) loop_turn(&s->loop, 100);
    own = tool_cpu_us() - own;
    printf("arrived deliveries=%" PRIu64 " expected=%" PRIu64 " bytes=%" PRIu64 " reads=%" PRIu64 " us=%" PRId64 " ended=%zu own_cpu_us=%" PRId64 "\n",
           s->messages, count, s->bytes, s->reads, s->last_us - s->first_us, s->ended, own);
}

/* False: the end. */
static bool swarm_obey(struct swarm *s, struct slice line)
{
    struct slice rest = line, word, count;
    uint64_t n, seconds;

    slice_cut(&rest, ' ', &word);
    if (slice_eq(word, SLICE("quit"))) return false;
    if (slice_eq(word, SLICE("expect")) && slice_cut(&rest, ' ', &count) && slice_u64(count, INT64_MAX, &n) && slice_u64(rest, 3600, &seconds))
        swarm_expect(s, n, (int64_t)seconds);
    else if (!swarm_post(s, line))
        tool_die("unknown command");
    return true;
}

struct swarm_input {
    struct watch watch; /* first */
    char line[SWARM_LINE];
    size_t n;
    bool whole, over;
};

/* One command at a time: nobody sends the next before the answer. */
static void swarm_input_ready(struct watch *w, uint32_t events)
{
    struct swarm_input *in = (struct swarm_input *)w;
    ssize_t n = read(STDIN_FILENO, in->line + in->n, sizeof in->line - in->n);

    (void)events;
    if (n <= 0) {
        in->over = true;
        return;
    }
    in->n += (size_t)n;
    in->whole = in->line[in->n - 1] == '\n';
    if (!in->whole && in->n == sizeof in->line) tool_die("a command is too long");
}

static void swarm_serve(struct swarm *s)
{
    struct swarm_input in = {.watch = {swarm_input_ready}};
    bool go = true;

    loop_add(&s->loop, STDIN_FILENO, EPOLLIN, &in.watch);
    while (go && !in.over) {
        loop_turn(&s->loop, 1000);
        if (!in.whole) continue;
        in.whole = false;
        loop_change(&s->loop, STDIN_FILENO, 0, &in.watch);
        go = swarm_obey(s, slice_make(in.line, in.n - 1));
        loop_change(&s->loop, STDIN_FILENO, EPOLLIN, &in.watch);
        in.n = 0;
    }
}

int main(int argc, char **argv)
{
    struct swarm s = {.window = 200, .size = 380};
    int64_t timeout_us = 60 * CLOCK_SECOND;
    int option;
    bool all;

    tool_start("swarm");
    if (!crypto_start()) tool_die("libsodium does not start");
    while ((option = getopt_long(argc, argv, "", swarm_options, NULL)) != -1) swarm_option(&s, &timeout_us, option, optarg);
    if (!s.dialect || s.address.len == 0 || s.people.n == 0 || s.n == 0) tool_die("--dialect, --address, --people and --streams are needed");
    if (s.people.n < s.n) tool_die("%zu clients are asked for, but the file lists %zu accounts", s.n, s.people.n);
    if (tool_raise_files() < s.n + 128) tool_die("%zu clients need more open files than are allowed", s.n);
    setvbuf(stdout, NULL, _IOLBF, 0);
    swarm_start(&s);
    all = swarm_open(&s, timeout_us);
    printf("ready streams=%zu current=%zu in_time=%d refused=%zu refused_status=%u ended=%zu messages=%" PRIu64 " us=%" PRId64 " p50_us=%" PRId64
           " p99_us=%" PRId64 " own_cpu_us=%" PRId64 "\n",
           s.ready, s.current, all, s.refused, s.refused_status, s.ended, s.messages, sample_at(&s.became_current, 1000),
           sample_at(&s.became_current, 500), sample_at(&s.became_current, 990), tool_cpu_us());
    swarm_serve(&s);
    swarm_close(&s);
    return 0;
}
