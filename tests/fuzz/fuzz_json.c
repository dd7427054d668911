#include "fuzz.h"

#include "json.h"
#include "utf8.h"

#include <jansson.h>

enum { DEPTH = 8 };

static unsigned depth_of(json_t *v)
{
    unsigned deepest = 0, d;
    const char *key;
    json_t *child;
    size_t i;

    if (json_is_array(v)) {
        json_array_foreach(v, i, child) {
            d = depth_of(child);
            if (d > deepest) deepest = d;
        }
        return deepest + 1;
    }
    if (json_is_object(v)) {
        json_object_foreach(v, key, child) {
            d = depth_of(child);
            if (d > deepest) deepest = d;
        }
        return deepest + 1;
    }
    return 0;
}

/* Strings written by our writer come back from the strict reader, if they hold no NUL. */
static void write_and_read(struct slice s)
{
    struct buf b = BUF_INIT;
    struct json j;
    char err[120];

    json_start(&j, &b);
    json_begin_array(&j);
    json_text(&j, s);
    json_end(&j);
    FUZZ_CHECK(json_done(&j) == utf8_valid(s));
    if (json_done(&j)) {
        json_t *v = json_parse_strict(buf_view(&b), 1, err, sizeof err), *text = json_array_get(v, 0);

        FUZZ_CHECK(memchr(b.data, '\n', b.len) == NULL && memchr(b.data, '\r', b.len) == NULL);
        FUZZ_CHECK((v == NULL) == (s.n > 0 && memchr(s.p, '\0', s.n) != NULL));
        if (v != NULL) FUZZ_CHECK(slice_eq(slice_make(json_string_value(text), json_string_length(text)), s));
        json_decref(v);
    }
    buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice s = slice_make(data, size);
    char err[120] = "";
    json_t *v = json_parse_strict(s, DEPTH, err, sizeof err);

    if (v != NULL) {
        FUZZ_CHECK(utf8_valid(s) && depth_of(v) <= DEPTH);
    } else {
        FUZZ_CHECK(err[0] != '\0' && utf8_valid(slice_str(err)));
    }
    json_decref(v);
    write_and_read(s);
    return 0;
}
