#include "fuzz.h"

#include "uuid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice s = slice_make(data, size);
    char text[UUID_TEXT];
    struct uuid u, again;

    if (!uuid_parse(s, &u)) return 0;
    uuid_text(&u, text);
    FUZZ_CHECK(slice_eq_nocase(slice_str(text), s));
    FUZZ_CHECK(uuid_parse(slice_str(text), &again) && memcmp(u.b, again.b, sizeof u.b) == 0);
    return 0;
}
