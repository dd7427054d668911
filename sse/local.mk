# What does no I/O, or only what it is told to: tested alone (tests/unit/test_sse_*.c).
noinst_LIBRARIES += sse/libpush.a
sse_libpush_a_SOURCES = \
  sse/batch.c sse/batch.h \
  sse/flood.c sse/flood.h \
  sse/frame.c sse/frame.h \
  sse/greet.c sse/greet.h \
  sse/head_check.c sse/head_check.h \
  sse/http.c sse/http.h \
  sse/hub.c sse/hub.h \
  sse/idmap.c sse/idmap.h \
  sse/journal.c sse/journal.h \
  sse/loop.c sse/loop.h \
  sse/metrics.c sse/metrics.h sse/metrics.def \
  sse/outbox.c sse/outbox.h \
  sse/receipts.c sse/receipts.h \
  sse/roster.c sse/roster_tell.c sse/roster.h sse/roster_private.h \
  sse/show.c sse/show.h \
  sse/sha1.c sse/sha1.h \
  sse/typing.c sse/typing.h \
  sse/wire.c sse/wire.h \
  sse/ws_parse.c sse/ws_parse.h

sbin_PROGRAMS += confab-pushd
confab_pushd_SOURCES = \
  sse/admission.c sse/admission.h \
  sse/beacon.c sse/beacon.h \
  sse/conn.c sse/conn.h \
  sse/fan.c sse/fan.h \
  sse/forward.c sse/forward.h \
  sse/frames.c sse/frames.h \
  sse/front.c sse/front.h \
  sse/gate.c sse/gate.h \
  sse/listen.c sse/listen.h \
  sse/main.c sse/pushd.h \
  sse/pages.c sse/pages.h \
  sse/pg.c sse/pg.h \
  sse/pool.c sse/pool.h \
  sse/presence.c sse/presence.h \
  sse/request.c sse/request.h \
  sse/room.c sse/room.h \
  sse/sessions.c sse/sessions.h \
  sse/stream.c sse/stream.h \
  sse/tail.c sse/tail.h \
  sse/transport_poll.c sse/transport_sse.c sse/transport_ws.c \
  sse/wake.c sse/wake.h
PUSH_LIBS = sse/libpush.a $(CONFAB_LIBS)
confab_pushd_LDADD = $(PUSH_LIBS) $(MHD_LIBS) $(CURL_LIBS)

if UNIT
include tests/unit/sse.mk
endif

# Fuzz targets (see tests/fuzz/local.mk).
check_PROGRAMS += tests/fuzz/replay_head tests/fuzz/replay_show tests/fuzz/replay_ws
TESTS += tests/fuzz/replay_head tests/fuzz/replay_show tests/fuzz/replay_ws
tests_fuzz_replay_head_SOURCES = tests/fuzz/fuzz_head.c $(REPLAY_SHARED)
tests_fuzz_replay_head_LDADD = $(PUSH_LIBS)
tests_fuzz_replay_show_SOURCES = tests/fuzz/fuzz_show.c $(REPLAY_SHARED)
tests_fuzz_replay_show_LDADD = $(PUSH_LIBS)
tests_fuzz_replay_ws_SOURCES = tests/fuzz/fuzz_ws.c $(REPLAY_SHARED)
tests_fuzz_replay_ws_LDADD = $(PUSH_LIBS)
if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_head tests/fuzz/fuzz_show tests/fuzz/fuzz_ws
tests_fuzz_fuzz_head_SOURCES = tests/fuzz/fuzz_head.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_head_LDADD = $(PUSH_LIBS)
tests_fuzz_fuzz_head_LDFLAGS = $(FUZZING_FLAGS)
tests_fuzz_fuzz_show_SOURCES = tests/fuzz/fuzz_show.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_show_LDADD = $(PUSH_LIBS)
tests_fuzz_fuzz_show_LDFLAGS = $(FUZZING_FLAGS)
tests_fuzz_fuzz_ws_SOURCES = tests/fuzz/fuzz_ws.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_ws_LDADD = $(PUSH_LIBS)
tests_fuzz_fuzz_ws_LDFLAGS = $(FUZZING_FLAGS)
endif
