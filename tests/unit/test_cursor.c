#include "unit.h"

#include "cursor.h"

static struct keyring *ring;

static bool from_text(struct cursor *c, const char *text)
{
    struct slice s = exact(slice_str(text));
    bool ok = cursor_from_snapshot(c, 77, 88, s);

    free((void *)(uintptr_t)s.p);
    return ok;
}

static void assert_same(const struct cursor *a, const struct cursor *b)
{
    assert_true(a->epoch == b->epoch);
    assert_true(a->lsn == b->lsn);
    assert_true(a->xmin == b->xmin);
    assert_true(a->xmax == b->xmax);
    assert_int_equal(a->n, b->n);
    if (a->n > 0) assert_memory_equal(a->xip, b->xip, a->n * sizeof *a->xip);
}

/* Encodes, decodes, compares; the token is what it takes. */
static void round_trip(const struct cursor *c)
{
    struct buf token = BUF_INIT, again = BUF_INIT;
    struct cursor back = CURSOR_INIT;

    cursor_encode(c, ring, &token);
    assert_true(buf_ok(&token));
    assert_true(token.len <= CURSOR_TEXT_MAX);
    assert_int_equal(cursor_decode(buf_view(&token), ring, &back), CURSOR_OK);
    assert_same(c, &back);
    cursor_encode(&back, ring, &again);
    assert_true(slice_eq(buf_view(&token), buf_view(&again)));
    cursor_free(&back);
    buf_free(&token);
    buf_free(&again);
}

static void snapshots_are_read_and_written_back(void **state)
{
    static const char *const texts[] = {
        "1:1:", "750:750:", "750:760:750", "750:760:750,753,759", "10:20:", "1:18446744073709551615:18446744073709551614",
        "18446744073709551615:18446744073709551615:",
    };
    struct cursor c = CURSOR_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct buf out = BUF_INIT;

        /* What it held before is freed: the leak checker looks. */
        assert_true(from_text(&c, texts[i]));
        assert_true(c.epoch == 77 && c.lsn == 88);
        cursor_snapshot(&c, &out);
        assert_string_equal(buf_cstr(&out), texts[i]);
        round_trip(&c);
        buf_free(&out);
    }
    cursor_free(&c);
}

static void malformed_snapshots_are_refused_and_change_nothing(void **state)
{
    static const char *const wrong[] = {
        "", ":", "::", "1", "1:", "1:2", ":2:", "1::", "0:1:", "2:1:", "1:2:2", "2:3:1", "1:5:3,3", "1:5:3,2", "1:5:3,",
        "1:5:,3", "1:5:3,,4", "1:5:3 ", " 1:5:3", "1:5:3:4", "01:5:3", "1:5:03", "-1:5:", "1:5:-1", "1:0x5:",
        "1:18446744073709551616:", "1:5:3;4",
    };
    struct cursor c = CURSOR_INIT;

    (void)state;
    assert_true(from_text(&c, "4:9:5"));
    for (size_t i = 0; i < COUNT(wrong); i++) {
        if (from_text(&c, wrong[i])) fail_msg("%s", wrong[i]);
        assert_true(c.xmin == 4 && c.xmax == 9 && c.n == 1 && c.xip[0] == 5);
    }
    cursor_free(&c);
}

static void sees_what_had_committed(void **state)
{
    struct cursor c = CURSOR_INIT;

    (void)state;
    assert_true(from_text(&c, "10:20:10,13,19"));
    for (uint64_t xid = 0; xid < 30; xid++) {
        bool running = xid == 10 || xid == 13 || xid == 19;

        assert_int_equal(cursor_sees(&c, xid), xid < 20 && !running);
    }
    assert_false(cursor_sees(&c, UINT64_MAX));
    cursor_free(&c);
}

/* A snapshot with n running transactions, gaps of up to `gap`. */
static struct cursor random_cursor(size_t n, uint64_t gap)
{
    struct cursor c = {.epoch = (uint32_t)random_number(), .lsn = random_number() >> random_number() % 64};
    uint64_t x = random_number() % (UINT64_C(1) << 40) + 1;

    c.xmin = x;
    c.n = n;
    c.xip = malloc((n + 1) * sizeof *c.xip);
    assert_non_null(c.xip);
    for (size_t i = 0; i < n; i++) {
        x += random_number() % gap;
        c.xip[i] = x++;
    }
    c.xmax = x + random_number() % gap;
    return c;
}

static void random_snapshots_make_the_round_trip(void **state)
{
    (void)state;
    for (int i = 0; i < 3000; i++) {
        struct cursor c = random_cursor(random_number() % (i % 20 == 0 ? CURSOR_XIPS + 1 : 40), UINT64_C(1) << random_number() % 20);

        round_trip(&c);
        cursor_free(&c);
    }
}

