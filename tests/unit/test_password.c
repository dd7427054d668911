#include "unit.h"

#include "buf.h"
#include "crypto.h"

/* The cheapest costs: what is tested here does not depend on them. */
enum { OPS = 1, KIB = 64 };

static void passwords_verify_against_their_own_hash(void **state)
{
    struct buf a = BUF_INIT, b = BUF_INIT;

    (void)state;
    assert_true(password_hash(SLICE("correct horse"), OPS, KIB, &a));
    assert_true(password_hash(SLICE("correct horse"), OPS, KIB, &b));
    assert_true(slice_starts(buf_view(&a), SLICE("$argon2id$v=19$m=64,t=1,p=1$")));
    assert_false(slice_eq(buf_view(&a), buf_view(&b)));
    assert_true(password_verify(SLICE("correct horse"), buf_cstr(&a)));
    assert_false(password_verify(SLICE("Correct horse"), buf_cstr(&a)));
    assert_false(password_verify(SLICE("correct horse "), buf_cstr(&a)));
    assert_false(password_verify(SLICE_NULL, buf_cstr(&a)));
    password_waste(SLICE("correct horse"), OPS, KIB);
    buf_wipe(&a);
    buf_wipe(&b);
}

static void a_broken_hash_matches_nothing(void **state)
{
    struct buf a = BUF_INIT;
    char text[256];

    (void)state;
    assert_true(password_hash(SLICE("pw"), OPS, KIB, &a));
    for (size_t n = 0; n < a.len; n++) {
        memcpy(text, a.data, n);
        text[n] = '\0';
        assert_false(password_verify(SLICE("pw"), text));
    }
    memcpy(text, a.data, a.len);
    text[a.len] = '\0';
    /* Behind the costs only: a changed cost may ask for gigabytes. */
    for (size_t i = strlen("$argon2id$v=19$m=64,t=1,p=1$"); i < a.len; i++) {
        text[i] = text[i] == 'A' ? 'B' : 'A';
        assert_false(password_verify(SLICE("pw"), text));
        text[i] = a.data[i];
    }
    assert_true(password_verify(SLICE("pw"), text));
    assert_false(password_verify(SLICE("pw"), NULL));
    memset(text, 'x', 255);
    text[255] = '\0';
    assert_false(password_verify(SLICE("pw"), text));
    buf_wipe(&a);
}

static void impossible_costs_are_refused(void **state)
{
    struct buf a = BUF_INIT;

    (void)state;
    assert_false(password_hash(SLICE("pw"), 0, KIB, &a));
    assert_false(password_hash(SLICE("pw"), OPS, 0, &a));
    assert_false(password_hash(SLICE("pw"), OPS, -1, &a));
    assert_false(password_hash(SLICE("pw"), -1, KIB, &a));
    assert_false(password_hash(SLICE("pw"), OPS, INT64_MAX, &a));
    assert_int_equal(a.len, 0);
    buf_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passwords_verify_against_their_own_hash),
        cmocka_unit_test(a_broken_hash_matches_nothing),
        cmocka_unit_test(impossible_costs_are_refused),
    };

    if (!crypto_start()) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
