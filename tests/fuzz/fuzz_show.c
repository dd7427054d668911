#include "fuzz.h"

#include <jansson.h>

#include "../../sse/show.h"
#include "json.h"
#include "utf8.h"

/* Whatever a frame says of a person, what others are told is JSON and within the limits. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char err[160];
    json_t *frame = json_parse_strict(slice_make(data, size), 8, err, sizeof err), *told;
    struct buf name = BUF_INIT, out = BUF_INIT;
    struct roster r = {0};
    const char *detail = NULL;
    struct show s;

    if (!json_is_object(frame)) {
        json_decref(frame);
        return 0;
    }
    if (show_read(&s, frame, 1000, &name, &detail)) {
        FUZZ_CHECK(s.mode.status < ROSTER_STATUSES && s.mode.device < ROSTER_DEVICES);
        FUZZ_CHECK((s.has & SHOW_NAME) == 0 || utf8_count(s.name) <= ROSTER_NAME_MAX);
        FUZZ_CHECK((s.has & SHOW_PLACE) == 0 || (s.x <= ROSTER_SCALE && s.y <= ROSTER_SCALE) || (s.x == ROSTER_NOWHERE && s.y == ROSTER_NOWHERE));
        FUZZ_CHECK(roster_join(&r, 7, &s.mode, 1) && roster_show(&r, 7, &s) && roster_sane(&r, 1));
        roster_state(&r, 1004, 0, false, &out);
        told = json_parse_strict(buf_view(&out), 8, err, sizeof err);
        FUZZ_CHECK(buf_ok(&out) && told != NULL);
        json_decref(told);
    } else {
        FUZZ_CHECK(detail != NULL && detail[0] != '\0');
    }
    roster_free(&r);
    buf_free(&name);
    buf_free(&out);
    json_decref(frame);
    return 0;
}
