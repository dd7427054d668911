#include "unit.h"

#include "arena.h"
#include "log.h"

#include <sys/wait.h>
#include <unistd.h>

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    struct arena a = ARENA_INIT;
    unsigned char *p[500];

    (void)state;
    for (size_t i = 0; i < COUNT(p); i++) {
        size_t n = i * 37 % 4001;

        p[i] = arena_alloc(&a, n);
        assert_int_equal((uintptr_t)p[i] % _Alignof(max_align_t), 0);
        for (size_t j = 0; j < n; j++) assert_int_equal(p[i][j], 0);
        memset(p[i], (int)i, n);
    }
    for (size_t i = 0; i < COUNT(p); i++) {
        for (size_t j = 0; j < i * 37 % 4001; j++) assert_int_equal(p[i][j], (unsigned char)i);
    }
    assert_true(a.used > 0);
    arena_reset(&a);
    assert_int_equal(a.used, 0);
    assert_null(a.head);
    arena_reset(&a);
}

static void copies_end_with_a_nul(void **state)
{
    struct arena a = ARENA_INIT;
    struct slice s;

    (void)state;
    s = arena_dup(&a, SLICE("ab\0c"));
    assert_true(slice_eq(s, SLICE("ab\0c")));
    assert_int_equal(s.p[s.n], '\0');
    assert_string_equal(arena_cstr(&a, SLICE_NULL), "");
    assert_string_equal(arena_cstr(&a, slice_make("abc", 2)), "ab");
    assert_string_equal(arena_fmt(&a, "%s-%d", "x", 9), "x-9");
    arena_reset(&a);
}

static void long_formats_are_whole(void **state)
{
    struct arena a = ARENA_INIT;
    char *p;

    (void)state;
    p = arena_fmt(&a, "%0*d", 20000, 1);
    assert_int_equal(strlen(p), 20000);
    arena_reset(&a);
}

static void swallow(const char *line, void *arg)
{
    (void)line;
    (void)arg;
}

static void out_of_memory_ends_the_process(void **state)
{
    int status = 0;
    pid_t child;

    (void)state;
    child = fork();
    if (child == 0) {
        struct arena a = ARENA_INIT;

        log_sink(swallow, NULL);
        (void)arena_alloc(&a, SIZE_MAX);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(copies_end_with_a_nul),
        cmocka_unit_test(long_formats_are_whole),
        cmocka_unit_test(out_of_memory_ends_the_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
