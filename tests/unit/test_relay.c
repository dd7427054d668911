#include "unit.h"

#include "buf.h"
#include "relay.h"

static struct keyring *ring;

static const struct relay client = {.tenant = 1, .account = 22, .session = 333, .time = 1795208709, .address = "2001:db8::7"};

#define METHOD SLICE("POST")
#define PATH SLICE("/api/rooms/12/messages")
#define BODY SLICE("{\"text\":\"hi\"}")

static struct buf signed_value(void)
{
    struct buf b = BUF_INIT;

    assert_true(relay_sign(ring, &client, METHOD, PATH, BODY, &b));
    return b;
}

static enum relay_verdict verify(struct slice value, struct relay *r)
{
    return relay_verify(ring, value, METHOD, PATH, BODY, client.time + 3, r);
}

static void what_the_pusher_signs_the_handler_accepts(void **state)
{
    struct buf value = signed_value();
    struct relay r = {0};

    (void)state;
    assert_true(slice_starts(buf_view(&value), SLICE("v1 2 1 22 333 1795208709 2001:db8::7 ")));
    assert_int_equal(verify(buf_view(&value), &r), RELAY_GOOD);
    assert_true(r.tenant == 1 && r.account == 22 && r.session == 333 && r.time == client.time);
    assert_string_equal(r.address, client.address);
    buf_free(&value);
}

static void it_holds_for_one_request_only(void **state)
{
    struct buf value = signed_value();
    struct slice v = buf_view(&value);
    const int64_t now = client.time;
    struct relay r = {.account = 9};

    (void)state;
    assert_int_equal(relay_verify(ring, v, SLICE("PUT"), PATH, BODY, now, &r), RELAY_FORGED);
    assert_int_equal(relay_verify(ring, v, METHOD, SLICE("/api/rooms/13/messages"), BODY, now, &r), RELAY_FORGED);
    assert_int_equal(relay_verify(ring, v, METHOD, PATH, SLICE("{\"text\":\"ho\"}"), now, &r), RELAY_FORGED);
    assert_int_equal(relay_verify(ring, v, METHOD, PATH, SLICE_NULL, now, &r), RELAY_FORGED);
    /* Bytes moved from one part to the next. */
    assert_int_equal(relay_verify(ring, v, SLICE("POST/"), SLICE("api/rooms/12/messages"), BODY, now, &r), RELAY_FORGED);
    assert_int_equal(r.account, 9);
    buf_free(&value);
}

static void it_is_stale_after_a_minute_either_way(void **state)
{
    struct buf value = signed_value();
    const int64_t now[] = {client.time + RELAY_SKEW + 1, client.time - RELAY_SKEW - 1, 0, -1, INT64_MIN, INT64_MAX};
    struct relay r = {.account = 9};

    (void)state;
    for (size_t i = 0; i < COUNT(now); i++) {
        assert_int_equal(relay_verify(ring, buf_view(&value), METHOD, PATH, BODY, now[i], &r), RELAY_STALE);
    }
    assert_int_equal(r.account, 9);
    assert_int_equal(relay_verify(ring, buf_view(&value), METHOD, PATH, BODY, client.time + RELAY_SKEW, &r), RELAY_GOOD);
    assert_int_equal(relay_verify(ring, buf_view(&value), METHOD, PATH, BODY, client.time - RELAY_SKEW, &r), RELAY_GOOD);
    buf_free(&value);
}

static void expect_refused(struct slice broken, void *arg)
{
    struct relay r = {.account = 9};
    enum relay_verdict v = verify(broken, &r);

    (void)arg;
    assert_true(v == RELAY_MALFORMED || v == RELAY_FORGED);
    assert_int_equal(r.account, 9);
}

static void a_header_with_any_bit_changed_is_refused(void **state)
{
    struct buf value = signed_value();

    (void)state;
    feed_broken(buf_view(&value), expect_refused, NULL);
    buf_byte(&value, ' ');
    expect_refused(buf_view(&value), NULL);
    buf_byte(&value, 'a');
    expect_refused(buf_view(&value), NULL);
    buf_free(&value);
}

