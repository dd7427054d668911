#include "config.h"

#include "scan.h"

#include "tool.h"

#include <stdlib.h>

/* Where a chunked body stands. */
enum { CHUNK_NONE, CHUNK_SIZE, CHUNK_EXTENSION, CHUNK_DATA, CHUNK_END };

size_t scan_resume(struct scan *s, char *buf)
{
    size_t n = s->n_held;

    if (n) memcpy(buf, s->held, n);
    free(s->held);
    s->held = NULL;
    s->n_held = 0;
    return n;
}

void scan_free(struct scan *s)
{
    free(s->held);
    *s = (struct scan)SCAN_INIT;
}

static bool scan_hold(struct scan *s, const char *p, size_t n)
{
    if (n == 0) return true;
    if (n > SCAN_BUFFER / 2) return false;
    s->held = tool_alloc(n, 1);
    memcpy(s->held, p, n);
    s->n_held = (uint32_t)n;
    return true;
}

static int scan_hex(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Takes the chunk marks out of n bytes, in place; returns what is left, or SIZE_MAX. */
static size_t scan_dechunk(struct scan *s, char *p, size_t n)
{
    size_t in = 0, out = 0, take;
    int digit;

    while (in < n) {
        if (s->chunking == CHUNK_DATA && s->chunk > 0) {
            take = n - in < s->chunk ? n - in : s->chunk;
            memmove(p + out, p + in, take);
            in += take;
            out += take;
            s->chunk -= (uint32_t)take;
            continue;
        }
        if (p[in] == '\n') {
            /* Behind a chunk's data, or at the end of its size; a size of 0 ends the body. */
            s->chunking = s->chunking == CHUNK_DATA ? CHUNK_SIZE : s->chunk ? CHUNK_DATA : CHUNK_END;
        } else if (s->chunking == CHUNK_SIZE && p[in] != '\r') {
            digit = scan_hex(p[in]);
            if (digit < 0) {
                s->chunking = CHUNK_EXTENSION;
            } else {
                if (s->chunk > SCAN_BUFFER) return SIZE_MAX;
                s->chunk = s->chunk * 16 + (uint32_t)digit;
            }
        }
        in++;
    }
    return out;
}

/* The head, if whole: sets status, framing and chunking, and *n to its length. */
static bool scan_head(struct scan *s, struct slice in, size_t *n)
{
    const char *end = in.n ? memmem(in.p, in.n, "\r\n\r\n", 4) : NULL;
    struct slice rest, line;
    uint64_t status;

    *n = 0;
    if (!end) return true;
    *n = (size_t)(end - in.p) + 4;
    rest = slice_make(in.p, *n);
    slice_cut(&rest, '\n', &line);
    if (line.n < 12 || !slice_starts(line, SLICE("HTTP/1.")) || !slice_u64(slice_make(line.p + 9, 3), 999, &status)) return false;
    s->status = (uint16_t)status;
    s->framed = status == 101;
    while (slice_cut(&rest, '\n', &line))
        if (slice_starts_nocase(line, SLICE("transfer-encoding:")) && memmem(line.p, line.n, "chunked", 7)) s->chunking = CHUNK_SIZE;
    return true;
}

/* Whole SSE blocks; returns how many bytes they took. */
static size_t scan_sse(struct slice in, const struct scan_sink *sink, void *arg)
{
    const char *p = in.p, *end = in.p + in.n, *nl;
    struct slice name = SLICE_NULL, data = SLICE_NULL, line;
    size_t done = 0;

    while (p < end && (nl = memchr(p, '\n', (size_t)(end - p)))) {
        line = slice_make(p, (size_t)(nl - p));
        p = nl + 1;
        if (line.n && line.p[line.n - 1] == '\r') line.n--;
        if (line.n == 0) {
            if (data.n) sink->event(arg, name, data);
            name = data = SLICE_NULL;
            done = (size_t)(p - in.p);
        } else if (slice_starts(line, SLICE("data:"))) {
            data = slice_make(line.p + 5, line.n - 5);
        } else if (slice_starts(line, SLICE("event: "))) {
            name = slice_make(line.p + 7, line.n - 7);
        }
    }
    return done;
}

static struct slice scan_name(struct slice json)
{
    static const char start[] = "{\"event\":\"";
    struct slice rest, name;

    if (!slice_starts(json, SLICE(start))) return SLICE_NULL;
    rest = slice_make(json.p + sizeof start - 1, json.n - (sizeof start - 1));
    slice_cut(&rest, '"', &name);
    return name;
}

/* Whole WebSocket frames; returns how many bytes they took, SIZE_MAX for a frame that is none of ours. */
static size_t scan_frames(struct slice in, const struct scan_sink *sink, void *arg)
{
    const unsigned char *p;
    size_t done = 0, head, i;
    struct slice payload;
    uint64_t n;

    for (;;) {
        p = (const unsigned char *)in.p + done;
        if (in.n - done < 2) return done;
        n = p[1];
        head = n == 126 ? 4 : n == 127 ? 10 : 2;
        /* Neither masked nor fragmented: a server has no reason for either. */
        if (n > 127 || !(p[0] & 0x80)) return SIZE_MAX;
        if (in.n - done < head) return done;
        for (i = 2, n = head > 2 ? 0 : n; i < head; i++) n = n << 8 | p[i];
        if (n > SCAN_BUFFER) return SIZE_MAX;
        if (in.n - done - head < n) return done;
        payload = slice_make(p + head, (size_t)n);
        if ((p[0] & 0x0f) == 1)
            sink->event(arg, scan_name(payload), payload);
        else
            sink->control(arg, p[0] & 0x0f, payload);
        done += head + (size_t)n;
    }
}

bool scan_feed(struct scan *s, char *buf, size_t held, size_t fresh, const struct scan_sink *sink, void *arg)
{
    size_t head, done;

    if (s->status == 0) {
        if (!scan_head(s, slice_make(buf, held + fresh), &head)) return false;
        if (s->status == 0) return scan_hold(s, buf, held + fresh);
        if (sink->head) sink->head(arg, s->status);
        buf += head;
        fresh = held + fresh - head;
        held = 0;
    }
    if (s->chunking) fresh = scan_dechunk(s, buf + held, fresh);
    if (fresh == SIZE_MAX) return false;
    if (s->status != 200 && s->status != 101) return true;
    done = (s->framed ? scan_frames : scan_sse)(slice_make(buf, held + fresh), sink, arg);
    return done != SIZE_MAX && scan_hold(s, buf + done, held + fresh - done);
}

bool scan_number(struct slice json, struct slice key, int64_t *out)
{
    const char *p = json.n ? memmem(json.p, json.n, key.p, key.n) : NULL, *end = json.p + json.n;
    int64_t v = 0;
    const char *from;

    if (!p) return false;
    p += key.n;
    if (p < end && *p == '"') p++;
    for (from = p; p < end && p - from < 18 && *p >= '0' && *p <= '9'; p++) v = v * 10 + (*p - '0');
    if (p == from) return false;
    *out = v;
    return true;
}

bool scan_text(struct slice json, struct slice key, struct slice *out)
{
    const char *p = json.n ? memmem(json.p, json.n, key.p, key.n) : NULL;
    struct slice rest;

    if (!p) return false;
    rest = slice_make(p + key.n, (size_t)(json.p + json.n - p) - key.n);
    return slice_cut(&rest, '"', out);
}
