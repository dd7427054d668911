/* sessions.h - keeps the sessions of open streams alive: who has one open uses the server. */
#ifndef CONFAB_SESSIONS_H
#define CONFAB_SESSIONS_H

#include "pushd.h"

enum { SESSIONS_PERIOD_S = 60, SESSIONS_BATCH = 500 };

bool sessions_start(struct pushd *app);
void sessions_stop(void);

#endif
