# The load generator, the yardstick and what fills a database for them: bench/run runs them all.
noinst_PROGRAMS += bench/yardstick bench/load bench/post bench/fill bench/talk
EXTRA_DIST += bench/README.md bench/floor bench/pages bench/pages.mjs bench/run bench/stack.sh
BENCH_TOOL = bench/tool.c bench/tool.h
BENCH_NET = bench/net.c bench/net.h bench/loop.c bench/loop.h
BENCH_PEOPLE = bench/people.c bench/people.h
bench_yardstick_SOURCES = bench/yardstick.c $(BENCH_TOOL) $(BENCH_NET)
bench_yardstick_LDADD = $(CONFAB_LIBS)
bench_load_SOURCES = bench/load.c bench/load.h bench/load_hold.c bench/load_latency.c bench/load_storm.c bench/load_floor.c \
  bench/crowd.c bench/crowd.h bench/http.c bench/http.h bench/proc.c bench/proc.h bench/sample.c bench/sample.h \
  bench/scan.c bench/scan.h $(BENCH_TOOL) $(BENCH_NET) $(BENCH_PEOPLE)
bench_load_LDADD = $(CONFAB_LIBS)
bench_post_SOURCES = bench/post.c $(BENCH_TOOL) $(BENCH_PEOPLE)
bench_post_LDADD = $(CONFAB_LIBS)
bench_fill_SOURCES = bench/fill.c bench/fill.h bench/fill_store.c $(BENCH_TOOL)
bench_fill_LDADD = $(CONFAB_LIBS)
bench_talk_SOURCES = bench/talk.c bench/talk.h bench/talk_lively.c $(BENCH_TOOL)
bench_talk_LDADD = $(CONFAB_LIBS) -lm
# Confab beside its peers: bench/compare/run.
noinst_PROGRAMS += bench/compare/swarm
bench_compare_swarm_SOURCES = bench/compare/swarm.c bench/compare/swarm.h bench/compare/swarm_client.c bench/compare/swarm_post.c \
  bench/compare/sender_yard.c bench/compare/dialect_web.c bench/compare/dialect_socketio.c bench/compare/dialect_xmpp.c \
  bench/http.c bench/http.h bench/sample.c bench/sample.h bench/scan.c bench/scan.h $(BENCH_TOOL) $(BENCH_NET) $(BENCH_PEOPLE)
bench_compare_swarm_LDADD = $(CONFAB_LIBS)
EXTRA_DIST += bench/compare/README.md bench/compare/run bench/compare/compare.mjs bench/compare/package.json \
  bench/compare/package-lock.json bench/compare/.npmrc bench/compare/lib/measure.mjs bench/compare/lib/peer.mjs \
  bench/compare/lib/plot.mjs bench/compare/lib/proc.mjs bench/compare/lib/posts.mjs bench/compare/lib/report.mjs \
  bench/compare/lib/text.mjs bench/compare/peers/lib.sh bench/compare/peers/confab/apache.sh bench/compare/peers/confab/start \
  bench/compare/peers/nchan/nginx.conf.in bench/compare/peers/nchan/start bench/compare/peers/prosody/prosody.cfg.lua.in \
  bench/compare/peers/prosody/start bench/compare/peers/socketio/schema.sql bench/compare/peers/socketio/server.mjs \
  bench/compare/peers/socketio/start bench/compare/peers/yardstick/start
