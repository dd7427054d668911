#include "fuzz.h"

#include "url.h"
#include "utf8.h"

static void segments(struct slice path)
{
    struct slice rest = path, segment;
    bool bad = false;

    while (url_segment(&rest, &segment, &bad)) {
        FUZZ_CHECK(!bad && segment.n > 0 && fuzz_inside(segment, path));
        FUZZ_CHECK(memchr(segment.p, '/', segment.n) == NULL && memchr(segment.p, '%', segment.n) == NULL);
    }
    FUZZ_CHECK(!url_segment(&rest, &segment, &bad));
}

/* What was decoded, encoded again and decoded again, is the same. */
static void encode_back(struct slice text)
{
    struct buf b = BUF_INIT, scratch = BUF_INIT;
    struct slice rest, name, value;
    bool bad = false;

    buf_str(&b, "v=");
    url_encode(&b, text);
    FUZZ_CHECK(buf_ok(&b));
    rest = buf_view(&b);
    FUZZ_CHECK(url_query(&rest, &name, &value, &scratch, &bad) && !bad);
    FUZZ_CHECK(slice_eq(value, text));
    buf_free(&b);
    buf_free(&scratch);
}

static void query(struct slice text)
{
    struct slice rest = text, name, value;
    struct buf scratch;
    bool bad = false;
    const char *at;

    buf_init(&scratch, text.n + 1);
    at = buf_reserve(&scratch, text.n);
    FUZZ_CHECK(at != NULL);
    while (url_query(&rest, &name, &value, &scratch, &bad)) {
        FUZZ_CHECK(!bad && utf8_valid(name) && utf8_valid(value));
        FUZZ_CHECK(scratch.data == at && fuzz_inside(name, buf_view(&scratch)) && fuzz_inside(value, buf_view(&scratch)));
        encode_back(value);
    }
    FUZZ_CHECK(buf_ok(&scratch));
    buf_free(&scratch);
}

static void origin(struct slice text)
{
    static char listed[] = "https://app.example";
    static char *const allowed[] = {listed};
    enum origin_verdict v = origin_check(text, SLICE("http"), SLICE("chat.example:8080"), allowed, 1);
    struct slice a, b = text;

    FUZZ_CHECK((v == ORIGIN_ABSENT) == (text.n == 0));
    FUZZ_CHECK(v != ORIGIN_SAME || slice_eq_nocase(text, SLICE("http://chat.example:8080")));
    FUZZ_CHECK(v != ORIGIN_ALLOWED || slice_starts_nocase(text, SLICE("https://app.example")));
    /* The input as the request's own host, and as scheme and host. */
    FUZZ_CHECK(origin_check(SLICE("http://a.example"), SLICE("http"), text, NULL, 0) != ORIGIN_ALLOWED);
    if (slice_cut(&b, '\n', &a)) (void)origin_check(a, SLICE("https"), b, NULL, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice s = slice_make(data, size);

    segments(s);
    query(s);
    origin(s);
    return 0;
}
