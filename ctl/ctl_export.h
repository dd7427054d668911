/* ctl_export.h - what export and import agree on.
 *
 * An export is a folder:
 *
 *     export.jsonl       one JSON object a line
 *     files/HANDLE:UUID  the bytes of a file, named after who uploaded it and the client id
 *     files/HANDLE:UUID.t  its thumbnail
 *
 * The first line names the form. Then come all people, then each room: its own line, and behind it the rows
 * that belong to it, in windows of EXPORT_WINDOW numbers, the kinds within a window in the order of
 * export_kinds (what others refer to first); the classroom and the members come last, so that nobody sees
 * a room that is half there. `data` is what the database said (schema/functions/065_export.sql), beside it
 * stands what was sealed:
 *
 *     {"kind":"message","data":{"seq":34,...},"text":"Hello","files":[{"file":"ada:0192...",...}]}
 *
 * No id of the database it came from stands in it.
 */
#ifndef CONFAB_CTL_EXPORT_H
#define CONFAB_CTL_EXPORT_H

#include "ctl.h"
#include "filestore.h"

#define EXPORT_FORM "confab-export"
#define EXPORT_VERSION 1
#define EXPORT_FILE "export.jsonl"
enum { EXPORT_WINDOW = 2000 };

/* Of a room's rows, by seq; ended by NULL. And those without a seq, after all others. */
extern const char *const export_kinds[], *const export_last_kinds[];

/* "DIRECTORY/files/KEY" or "DIRECTORY/export.jsonl", allocated; key NULL: the latter. NULL: no memory. */
char *export_path(const char *directory, const char *key, const char *suffix);

#endif
