#include "fuzz.h"

#include "../../sse/head_check.h"

/* A verdict, once there, does not change with what follows; before it, there is none. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t length = 0, other = 0;
    const char *why;
    enum head_verdict v = head_check(slice_make(data, size), &length, &why), before;

    FUZZ_CHECK((v == HEAD_BAD) == (why != NULL));
    if (v == HEAD_GOOD) {
        FUZZ_CHECK(length >= 4 && length <= size && length <= HEAD_MAX);
        FUZZ_CHECK(head_check(slice_make(data, length), &other, &why) == HEAD_GOOD && other == length);
        FUZZ_CHECK(head_check(slice_make(data, length - 1), &other, &why) == HEAD_MORE);
        FUZZ_CHECK(memchr(data, '\0', length) == NULL);
    }
    if (size > 0) {
        before = head_check(slice_make(data, size - 1), &other, &why);
        FUZZ_CHECK(before == HEAD_MORE || before == v);
    }
    return 0;
}
