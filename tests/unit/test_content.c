/* What stands sealed in a message's body, and in a room's name. */
#include "unit.h"

#include "content.h"

static void both_forms_come_back_as_they_were_written(void **state)
{
    const struct content contents[] = {
        {.text = SLICE("hello")},
        {.files = SLICE("[{\"id\":\"1\"}]"), .text = SLICE("hello")},
        {.files = SLICE("[1]"), .text = SLICE("")},
        {.poll = SLICE("{\"choices\":[]}"), .text = SLICE("well?")},
    };

    (void)state;
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
        struct buf b = BUF_INIT;
        struct content c;

        content_write(&b, &contents[i]);
        assert_true(content_read(buf_view(&b), &c));
        assert_true(slice_eq(c.text, contents[i].text));
        assert_true(slice_eq(c.files, contents[i].files));
        assert_true(slice_eq(c.poll, contents[i].poll));
        buf_free(&b);
    }
}

static void anything_else_is_refused(void **state)
{
    const struct slice bad[] = {{"\0", 1}, {"\0\0", 2}, {"\0[]", 3}, {"\0\0text", 6}, {"a\0b", 3}, {"\0[]\0a\0b", 7}};
    struct content c;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (content_read(bad[i], &c)) fail_msg("number %zu was taken", i);
    }
}

static void a_label_has_what_was_put_into_it_and_an_old_name_is_one(void **state)
{
    struct room_label labels[] = {
        {SLICE("Garden"), SLICE(""), SLICE("")},
        {SLICE("Garden"), SLICE("Roses"), SLICE("")},
        {SLICE("Garden"), SLICE(""), SLICE("About them.")},
        {SLICE(""), SLICE("Roses"), SLICE("About them.")},
    };

    (void)state;
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        struct buf b = BUF_INIT;
        struct room_label l;

        room_label_write(&b, &labels[i]);
        if (i == 0) assert_true(slice_eq(buf_view(&b), SLICE("Garden")));
        room_label_read(buf_view(&b), &l);
        assert_true(slice_eq(l.name, labels[i].name));
        assert_true(slice_eq(l.topic, labels[i].topic));
        assert_true(slice_eq(l.description, labels[i].description));
        buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_come_back_as_they_were_written),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(a_label_has_what_was_put_into_it_and_an_old_name_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
