#include "unit.h"

#include <unistd.h>

#include "clock.h"

#include "../../sse/loop.h"

enum { TIMERS = 300 };

static struct loop *loop;
static struct timer timers[TIMERS];
static int64_t last_at;
static unsigned rung;

static void ring(struct timer *t)
{
    /* In the order of their times, whatever the order of their making. */
    assert_true(t->at >= last_at);
    assert_true(t->at <= loop_now(loop));
    last_at = t->at;
    rung++;
}

static void stop(struct timer *t)
{
    (void)t;
    loop_stop(loop);
}

static void timers_ring_in_order(void **state)
{
    struct timer end = {.on = stop};
    int64_t now;
    unsigned armed = 0;

    (void)state;
    loop = loop_new();
    assert_non_null(loop);
    now = loop_now(loop);
    last_at = rung = 0;
    for (int i = 0; i < TIMERS; i++) {
        timers[i] = (struct timer){.on = ring};
        assert_true(loop_timer_add(loop, &timers[i]));
    }
    for (int step = 0; step < 5000; step++) {
        struct timer *t = &timers[random_number() % TIMERS];

        if (random_number() % 3 == 0) {
            loop_timer_stop(loop, t);
        } else {
            loop_timer_set(loop, t, now + (int64_t)(random_number() % 20000));
        }
    }
    for (int i = 0; i < TIMERS; i++) armed += timers[i].place != 0;
    assert_true(loop_timer_add(loop, &end));
    loop_timer_set(loop, &end, now + 30000);
    assert_true(loop_run(loop));
    assert_int_equal(rung, armed);
    for (int i = 0; i < TIMERS; i++) {
        assert_int_equal(timers[i].place, 0);
        loop_timer_drop(loop, &timers[i]);
    }
    loop_timer_drop(loop, &end);
    loop_free(loop);
}

static struct pair {
    struct watch watch;
    int other;
    unsigned called;
} pairs[2];

/* Both are ready in one turn; whoever is first takes the other out, which then hears nothing. */
static void remove_other(struct watch *w, uint32_t events)
{
    struct pair *p = CONTAINER_OF(w, struct pair, watch), *q = p == &pairs[0] ? &pairs[1] : &pairs[0];

    assert_true(events & EPOLLIN);
    p->called++;
    loop_unwatch(loop, &q->watch);
    loop_stop(loop);
}

static void who_is_taken_out_hears_nothing_more(void **state)
{
    (void)state;
    loop = loop_new();
    for (int i = 0; i < 2; i++) {
        int ends[2];

        assert_int_equal(pipe(ends), 0);
        pairs[i] = (struct pair){.watch = {.fd = ends[0], .on = remove_other}, .other = ends[1]};
        assert_true(loop_watch(loop, &pairs[i].watch, EPOLLIN));
        assert_int_equal(write(ends[1], "x", 1), 1);
    }
    assert_true(loop_run(loop));
    assert_int_equal(pairs[0].called + pairs[1].called, 1);
    for (int i = 0; i < 2; i++) {
        close(pairs[i].watch.fd);
        close(pairs[i].other);
    }
    loop_free(loop);
}

static unsigned turns;

static void nothing(struct timer *t)
{
    (void)t;
}

static bool turn(void *arg)
{
    assert_ptr_equal(arg, &turns);
    if (++turns == 5) loop_stop(loop);
    return true;
}

static void more_to_do_means_no_sleep(void **state)
{
    int64_t before = clock_mono();
    struct timer first = {.on = nothing};

    (void)state;
    loop = loop_new();
    assert_true(loop_timer_add(loop, &first));
    loop_timer_set(loop, &first, loop_now(loop));
    loop_each_turn(loop, turn, &turns);
    assert_true(loop_run(loop));
    assert_int_equal(turns, 5);
    assert_true(clock_mono() - before < 10 * CLOCK_SECOND);
    loop_timer_drop(loop, &first);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_ring_in_order),
        cmocka_unit_test(who_is_taken_out_hears_nothing_more),
        cmocka_unit_test(more_to_do_means_no_sleep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
