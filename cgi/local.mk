# The handlers: a library of all but main(), so that unit tests link the same objects.
noinst_LIBRARIES += cgi/libcgi.a
cgi_libcgi_a_SOURCES = \
  cgi/call.c cgi/call.h \
  cgi/dispatch.c cgi/dispatch.h \
  cgi/examine.c cgi/examine.h \
  cgi/fields.c cgi/fields.h cgi/fields.def \
  cgi/files.c cgi/files.h \
  cgi/io.c cgi/io.h \
  cgi/mentions.c cgi/mentions.h \
  cgi/message_page.c cgi/message_page.h \
  cgi/listen.c cgi/listen.h \
  cgi/prefork.c cgi/prefork.h \
  cgi/range.c cgi/range.h \
  cgi/reply.c cgi/reply.h \
  cgi/request.c cgi/request.h \
  cgi/res_changes.c cgi/res_class.c cgi/res_polls.c cgi/res_marks.c cgi/res_download.c cgi/res_files.c cgi/res_me.c cgi/res_members.c cgi/res_messages.c cgi/res_people.c \
  cgi/res_public.c cgi/res_rooms.c cgi/res_search.c cgi/res_session.c cgi/res_sync.c \
  cgi/rooms.h \
  cgi/routes.c cgi/routes.h cgi/routes.def \
  cgi/session.c cgi/session.h \
  cgi/shapes.c cgi/shapes.h \
  cgi/signin.c cgi/signin.h \
  cgi/worker.c cgi/worker.h

libexec_PROGRAMS += confab.fcgi
confab_fcgi_SOURCES = cgi/main.c
confab_fcgi_LDADD = cgi/libcgi.a $(CONFAB_LIBS) $(FCGI_LIBS)

if UNIT
include tests/unit/cgi.mk
endif
