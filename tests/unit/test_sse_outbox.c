#include "unit.h"

#include "../../sse/outbox.h"

static struct frame *frame(struct slice s)
{
    struct buf b = BUF_INIT;
    struct frame *f;

    buf_slice(&b, s);
    f = frame_make(&b);
    assert_non_null(f);
    buf_free(&b);
    return f;
}

static void empty_owns_nothing(void **state)
{
    struct outbox o = {0};

    (void)state;
    assert_true(outbox_empty(&o));
    assert_int_equal(outbox_front(&o).n, 0);
    outbox_sent(&o, 0);
    outbox_cut(&o);
    outbox_clear(&o);
    assert_null(o.ring);
    assert_true(outbox_sane(&o));
}

static void it_goes_on_where_a_write_has_stopped(void **state)
{
    struct outbox o = {0};
    struct frame *a = frame(SLICE("first")), *b = frame(SLICE("second"));

    (void)state;
    assert_true(outbox_add(&o, a, 2) && outbox_add(&o, b, 0));
    assert_int_equal(o.bytes, 9);
    assert_slice(outbox_front(&o), "rst");
    outbox_sent(&o, 1);
    assert_slice(outbox_front(&o), "st");
    outbox_sent(&o, 2);
    assert_slice(outbox_front(&o), "second");
    outbox_sent(&o, 6);
    assert_true(outbox_empty(&o));
    assert_null(o.ring);
    assert_int_equal(a->refs, 1);
    assert_int_equal(b->refs, 1);
    frame_unref(a);
    frame_unref(b);
}

static void a_frame_that_is_written_whole_is_not_kept(void **state)
{
    struct outbox o = {0};
    struct frame *a = frame(SLICE("x"));

    (void)state;
    assert_true(outbox_add(&o, a, 1));
    assert_true(outbox_empty(&o));
    assert_int_equal(a->refs, 1);
    frame_unref(a);
}

/* What has begun to go out must go out whole; the rest need not. */
static void cutting_keeps_what_has_begun(void **state)
{
    struct outbox o = {0};
    struct frame *a = frame(SLICE("begun")), *b = frame(SLICE("waiting"));

    (void)state;
    assert_true(outbox_add(&o, a, 1) && outbox_add(&o, b, 0) && outbox_add(&o, b, 0));
    outbox_cut(&o);
    assert_true(outbox_sane(&o));
    assert_slice(outbox_front(&o), "egun");
    assert_int_equal(o.n, 1);
    assert_int_equal(b->refs, 1);
    outbox_clear(&o);
    assert_true(outbox_add(&o, b, 0));
    outbox_cut(&o);
    assert_true(outbox_empty(&o));
    assert_int_equal(b->refs, 1);
    frame_unref(a);
    frame_unref(b);
}

/* Random adds and partial writes: the bytes come out as they went in. */
static void bytes_come_out_in_order(void **state)
{
    struct outbox o = {0};
    uint8_t in = 0, out = 0;
    size_t inside = 0;

    (void)state;
    for (int step = 0; step < 30000; step++) {
        if (random_number() % 2 == 0) {
            char text[40];
            size_t n = random_number() % sizeof text;
            struct frame *f;

            for (size_t i = 0; i < n; i++) text[i] = (char)in++;
            f = frame(slice_make(text, n));
            assert_true(outbox_add(&o, f, 0));
            frame_unref(f);
            inside += n;
        } else {
            struct slice s = outbox_front(&o);
            size_t n = s.n > 0 ? random_number() % (s.n + 1) : 0;

            for (size_t i = 0; i < n; i++) assert_int_equal((uint8_t)s.p[i], out++);
            outbox_sent(&o, n);
            inside -= n;
        }
        assert_int_equal(o.bytes, inside);
        assert_true(outbox_sane(&o));
    }
    outbox_clear(&o);
}

static void sane_sees_what_is_wrong(void **state)
{
    struct outbox o = {0};
    struct frame *a = frame(SLICE("abc"));

    (void)state;
    assert_true(outbox_add(&o, a, 0));
    o.bytes++;
    assert_false(outbox_sane(&o));
    o.bytes--;
    assert_true(outbox_sane(&o));
    outbox_clear(&o);
    frame_unref(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_owns_nothing),
        cmocka_unit_test(it_goes_on_where_a_write_has_stopped),
        cmocka_unit_test(a_frame_that_is_written_whole_is_not_kept),
        cmocka_unit_test(cutting_keeps_what_has_begun),
        cmocka_unit_test(bytes_come_out_in_order),
        cmocka_unit_test(sane_sees_what_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
