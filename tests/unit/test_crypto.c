#include "unit.h"

#include "buf.h"
#include "crypto.h"

static const struct seal_ad place = {
    .use = SEAL_MESSAGE,
    .tenant = 3,
    .feed = 12,
    .owner = 7,
    .client_id = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
    .version = 1,
};

static void what_is_sealed_opens_again(void **state)
{
    struct keyring *k = ring_of_two();

    (void)state;
    for (size_t n = 0; n < 3000; n = n * 2 + 1) {
        struct buf plain = BUF_INIT, sealed = BUF_INIT, opened = BUF_INIT;

        crypto_random(buf_reserve(&plain, n), n);
        plain.len = n;
        buf_str(&sealed, "before");
        buf_str(&opened, "before");
        assert_true(crypto_seal(k, 2, &place, buf_view(&plain), &sealed));
        assert_int_equal(sealed.len, 6 + n + CRYPTO_SEAL_OVERHEAD);
        buf_drop(&sealed, 6);
        assert_int_equal(crypto_open(k, 2, &place, buf_view(&sealed), &opened), CRYPTO_OPENED);
        buf_drop(&opened, 6);
        assert_true(slice_eq(buf_view(&opened), buf_view(&plain)));
        buf_free(&plain);
        buf_free(&sealed);
        buf_wipe(&opened);
    }
    keyring_free(k);
}

static void sealing_twice_gives_different_texts(void **state)
{
    struct keyring *k = ring_of_two();
    struct buf a = BUF_INIT, b = BUF_INIT;

    (void)state;
    assert_true(crypto_seal(k, 1, &place, SLICE("same"), &a));
    assert_true(crypto_seal(k, 1, &place, SLICE("same"), &b));
    assert_false(slice_eq(buf_view(&a), buf_view(&b)));
    buf_free(&a);
    buf_free(&b);
    keyring_free(k);
}

struct sealed_text {
    struct keyring *k;
    struct buf sealed;
};

static void setup_sealed(struct sealed_text *t)
{
    *t = (struct sealed_text){.k = ring_of_two()};
    assert_true(crypto_seal(t->k, 2, &place, SLICE("a message"), &t->sealed));
}

static void teardown_sealed(struct sealed_text *t)
{
    buf_free(&t->sealed);
    keyring_free(t->k);
}

static void assert_damaged(const struct sealed_text *t, int32_t key_id, const struct seal_ad *ad, struct slice sealed)
{
    struct buf out = BUF_INIT;

    assert_int_equal(crypto_open(t->k, key_id, ad, sealed, &out), CRYPTO_DAMAGED);
    assert_true(buf_ok(&out));
    assert_int_equal(out.len, 0);
    buf_free(&out);
}

