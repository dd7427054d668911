# The load generator, the yardstick and what fills a database for them: bench/run runs them all.
noinst_PROGRAMS += bench/yardstick bench/load
BENCH_COMMON = bench/tool.c bench/tool.h bench/net.c bench/net.h bench/loop.c bench/loop.h
BENCH_PEOPLE = bench/people.c bench/people.h
bench_yardstick_SOURCES = bench/yardstick.c $(BENCH_COMMON)
bench_yardstick_LDADD = $(CONFAB_LIBS)
bench_load_SOURCES = bench/load.c bench/load.h bench/load_hold.c bench/load_latency.c bench/load_storm.c \
  bench/crowd.c bench/crowd.h bench/http.c bench/http.h bench/proc.c bench/proc.h bench/sample.c bench/sample.h \
  bench/scan.c bench/scan.h $(BENCH_COMMON) $(BENCH_PEOPLE)
bench_load_LDADD = $(CONFAB_LIBS)
