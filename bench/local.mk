# The load generator, the yardstick and what fills a database for them: bench/run runs them all.
noinst_PROGRAMS += bench/yardstick bench/load bench/post bench/fill
EXTRA_DIST += bench/README.md bench/run bench/stack.sh
BENCH_TOOL = bench/tool.c bench/tool.h
BENCH_NET = bench/net.c bench/net.h bench/loop.c bench/loop.h
BENCH_PEOPLE = bench/people.c bench/people.h
bench_yardstick_SOURCES = bench/yardstick.c $(BENCH_TOOL) $(BENCH_NET)
bench_yardstick_LDADD = $(CONFAB_LIBS)
bench_load_SOURCES = bench/load.c bench/load.h bench/load_hold.c bench/load_latency.c bench/load_storm.c \
  bench/crowd.c bench/crowd.h bench/http.c bench/http.h bench/proc.c bench/proc.h bench/sample.c bench/sample.h \
  bench/scan.c bench/scan.h $(BENCH_TOOL) $(BENCH_NET) $(BENCH_PEOPLE)
bench_load_LDADD = $(CONFAB_LIBS)
bench_post_SOURCES = bench/post.c $(BENCH_TOOL) $(BENCH_PEOPLE)
bench_post_LDADD = $(CONFAB_LIBS)
bench_fill_SOURCES = bench/fill.c bench/fill.h bench/fill_store.c $(BENCH_TOOL)
bench_fill_LDADD = $(CONFAB_LIBS)
