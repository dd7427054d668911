noinst_LIBRARIES += common/libconfab.a
common_libconfab_a_SOURCES = \
  common/arena.c common/arena.h \
  common/bucket.c common/bucket.h \
  common/buf.c common/buf.h \
  common/clock.c common/clock.h \
  common/conf.c common/conf.h common/option.def \
  common/db.c common/db.h common/pgargs.c common/pgargs.h common/pgget.c common/pgget.h \
  common/emoji.c common/emoji.h \
  common/event.c common/event.h common/event.def \
  common/filestore.c common/filestore.h \
  common/row.c common/row.h common/content.c common/content.h \
  common/crypto.c common/crypto.h common/keyring.c common/keyring_private.h common/password.c \
  common/cursor.c common/cursor.h \
  common/json.c common/json.h \
  common/log.c common/log.h \
  common/markdown.c common/markdown.h common/markdown_private.h common/markdown_mask.c common/markdown_tree.c \
  common/problem.c common/problem.h common/problem.def \
  common/relay.c common/relay.h \
  common/shortcode.c common/shortcode.h common/shortcode.def \
  common/search.c common/search.h \
  common/slice.c common/slice.h \
  common/token.c common/token.h \
  common/url.c common/url.h \
  common/utf8.c common/utf8.h \
  common/uuid.c common/uuid.h \
  common/words.c common/words.h
# What every program links.
CONFAB_LIBS = common/libconfab.a $(JANSSON_LIBS) $(PQ_LIBS) $(SODIUM_LIBS) $(MD4C_LIBS) $(UNISTRING_LIBS)
EXTRA_DIST += common/shortcode.awk common/shortcode_alias.txt common/shortcode_head.txt
