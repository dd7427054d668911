# Unit tests of cgi/, included by cgi/local.mk where cmocka is there.
CGI_UNIT_TESTS = tests/unit/test_cgi_fields tests/unit/test_cgi_request \
  tests/unit/test_cgi_routes tests/unit/test_cgi_session
CGI_UNIT_LDADD = cgi/libcgi.a $(UNIT_LDADD) $(FCGI_LIBS)
tests_unit_test_cgi_fields_SOURCES = tests/unit/test_cgi_fields.c $(UNIT_SHARED)
tests_unit_test_cgi_fields_LDADD = $(CGI_UNIT_LDADD)
tests_unit_test_cgi_request_SOURCES = tests/unit/test_cgi_request.c $(UNIT_SHARED)
tests_unit_test_cgi_request_LDADD = $(CGI_UNIT_LDADD)
tests_unit_test_cgi_routes_SOURCES = tests/unit/test_cgi_routes.c $(UNIT_SHARED)
tests_unit_test_cgi_routes_LDADD = $(CGI_UNIT_LDADD)
tests_unit_test_cgi_session_SOURCES = tests/unit/test_cgi_session.c $(UNIT_SHARED)
tests_unit_test_cgi_session_LDADD = $(CGI_UNIT_LDADD)
tests_unit_test_cgi_download_SOURCES = tests/unit/test_cgi_download.c $(UNIT_SHARED)
tests_unit_test_cgi_download_LDADD = $(CGI_UNIT_LDADD)
CGI_UNIT_TESTS += tests/unit/test_cgi_download
tests_unit_test_cgi_examine_SOURCES = tests/unit/test_cgi_examine.c $(UNIT_SHARED)
tests_unit_test_cgi_examine_LDADD = $(CGI_UNIT_LDADD)
CGI_UNIT_TESTS += tests/unit/test_cgi_examine
check_PROGRAMS += $(CGI_UNIT_TESTS)
TESTS += $(CGI_UNIT_TESTS)
