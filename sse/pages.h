/* pages.h - the requests that libmicrohttpd answers for us: refusals, health, metrics, and frames that
 * come by POST. All are of a fixed size. */
#ifndef CONFAB_PAGES_H
#define CONFAB_PAGES_H

#include "pushd.h"
#include "request.h"

void pages_start(struct pushd *app);

enum MHD_Result page_problem(struct request *r, struct MHD_Connection *c, enum problem p, const char *detail, int retry_after);
enum MHD_Result page_not_allowed(struct request *r, struct MHD_Connection *c, const char *allow);
enum MHD_Result page_empty(struct request *r, struct MHD_Connection *c, unsigned status);
/* A browser asks whether a page of an allowed foreign origin may call us. */
enum MHD_Result page_preflight(struct request *r, struct MHD_Connection *c, const char *allow);
enum MHD_Result page_health(struct request *r, struct MHD_Connection *c, const char *version);
enum MHD_Result page_metrics(struct request *r, struct MHD_Connection *c, const char *version);

/* POST /push/frames: head, body piece by piece, end. */
enum MHD_Result page_frames_begin(struct request *r, struct MHD_Connection *c, const char *version);
void page_frames_body(struct request *r, struct slice piece);
enum MHD_Result page_frames_end(struct request *r, struct MHD_Connection *c);

#endif
