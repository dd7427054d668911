#include "fuzz.h"

#include "json.h"
#include "markdown.h"
#include "utf8.h"

#include <jansson.h>

static size_t nodes, handles;

static void check_node(json_t *node, unsigned depth);

static void check_nodes(json_t *list, unsigned depth)
{
    json_t *node;
    size_t i;

    FUZZ_CHECK(json_is_array(list) && depth <= MARKDOWN_DEPTH);
    json_array_foreach(list, i, node) check_node(node, depth);
}

static void check_href(const char *href)
{
    FUZZ_CHECK(strncasecmp(href, "http://", 7) == 0 || strncasecmp(href, "https://", 8) == 0 || strncasecmp(href, "mailto:", 7) == 0);
    for (const char *p = href; *p != '\0'; p++) FUZZ_CHECK((unsigned char)*p > ' ' && *p != '<' && *p != '>' && *p != '"' && *p != 0x7F);
}

/* Every node is one of those that docs/PROTOCOL.md lists. */
static void check_node(json_t *node, unsigned depth)
{
    static const char *const within[] = {"paragraph", "heading", "quote", "list", "item", "table", "row", "cell", "emphasis", "strong", "strike", "link"};
    const char *kind = json_string_value(json_object_get(node, "kind"));

    nodes++;
    if (json_is_string(node)) {
        FUZZ_CHECK(json_string_length(node) > 0);
        return;
    }
    FUZZ_CHECK(kind != NULL);
    if (strcmp(kind, "link") == 0) check_href(json_string_value(json_object_get(node, "href")));
    for (size_t i = 0; i < sizeof within / sizeof *within; i++) {
        if (strcmp(kind, within[i]) == 0) {
            check_nodes(json_object_get(node, "nodes"), depth + 1);
            return;
        }
    }
    FUZZ_CHECK(strcmp(kind, "rule") == 0 || strcmp(kind, "mention_room") == 0 || (strcmp(kind, "mention") == 0 && json_is_string(json_object_get(node, "handle"))) ||
               ((strcmp(kind, "code") == 0 || strcmp(kind, "code_block") == 0) && json_is_string(json_object_get(node, "text"))));
}

static void count_handle(void *arg, struct slice handle)
{
    (void)arg;
    FUZZ_CHECK(handle.n > 0 && handle.n <= 32);
    handles++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice s = slice_make(data, size);
    struct buf b = BUF_INIT;
    struct json j;
    char err[120];
    json_t *v;

    json_start(&j, &b);
    json_begin_object(&j);
    markdown_json(&j, s);
    json_end(&j);
    FUZZ_CHECK(json_done(&j));
    v = json_parse_strict(buf_view(&b), 2 * MARKDOWN_DEPTH + 3, err, sizeof err);
    FUZZ_CHECK(v != NULL);
    FUZZ_CHECK(json_object_size(v) == 0 || utf8_valid(s));
    nodes = handles = 0;
    if (json_object_get(v, "nodes") != NULL) {
        FUZZ_CHECK(!markdown_plain(s));
        check_nodes(json_object_get(v, "nodes"), 0);
        FUZZ_CHECK(nodes > 0 && nodes <= MARKDOWN_NODES);
    }
    (void)markdown_mentions(s, count_handle, NULL);
    FUZZ_CHECK(handles <= MARKDOWN_MENTIONS && (handles == 0 || nodes > handles));
    json_decref(v);
    buf_free(&b);
    return 0;
}