static void a_row_in_another_place_is_damaged(void **state)
{
    struct sealed_text t;
    struct seal_ad other;

    (void)state;
    setup_sealed(&t);
    other = place;
    other.use = SEAL_ROOM_NAME;
    assert_damaged(&t, 2, &other, buf_view(&t.sealed));
    other.use = SEAL_TOPIC;
    assert_damaged(&t, 2, &other, buf_view(&t.sealed));
    for (unsigned bit = 0; bit < 64; bit++) {
        const int64_t flip = (int64_t)(UINT64_C(1) << bit);

        other = place;
        other.tenant ^= flip;
        assert_damaged(&t, 2, &other, buf_view(&t.sealed));
        other = place;
        other.feed ^= flip;
        assert_damaged(&t, 2, &other, buf_view(&t.sealed));
        other = place;
        other.owner ^= flip;
        assert_damaged(&t, 2, &other, buf_view(&t.sealed));
    }
    for (unsigned bit = 0; bit < 128; bit++) {
        other = place;
        other.client_id[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_damaged(&t, 2, &other, buf_view(&t.sealed));
    }
    for (unsigned bit = 0; bit < 32; bit++) {
        other = place;
        other.version = (int32_t)((uint32_t)other.version ^ UINT32_C(1) << bit);
        assert_damaged(&t, 2, &other, buf_view(&t.sealed));
    }
    assert_damaged(&t, 1, &place, buf_view(&t.sealed));
    teardown_sealed(&t);
}

static void expect_damaged(struct slice broken, void *arg)
{
    assert_damaged(arg, 2, &place, broken);
}

static void a_changed_or_cut_text_is_damaged(void **state)
{
    struct sealed_text t;

    (void)state;
    setup_sealed(&t);
    feed_broken(buf_view(&t.sealed), expect_damaged, &t);
    buf_byte(&t.sealed, 'x');
    assert_damaged(&t, 2, &place, buf_view(&t.sealed));
    teardown_sealed(&t);
}

static void an_unknown_key_is_told_apart_from_damage(void **state)
{
    struct keyring *one = ring_of_one();
    struct buf out = BUF_INIT;
    struct sealed_text t;

    (void)state;
    setup_sealed(&t);
    assert_int_equal(crypto_open(one, 2, &place, buf_view(&t.sealed), &out), CRYPTO_NO_KEY);
    assert_true(buf_ok(&out));
    assert_false(crypto_seal(one, 2, &place, SLICE("x"), &out));
    /* A builder that only looks at its buffer sees it as well. */
    assert_false(buf_ok(&out));
    buf_free(&out);
    keyring_free(one);
    teardown_sealed(&t);
}

static void a_full_buffer_fails_and_is_not_called_damage(void **state)
{
    struct sealed_text t;
    struct buf out;

    (void)state;
    setup_sealed(&t);
    buf_init(&out, 3);
    assert_int_equal(crypto_open(t.k, 2, &place, buf_view(&t.sealed), &out), CRYPTO_OPENED);
    assert_false(buf_ok(&out));
    buf_clear(&out);
    assert_false(crypto_seal(t.k, 2, &place, SLICE("a"), &out));
    assert_false(buf_ok(&out));
    buf_free(&out);
    teardown_sealed(&t);
}

/* The stored format: this text was sealed when it was fixed, and must open for ever. */
static void rows_of_the_first_release_still_open(void **state)
{
    static const char stored[] = "1eeb67e216917f9176ee0b7ef60de58caefa7f31eac0f9fdd185902d1f01dcf1f6b01aada3377adaf05c48ac94137e822b";
    struct keyring *k = ring_of_two();
    struct buf out = BUF_INIT;
    uint8_t sealed[128];
    size_t n = 0;

    (void)state;
    assert_true(hex_decode(slice_str(stored), sealed, sizeof sealed, &n));
    assert_int_equal(crypto_open(k, 2, &place, slice_make(sealed, n), &out), CRYPTO_OPENED);
    assert_slice(buf_view(&out), "a message");
    buf_free(&out);
    keyring_free(k);
}

static void macs_depend_on_key_use_and_data(void **state)
{
    struct keyring *k = ring_of_two();
    uint8_t a[CRYPTO_MAC_SIZE], b[CRYPTO_MAC_SIZE];

    (void)state;
    assert_true(crypto_mac(k, 1, MAC_CURSOR, SLICE("data"), a));
    assert_true(crypto_mac(k, 1, MAC_CURSOR, SLICE("data"), b));
    assert_memory_equal(a, b, sizeof a);
    assert_true(crypto_mac(k, 2, MAC_CURSOR, SLICE("data"), b));
    assert_memory_not_equal(a, b, sizeof a);
    assert_true(crypto_mac(k, 1, MAC_RELAY, SLICE("data"), b));
    assert_memory_not_equal(a, b, sizeof a);
    assert_true(crypto_mac(k, 1, MAC_CURSOR, SLICE("Data"), b));
    assert_memory_not_equal(a, b, sizeof a);
    assert_true(crypto_mac(k, 1, MAC_CURSOR, SLICE_NULL, b));
    assert_memory_not_equal(a, b, sizeof a);
    assert_false(crypto_mac(k, 3, MAC_CURSOR, SLICE("data"), b));
    assert_false(crypto_mac(k, 1, (enum mac_use)9, SLICE("data"), b));
    keyring_free(k);
}

static void digests_are_blake2b(void **state)
{
    uint8_t out[32];
    struct buf hex = BUF_INIT;

    (void)state;
    crypto_digest(SLICE("abc"), out);
    buf_hex(&hex, out, sizeof out);
    assert_slice(buf_view(&hex), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    buf_free(&hex);
}

static void wiped_memory_is_zero(void **state)
{
    char secret[8] = "secret";

    (void)state;
    crypto_wipe(secret, sizeof secret);
    assert_memory_equal(secret, "\0\0\0\0\0\0\0\0", sizeof secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sealed_opens_again),
        cmocka_unit_test(sealing_twice_gives_different_texts),
        cmocka_unit_test(a_row_in_another_place_is_damaged),
        cmocka_unit_test(a_changed_or_cut_text_is_damaged),
        cmocka_unit_test(an_unknown_key_is_told_apart_from_damage),
        cmocka_unit_test(a_full_buffer_fails_and_is_not_called_damage),
        cmocka_unit_test(rows_of_the_first_release_still_open),
        cmocka_unit_test(macs_depend_on_key_use_and_data),
        cmocka_unit_test(digests_are_blake2b),
        cmocka_unit_test(wiped_memory_is_zero),
    };

    if (!crypto_start()) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
