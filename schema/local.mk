# SQL travels inside the programs: what runs is what was built.
SCHEMA_QUERIES = $(srcdir)/schema/queries/api.sql $(srcdir)/schema/queries/push.sql $(srcdir)/schema/queries/ctl.sql
SCHEMA_FILES = \
  $(srcdir)/schema/setup/0_roles.sql \
  $(srcdir)/schema/setup/1_schema.sql \
  $(srcdir)/schema/migrations/0001_foundation.sql \
  $(srcdir)/schema/migrations/0100_conversations.sql \
  $(srcdir)/schema/migrations/0101_files.sql \
  $(srcdir)/schema/migrations/0102_search.sql \
  $(srcdir)/schema/migrations/0103_classroom.sql \
  $(srcdir)/schema/migrations/0104_unread_threads.sql \
  $(srcdir)/schema/functions/000_feed.sql \
  $(srcdir)/schema/functions/010_session.sql \
  $(srcdir)/schema/functions/020_message.sql \
  $(srcdir)/schema/functions/025_marks.sql \
  $(srcdir)/schema/functions/030_room.sql \
  $(srcdir)/schema/functions/040_people.sql \
  $(srcdir)/schema/functions/045_class.sql \
  $(srcdir)/schema/functions/050_changes.sql \
  $(srcdir)/schema/functions/060_work.sql \
  $(srcdir)/schema/functions/065_export.sql \
  $(srcdir)/schema/functions/070_files.sql \
  $(srcdir)/schema/functions/080_search.sql \
  $(srcdir)/schema/functions/090_sight.sql
SCHEMA_GENERATED = schema/queries.c schema/queries.h schema/schema_files.c schema/schema_files.h
EMBED = $(AM_V_GEN)$(MKDIR_P) schema && LC_ALL=C awk -f $(srcdir)/schema/embed.awk

schema/queries.h: $(SCHEMA_QUERIES) $(srcdir)/schema/embed.awk
	$(EMBED) -v what=queries -v header=1 $(SCHEMA_QUERIES) > $@.tmp && mv $@.tmp $@
schema/queries.c: $(SCHEMA_QUERIES) $(srcdir)/schema/embed.awk
	$(EMBED) -v what=queries $(SCHEMA_QUERIES) > $@.tmp && mv $@.tmp $@
schema/schema_files.h: $(SCHEMA_FILES) $(srcdir)/schema/embed.awk
	$(EMBED) -v what=files -v header=1 $(SCHEMA_FILES) > $@.tmp && mv $@.tmp $@
schema/schema_files.c: $(SCHEMA_FILES) $(srcdir)/schema/embed.awk
	$(EMBED) -v what=files $(SCHEMA_FILES) > $@.tmp && mv $@.tmp $@

BUILT_SOURCES += schema/queries.h schema/schema_files.h
CLEANFILES += $(SCHEMA_GENERATED)
EXTRA_DIST += schema/embed.awk $(SCHEMA_QUERIES) $(SCHEMA_FILES)
nodist_common_libconfab_a_SOURCES = schema/queries.c schema/queries.h
# BUILT_SOURCES covers `make` and `make check`; this covers a target asked for by name.
common/db.$(OBJEXT): schema/queries.h
