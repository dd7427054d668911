#include "unit.h"

#include "buf.h"

#include "../../sse/sha1.h"

static void check(struct slice data, const char *hex)
{
    uint8_t out[SHA1_SIZE];
    struct slice copy = exact(data);
    struct buf b = BUF_INIT;

    sha1(copy, out);
    buf_hex(&b, out, sizeof out);
    assert_slice(buf_view(&b), hex);
    buf_free(&b);
    free((void *)(uintptr_t)copy.p);
}

static void the_examples_of_the_standard(void **state)
{
    (void)state;
    check(SLICE("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    check(SLICE(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    check(SLICE("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

static void a_million_times_a(void **state)
{
    char *p = malloc(1000000);

    (void)state;
    assert_non_null(p);
    memset(p, 'a', 1000000);
    check(slice_make(p, 1000000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    free(p);
}

/* The padding takes a block more from 56 bytes on. */
static void lengths_around_a_block(void **state)
{
    char p[130];

    (void)state;
    memset(p, 'x', sizeof p);
    check(slice_make(p, 55), "cef734ba81a024479e09eb5a75b6ddae62e6abf1");
    check(slice_make(p, 56), "901305367c259952f4e7af8323f480d59f81335b");
    check(slice_make(p, 63), "0ddc4e0cccd9a12850deb5abb0853a4425559fec");
    check(slice_make(p, 64), "bb2fa3ee7afb9f54c6dfb5d021f14b1ffe40c163");
    check(slice_make(p, 65), "78c741ddc482e4cdf8c474a0876347a0905b6233");
    check(slice_make(p, 128), "150fa3fbdc899bd0b8f95a9fb6027f564d953762");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_standard),
        cmocka_unit_test(a_million_times_a),
        cmocka_unit_test(lengths_around_a_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
