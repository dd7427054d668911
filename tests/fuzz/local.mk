# Fuzz targets: with --enable-fuzz (clang) under libFuzzer; in any build their corpora are replayed.
FUZZING_LIBS = $(CONFAB_LIBS)
REPLAY_SHARED = tests/fuzz/replay.c tests/fuzz/fuzz.h
FUZZING_FLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
REPLAY_TESTS =
EXTRA_DIST += tests/fuzz/corpus

REPLAY_TESTS += tests/fuzz/replay_conf
tests_fuzz_replay_conf_SOURCES = tests/fuzz/fuzz_conf.c $(REPLAY_SHARED)
tests_fuzz_replay_conf_LDADD = $(FUZZING_LIBS)
if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_conf
tests_fuzz_fuzz_conf_SOURCES = tests/fuzz/fuzz_conf.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_conf_LDADD = $(FUZZING_LIBS)
tests_fuzz_fuzz_conf_LDFLAGS = $(FUZZING_FLAGS)
endif

REPLAY_TESTS += tests/fuzz/replay_cookie
tests_fuzz_replay_cookie_SOURCES = tests/fuzz/fuzz_cookie.c $(REPLAY_SHARED)
tests_fuzz_replay_cookie_LDADD = $(FUZZING_LIBS)
if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_cookie
tests_fuzz_fuzz_cookie_SOURCES = tests/fuzz/fuzz_cookie.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_cookie_LDADD = $(FUZZING_LIBS)
tests_fuzz_fuzz_cookie_LDFLAGS = $(FUZZING_FLAGS)
endif

REPLAY_TESTS += tests/fuzz/replay_cursor
tests_fuzz_replay_cursor_SOURCES = tests/fuzz/fuzz_cursor.c $(REPLAY_SHARED)
tests_fuzz_replay_cursor_LDADD = $(FUZZING_LIBS)
if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_cursor
tests_fuzz_fuzz_cursor_SOURCES = tests/fuzz/fuzz_cursor.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_cursor_LDADD = $(FUZZING_LIBS)
tests_fuzz_fuzz_cursor_LDFLAGS = $(FUZZING_FLAGS)
endif

REPLAY_TESTS += tests/fuzz/replay_image
tests_fuzz_replay_image_SOURCES = tests/fuzz/fuzz_image.c thumb/image.c $(REPLAY_SHARED)
tests_fuzz_replay_image_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/thumb
tests_fuzz_replay_image_LDADD = $(FUZZING_LIBS)
if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_image
tests_fuzz_fuzz_image_SOURCES = tests/fuzz/fuzz_image.c thumb/image.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_image_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/thumb
tests_fuzz_fuzz_image_LDADD = $(FUZZING_LIBS)
tests_fuzz_fuzz_image_LDFLAGS = $(FUZZING_FLAGS)
endif

REPLAY_TESTS += tests/fuzz/replay_json
tests_fuzz_replay_json_SOURCES = tests/fuzz/fuzz_json.c $(REPLAY_SHARED)
tests_fuzz_replay_json_LDADD = $(FUZZING_LIBS)
if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_json
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_json_LDADD = $(FUZZING_LIBS)
tests_fuzz_fuzz_json_LDFLAGS = $(FUZZING_FLAGS)
endif

REPLAY_TESTS += tests/fuzz/replay_markdown
tests_fuzz_replay_markdown_SOURCES = tests/fuzz/fuzz_markdown.c $(REPLAY_SHARED)
tests_fuzz_replay_markdown_LDADD = $(FUZZING_LIBS)
if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_markdown
tests_fuzz_fuzz_markdown_SOURCES = tests/fuzz/fuzz_markdown.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_markdown_LDADD = $(FUZZING_LIBS)
tests_fuzz_fuzz_markdown_LDFLAGS = $(FUZZING_FLAGS)
endif

REPLAY_TESTS += tests/fuzz/replay_relay
tests_fuzz_replay_relay_SOURCES = tests/fuzz/fuzz_relay.c $(REPLAY_SHARED)
tests_fuzz_replay_relay_LDADD = $(FUZZING_LIBS)
if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_relay
tests_fuzz_fuzz_relay_SOURCES = tests/fuzz/fuzz_relay.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_relay_LDADD = $(FUZZING_LIBS)
tests_fuzz_fuzz_relay_LDFLAGS = $(FUZZING_FLAGS)
endif

REPLAY_TESTS += tests/fuzz/replay_url
tests_fuzz_replay_url_SOURCES = tests/fuzz/fuzz_url.c $(REPLAY_SHARED)
tests_fuzz_replay_url_LDADD = $(FUZZING_LIBS)
if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_url
tests_fuzz_fuzz_url_SOURCES = tests/fuzz/fuzz_url.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_url_LDADD = $(FUZZING_LIBS)
tests_fuzz_fuzz_url_LDFLAGS = $(FUZZING_FLAGS)
endif

REPLAY_TESTS += tests/fuzz/replay_utf8
tests_fuzz_replay_utf8_SOURCES = tests/fuzz/fuzz_utf8.c $(REPLAY_SHARED)
tests_fuzz_replay_utf8_LDADD = $(FUZZING_LIBS)
if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_utf8
tests_fuzz_fuzz_utf8_SOURCES = tests/fuzz/fuzz_utf8.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_utf8_LDADD = $(FUZZING_LIBS)
tests_fuzz_fuzz_utf8_LDFLAGS = $(FUZZING_FLAGS)
endif

REPLAY_TESTS += tests/fuzz/replay_uuid
tests_fuzz_replay_uuid_SOURCES = tests/fuzz/fuzz_uuid.c $(REPLAY_SHARED)
tests_fuzz_replay_uuid_LDADD = $(FUZZING_LIBS)
if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_uuid
tests_fuzz_fuzz_uuid_SOURCES = tests/fuzz/fuzz_uuid.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_uuid_LDADD = $(FUZZING_LIBS)
tests_fuzz_fuzz_uuid_LDFLAGS = $(FUZZING_FLAGS)
endif

REPLAY_TESTS += tests/fuzz/replay_words
tests_fuzz_replay_words_SOURCES = tests/fuzz/fuzz_words.c $(REPLAY_SHARED)
tests_fuzz_replay_words_LDADD = $(FUZZING_LIBS)
if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_words
tests_fuzz_fuzz_words_SOURCES = tests/fuzz/fuzz_words.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_words_LDADD = $(FUZZING_LIBS)
tests_fuzz_fuzz_words_LDFLAGS = $(FUZZING_FLAGS)
endif

check_PROGRAMS += $(REPLAY_TESTS)
TESTS += $(REPLAY_TESTS)