static void text_and_token_of_a_random_snapshot_agree(void **state)
{
    (void)state;
    for (int i = 0; i < 500; i++) {
        struct cursor c = random_cursor(random_number() % 60, 1000), back = CURSOR_INIT;
        struct buf text = BUF_INIT;

        cursor_snapshot(&c, &text);
        assert_true(cursor_from_snapshot(&back, c.epoch, c.lsn, buf_view(&text)));
        assert_same(&c, &back);
        for (size_t j = 0; j < c.n; j++) assert_false(cursor_sees(&back, c.xip[j]));
        cursor_free(&back);
        cursor_free(&c);
        buf_free(&text);
    }
}

static void the_limits_hold_on_both_sides(void **state)
{
    struct cursor full = random_cursor(CURSOR_XIPS, 2000), over = random_cursor(CURSOR_XIPS + 1, 5), wide;
    struct buf out = BUF_INIT;
    struct cursor c = CURSOR_INIT;

    (void)state;
    round_trip(&full);
    cursor_encode(&over, ring, &out);
    assert_false(buf_ok(&out));
    buf_clear(&out);
    cursor_snapshot(&over, &out);
    assert_false(cursor_from_snapshot(&c, 1, 1, buf_view(&out)));
    /* So far apart that the token would be too long to be read again. */
    wide = random_cursor(CURSOR_XIPS, UINT64_C(1) << 50);
    buf_clear(&out);
    cursor_encode(&wide, ring, &out);
    assert_false(buf_ok(&out));
    buf_free(&out);
    cursor_free(&full);
    cursor_free(&over);
    cursor_free(&wide);
}

static void an_insane_cursor_is_never_encoded(void **state)
{
    uint64_t xip[] = {5, 5};
    struct cursor wrong[] = {
        {.xmin = 0, .xmax = 1}, {.xmin = 2, .xmax = 1}, {.xmin = 1, .xmax = 5, .xip = xip, .n = 1},
        {.xmin = 6, .xmax = 9, .xip = xip, .n = 1}, {.xmin = 1, .xmax = 9, .xip = xip, .n = 2},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct buf out = BUF_INIT;

        cursor_encode(&wrong[i], ring, &out);
        assert_false(buf_ok(&out));
        buf_free(&out);
    }
}

static void expect_refused(struct slice broken, void *arg)
{
    struct cursor c = {.epoch = 4711};

    (void)arg;
    assert_int_not_equal(cursor_decode(broken, ring, &c), CURSOR_OK);
    assert_int_equal(c.epoch, 4711);
    assert_null(c.xip);
}

static void a_token_with_any_bit_changed_is_refused(void **state)
{
    struct cursor c = CURSOR_INIT;
    struct buf token = BUF_INIT, raw = BUF_INIT;
    size_t n = 0;

    (void)state;
    assert_true(from_text(&c, "750000:760000:750000,753111,759999"));
    cursor_encode(&c, ring, &token);
    feed_broken(buf_view(&token), expect_refused, NULL);
    /* Every bit of the bytes beneath, encoded afresh: only the MAC can tell. */
    assert_true(base64url_decode(buf_view(&token), buf_reserve(&raw, token.len), token.len, &n));
    raw.len = n;
    for (size_t bit = 0; bit < n * 8; bit++) {
        struct cursor got = CURSOR_INIT;
        struct buf forged = BUF_INIT;
        enum cursor_decoded d;

        raw.data[bit / 8] = (char)(raw.data[bit / 8] ^ (1 << bit % 8));
        buf_base64url(&forged, raw.data, n);
        d = cursor_decode(buf_view(&forged), ring, &got);
        if (bit >= 2 * 8) assert_int_equal(d, CURSOR_FORGED);
        assert_int_not_equal(d, CURSOR_OK);
        buf_free(&forged);
        raw.data[bit / 8] = (char)(raw.data[bit / 8] ^ (1 << bit % 8));
    }
    buf_byte(&token, 'A');
    expect_refused(buf_view(&token), NULL);
    buf_free(&raw);
    buf_free(&token);
    cursor_free(&c);
}

static void garbage_is_malformed(void **state)
{
    struct cursor c = CURSOR_INIT;
    struct buf b = BUF_INIT;

    (void)state;
    assert_int_equal(cursor_decode(SLICE_NULL, ring, &c), CURSOR_MALFORMED);
    assert_int_equal(cursor_decode(SLICE("AQ"), ring, &c), CURSOR_MALFORMED);
    assert_int_equal(cursor_decode(SLICE("!!!!"), ring, &c), CURSOR_MALFORMED);
    for (size_t i = 0; i < CURSOR_TEXT_MAX; i++) buf_byte(&b, 'A');
    assert_int_equal(cursor_decode(buf_view(&b), ring, &c), CURSOR_MALFORMED);
    buf_byte(&b, 'A');
    assert_int_equal(cursor_decode(buf_view(&b), ring, &c), CURSOR_MALFORMED);
    buf_free(&b);
}

/* A token of our own MAC around `body`: what a bug or an older release could have made. */
static enum cursor_decoded decode_signed(struct slice body)
{
    struct buf raw = BUF_INIT, token = BUF_INIT;
    uint8_t mac[CRYPTO_MAC_SIZE];
    struct cursor c = CURSOR_INIT;
    enum cursor_decoded d;

