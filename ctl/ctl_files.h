/* ctl_files.h - the part of `confabctl work` that removes files from disk. */
#ifndef CONFAB_CTL_FILES_H
#define CONFAB_CTL_FILES_H

#include "ctl.h"

/* Removes a piece of the tenant's files that are gone: deleted with their message or room, cancelled, or
 * not sent with any message for a day. True if there may be more. */
bool files_work(struct ctl *c, int64_t tenant);

#endif
