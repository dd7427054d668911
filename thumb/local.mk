# confab-thumb: looks at uploads, apart from everything else (thumb/main.c says why).
libexec_PROGRAMS += confab-thumb
confab_thumb_SOURCES = thumb/main.c thumb/image.c thumb/image.h thumb/sandbox.c thumb/sandbox.h
confab_thumb_LDADD = common/libconfab.a $(GD_LIBS) $(MAGIC_LIBS)
