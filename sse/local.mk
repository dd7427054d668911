sbin_PROGRAMS += confab-pushd
confab_pushd_SOURCES = \
  sse/admission.c sse/admission.h \
  sse/batch.c sse/batch.h \
  sse/beacon.c sse/beacon.h \
  sse/conn.c sse/conn.h \
  sse/fan.c sse/fan.h \
  sse/flood.c sse/flood.h \
  sse/forward.c sse/forward.h \
  sse/frame.c sse/frame.h \
  sse/frames.c sse/frames.h \
  sse/front.c sse/front.h \
  sse/gate.c sse/gate.h \
  sse/greet.c sse/greet.h \
  sse/head_check.c sse/head_check.h \
  sse/http.c sse/http.h \
  sse/hub.c sse/hub.h \
  sse/idmap.c sse/idmap.h \
  sse/journal.c sse/journal.h \
  sse/listen.c sse/listen.h \
  sse/loop.c sse/loop.h \
  sse/main.c sse/pushd.h \
  sse/metrics.c sse/metrics.h sse/metrics.def \
  sse/outbox.c sse/outbox.h \
  sse/pages.c sse/pages.h \
  sse/pg.c sse/pg.h \
  sse/pool.c sse/pool.h \
  sse/presence.c sse/presence.h \
  sse/request.c sse/request.h \
  sse/sessions.c sse/sessions.h \
  sse/sha1.c sse/sha1.h \
  sse/stream.c sse/stream.h \
  sse/tail.c sse/tail.h \
  sse/transport_poll.c sse/transport_sse.c sse/transport_ws.c \
  sse/wake.c sse/wake.h \
  sse/wire.c sse/wire.h \
  sse/ws_parse.c sse/ws_parse.h
confab_pushd_LDADD = $(CONFAB_LIBS) $(MHD_LIBS) $(CURL_LIBS)
