if UNIT
UNIT_TESTS =
UNIT_LDADD = $(CONFAB_LIBS) $(CMOCKA_LIBS)
include tests/unit/common.mk
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
endif
include tests/fuzz/local.mk