#define MAC_HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void malformed_headers_are_told_from_forged_ones(void **state)
{
    static const char *const wrong[] = {
        "", " ", "v1", "v2 2 1 22 333 1795208709 - " MAC_HEX, "v1 0 1 22 333 1795208709 - " MAC_HEX,
        "v1 2 0 22 333 1795208709 - " MAC_HEX, "v1 2 1 0 333 1795208709 - " MAC_HEX, "v1 2 1 22 0 1795208709 - " MAC_HEX,
        "v1 2 1 22 333 -1 - " MAC_HEX, "v1 2 1 22 333 1795208709  " MAC_HEX, "v1 2 1 22 333 1795208709 - 00",
        "v1 2 1 22 333 1795208709 - " MAC_HEX "00", "v1  2 1 22 333 1795208709 - " MAC_HEX,
        "v1 2 1 22 333 1795208709 - " MAC_HEX " ", "v1 2 1 22 333 1795208709 - x " MAC_HEX,
        "v1 2 1 22 333 1795208709 0123456789012345678901234567890123456789012345678901234567890123 " MAC_HEX,
        "v1 2147483648 1 22 333 1795208709 - " MAC_HEX, "v1 2 1 9223372036854775808 333 1795208709 - " MAC_HEX,
    };
    struct relay r;

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        if (verify(slice_str(wrong[i]), &r) != RELAY_MALFORMED) fail_msg("%s", wrong[i]);
    }
    assert_int_equal(verify(SLICE("v1 2 1 22 333 1795208709 - " MAC_HEX), &r), RELAY_FORGED);
    assert_int_equal(verify(SLICE("v1 99 1 22 333 1795208709 - " MAC_HEX), &r), RELAY_FORGED);
}

static void what_could_not_be_verified_is_not_signed(void **state)
{
    struct relay wrong[7];
    struct buf b = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) wrong[i] = client;
    wrong[0].tenant = 0;
    wrong[1].account = -1;
    wrong[2].session = 0;
    wrong[3].time = -1;
    wrong[4].address[0] = '\0';
    wrong[5].address[2] = ' ';
    memset(wrong[6].address, 'a', sizeof wrong[6].address);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_false(relay_sign(ring, &wrong[i], METHOD, PATH, BODY, &b));
        assert_int_equal(b.len, 0);
    }
    buf_free(&b);
}

static void the_longest_values_fit(void **state)
{
    struct relay r = {.tenant = INT64_MAX, .account = INT64_MAX, .session = INT64_MAX, .time = INT64_MAX}, got;
    char err[100];
    struct keyring *k = keyring_parse(SLICE("2147483647 " MAC_HEX), err, sizeof err);
    struct buf b = BUF_INIT;

    (void)state;
    memset(r.address, 'a', sizeof r.address - 1);
    assert_non_null(k);
    assert_true(relay_sign(k, &r, METHOD, PATH, BODY, &b));
    assert_int_equal(relay_verify(k, buf_view(&b), METHOD, PATH, BODY, INT64_MAX, &got), RELAY_GOOD);
    assert_string_equal(got.address, r.address);
    buf_free(&b);
    keyring_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_pusher_signs_the_handler_accepts),
        cmocka_unit_test(it_holds_for_one_request_only),
        cmocka_unit_test(it_is_stale_after_a_minute_either_way),
        cmocka_unit_test(a_header_with_any_bit_changed_is_refused),
        cmocka_unit_test(malformed_headers_are_told_from_forged_ones),
        cmocka_unit_test(what_could_not_be_verified_is_not_signed),
        cmocka_unit_test(the_longest_values_fit),
    };
    int failed;

    if (!crypto_start()) return 1;
    ring = ring_of_two();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    keyring_free(ring);
    return failed;
}
