bin_PROGRAMS += confabctl
confabctl_SOURCES = ctl/main.c ctl/ctl.h ctl/cmd_schema.c ctl/cmd_people.c ctl/cmd_search.c ctl/ctl_search.h ctl/cmd_work.c ctl/cmd_backup.c ctl/cmd_export.c ctl/cmd_import.c ctl/ctl_export.h ctl/cmd_doctor.c ctl/work_files.c ctl/ctl_files.h
nodist_confabctl_SOURCES = schema/schema_files.c schema/schema_files.h
confabctl_LDADD = $(CONFAB_LIBS)
