#include "fuzz.h"

#include "buf.h"
#include "utf8.h"

/* The whole at once, byte by byte, and cut in two at a place that the input chooses. */
static void feed(struct slice s)
{
    struct utf8 whole = UTF8_INIT, bytes = UTF8_INIT, halves = UTF8_INIT;
    size_t cut = s.n > 0 ? (uint8_t)s.p[0] % (s.n + 1) : 0;
    bool by_whole = utf8_feed(&whole, s), by_byte = true, by_half;

    for (size_t i = 0; i < s.n; i++) by_byte = utf8_feed(&bytes, slice_make(s.p + i, 1)) && by_byte;
    by_half = utf8_feed(&halves, slice_make(s.p, cut));
    by_half = utf8_feed(&halves, slice_make(s.p + cut, s.n - cut)) && by_half;
    FUZZ_CHECK(by_whole == by_byte && by_whole == by_half);
    FUZZ_CHECK(utf8_whole(&whole) == utf8_whole(&bytes) && utf8_whole(&whole) == utf8_whole(&halves));
    FUZZ_CHECK(utf8_valid(s) == (by_whole && utf8_whole(&whole)));
}

static size_t step(struct slice s)
{
    size_t count = 0, n;
    uint32_t cp;

    while ((n = utf8_char(s, &cp)) > 0) {
        FUZZ_CHECK(n <= s.n && cp <= 0x10FFFF && (cp < 0xD800 || cp > 0xDFFF));
        s = slice_make(s.p + n, s.n - n);
        count++;
    }
    return s.n == 0 ? count : SIZE_MAX;
}

static void clean(struct slice s)
{
    struct buf once = BUF_INIT, twice = BUF_INIT;

    utf8_clean_name(s, 40, &once);
    FUZZ_CHECK(buf_ok(&once) && utf8_valid(buf_view(&once)) && utf8_count(buf_view(&once)) <= 40);
    FUZZ_CHECK(once.len == 0 || !utf8_blank(buf_view(&once)));
    utf8_clean_name(buf_view(&once), 40, &twice);
    FUZZ_CHECK(slice_eq(buf_view(&once), buf_view(&twice)));
    buf_free(&once);
    buf_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice s = slice_make(data, size);
    bool valid = utf8_valid(s);

    feed(s);
    FUZZ_CHECK((step(s) != SIZE_MAX) == valid);
    if (!valid) return 0;
    FUZZ_CHECK(step(s) == utf8_count(s));
    (void)utf8_blank(s);
    clean(s);
    return 0;
}