    buf_slice(&raw, body);
    assert_true(crypto_mac(ring, 2, MAC_CURSOR, body, mac));
    buf_bytes(&raw, mac, 16);
    buf_base64url(&token, raw.data, raw.len);
    d = cursor_decode(buf_view(&token), ring, &c);
    cursor_free(&c);
    buf_free(&raw);
    buf_free(&token);
    return d;
}

static void numbers_are_checked_behind_a_good_mac_too(void **state)
{
    /* version, key id, epoch, lsn, xmin, span, count, deltas */
    static const struct {
        struct slice body;
        enum cursor_decoded verdict;
    } cases[] = {
        {SLICE("\x01\x02\x07\x08\x0A\x05\x02\x00\x03"), CURSOR_OK},
        {SLICE("\x01\x02\x07\x08\x0A\x05\x02\x00\x04"), CURSOR_MALFORMED},     /* past xmax */
        {SLICE("\x01\x02\x07\x08\x0A\x05\x02\x05\x00"), CURSOR_MALFORMED},
        {SLICE("\x01\x02\x07\x08\x0A\x05\x02\x00"), CURSOR_MALFORMED},         /* one short */
        {SLICE("\x01\x02\x07\x08\x0A\x05\x01\x00\x00"), CURSOR_MALFORMED},     /* one too many */
        {SLICE("\x01\x02\x07\x08\x00\x05\x00"), CURSOR_MALFORMED},             /* xmin 0 */
        {SLICE("\x01\x02\x87\x00\x08\x0A\x05\x00"), CURSOR_MALFORMED},         /* longer than needed */
        {SLICE("\x01\x82\x00\x07\x08\x0A\x05\x00"), CURSOR_MALFORMED},
        {SLICE("\x01\x02\xFF\xFF\xFF\xFF\x0F\x08\x0A\x05\x00"), CURSOR_OK},
        {SLICE("\x01\x02\xFF\xFF\xFF\xFF\x1F\x08\x0A\x05\x00"), CURSOR_MALFORMED}, /* epoch past 32 bits */
        {SLICE("\x01\x02\x07\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x0A\x05\x00"), CURSOR_OK},
        {SLICE("\x01\x02\x07\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02\x0A\x05\x00"), CURSOR_MALFORMED},
        {SLICE("\x01\x02\x07\x08\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x00"), CURSOR_MALFORMED}, /* span wraps */
        {SLICE("\x01\x02\x07\x08\x0A\x05\x81\x04"), CURSOR_MALFORMED},         /* 513 */
        {SLICE("\x01\x02\x07\x08\x0A\x05\x85"), CURSOR_MALFORMED},
        {SLICE("\x01\x02"), CURSOR_MALFORMED},
        {SLICE("\x02\x02\x07\x08\x0A\x05\x00"), CURSOR_MALFORMED},             /* another version */
        {SLICE("\x01\x01\x07\x08\x0A\x05\x00"), CURSOR_FORGED},                /* the other key's id */
        {SLICE("\x01\x63\x07\x08\x0A\x05\x00"), CURSOR_FORGED},                /* no such key */
        {SLICE("\x01\x00\x07\x08\x0A\x05\x00"), CURSOR_MALFORMED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (decode_signed(cases[i].body) != cases[i].verdict) fail_msg("case %zu", i);
    }
}

static void tokens_of_older_keys_are_still_read(void **state)
{
    struct keyring *one = ring_of_one();
    struct cursor c = CURSOR_INIT, got = CURSOR_INIT;
    struct buf old = BUF_INIT, fresh = BUF_INIT;

    (void)state;
    assert_true(from_text(&c, "4:9:5"));
    cursor_encode(&c, one, &old);
    assert_int_equal(cursor_decode(buf_view(&old), ring, &got), CURSOR_OK);
    cursor_free(&got);
    cursor_encode(&c, ring, &fresh);
    assert_int_equal(cursor_decode(buf_view(&fresh), one, &got), CURSOR_FORGED);
    cursor_free(&c);
    buf_free(&old);
    buf_free(&fresh);
    keyring_free(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snapshots_are_read_and_written_back),
        cmocka_unit_test(malformed_snapshots_are_refused_and_change_nothing),
        cmocka_unit_test(sees_what_had_committed),
        cmocka_unit_test(random_snapshots_make_the_round_trip),
        cmocka_unit_test(text_and_token_of_a_random_snapshot_agree),
        cmocka_unit_test(the_limits_hold_on_both_sides),
        cmocka_unit_test(an_insane_cursor_is_never_encoded),
        cmocka_unit_test(a_token_with_any_bit_changed_is_refused),
        cmocka_unit_test(garbage_is_malformed),
        cmocka_unit_test(numbers_are_checked_behind_a_good_mac_too),
        cmocka_unit_test(tokens_of_older_keys_are_still_read),
    };
    int failed;

    if (!crypto_start()) return 1;
    ring = ring_of_two();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    keyring_free(ring);
    return failed;
}
