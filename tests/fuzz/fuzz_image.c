#include "fuzz.h"

#include "image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct image_head head;

    if (!image_look(slice_make(data, size), &head)) return 0;
    FUZZ_CHECK(head.width >= 1 && head.height >= 1);
    FUZZ_CHECK(head.orientation >= 1 && head.orientation <= 8);
    return 0;
}
