#include "unit.h"

#include "../../sse/idmap.h"

struct thing {
    int64_t id;
    bool in;
};

enum { THINGS = 3000 };

static struct thing things[THINGS];

static size_t walk(const struct idmap *m)
{
    size_t at = 0, n = 0;
    struct thing *t;

    while ((t = idmap_next(m, &at)) != NULL) {
        assert_true(t->in);
        n++;
    }
    return n;
}

static void an_empty_map_has_nothing(void **state)
{
    struct idmap m = IDMAP_INIT;

    (void)state;
    assert_null(idmap_get(&m, 1));
    idmap_take(&m, 1);
    assert_int_equal(walk(&m), 0);
    idmap_free(&m);
}

/* Ids in sequence and far apart, put and taken in any order, against an array that knows. */
static void it_finds_what_is_in_it(void **state)
{
    struct idmap m = IDMAP_INIT;
    size_t in = 0;

    (void)state;
    for (int i = 0; i < THINGS; i++) things[i] = (struct thing){.id = i % 2 ? i + 1 : (int64_t)1 << 40 | (int64_t)i << 20};
    for (int step = 0; step < 200000; step++) {
        struct thing *t = &things[random_number() % THINGS];

        if (t->in) {
            assert_ptr_equal(idmap_get(&m, t->id), t);
            idmap_take(&m, t->id);
            in--;
        } else {
            assert_null(idmap_get(&m, t->id));
            assert_true(idmap_put(&m, &t->id));
            in++;
        }
        t->in = !t->in;
        assert_int_equal(m.n, in);
        if (step % 20000 != 0) continue;
        assert_int_equal(walk(&m), in);
        for (int i = 0; i < THINGS; i++) assert_ptr_equal(idmap_get(&m, things[i].id), things[i].in ? &things[i] : NULL);
    }
    idmap_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_has_nothing),
        cmocka_unit_test(it_finds_what_is_in_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
