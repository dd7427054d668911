/* json.h - a JSON writer that cannot write malformed JSON.
 *
 * It appends to a buf and keeps a stack of open scopes. A key in an array, a value without a key in
 * an object, a second value at the top, an unbalanced end, text that is not UTF-8, nesting beyond
 * JSON_DEPTH: each sets the sticky failure of the buf, and nothing half-right leaves.
 *
 *     struct json j; json_start(&j, &out);
 *     json_begin_object(&j);
 *       json_key(&j, "room"); json_id(&j, room);          // ids are strings on the wire
 *       json_key(&j, "text"); json_text(&j, text);
 *     json_end(&j);
 *     if (!json_done(&j)) ...                              // incomplete or failed
 *
 * Reading is jansson's: json_parse_strict() in this header is the only way in. jansson owns the names
 * json_object, json_array and json_null; none of ours may be one of its.
 */
#ifndef CONFAB_JSON_H
#define CONFAB_JSON_H

#include "buf.h"

#define JSON_DEPTH 64 /* a message's tree is the deepest: markdown.h */

struct json {
    struct buf *out;
    uint8_t scope[JSON_DEPTH]; /* one of enum json_scope, see json.c */
    uint8_t depth;
    bool complete; /* one whole value stands at the top */
};

void json_start(struct json *j, struct buf *out);
bool json_done(const struct json *j);

void json_begin_object(struct json *j);
void json_begin_array(struct json *j);
/* Closes the innermost object or array. */
void json_end(struct json *j);
/* key: a literal of ours. */
void json_key(struct json *j, const char *key);

void json_text(struct json *j, struct slice s);
void json_str(struct json *j, const char *s); /* NULL writes null */
void json_int(struct json *j, int64_t v);
/* v ten-thousandths: 2500 is written as 0.25. */
void json_decimal(struct json *j, int64_t v);
void json_id(struct json *j, int64_t id); /* as a string; 0 writes null */
void json_bool(struct json *j, bool v);
void json_put_null(struct json *j);
/* A whole value that another writer of ours made, as it is (a message's files, from its sealed body). */
void json_splice(struct json *j, struct slice whole);
/* Microseconds since 1970 as an RFC 3339 string in UTC with milliseconds; 0 writes null. */
void json_time(struct json *j, int64_t us);

/* key and value in one call: what most handlers write. */
void json_kv_text(struct json *j, const char *key, struct slice s);
void json_kv_str(struct json *j, const char *key, const char *s);
void json_kv_int(struct json *j, const char *key, int64_t v);
void json_kv_id(struct json *j, const char *key, int64_t id);
void json_kv_bool(struct json *j, const char *key, bool v);
void json_kv_time(struct json *j, const char *key, int64_t us);

/* Parses one JSON text strictly with jansson (bad UTF-8, NUL, duplicate keys, trailing bytes, nesting
 * beyond `depth` refused). Returns a new reference (struct json_t of jansson) or NULL with a sentence
 * for a person in err[errn]. */
struct json_t *json_parse_strict(struct slice s, unsigned depth, char *err, size_t errn);

#endif
