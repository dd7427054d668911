# Ready-made configs: the .in files with this installation's places, in $(pkgdatadir)/examples. The
# tests and quickstart fill the same .in files in for themselves.
EXAMPLES = contrib/apache/confab-site.conf contrib/apache/confab-fcgid.conf contrib/apache/confab-proxy-fcgi.conf contrib/apache/confab-cgi.conf \
  contrib/lighttpd/confab-site.conf contrib/lighttpd/confab-fastcgi.conf contrib/lighttpd/confab-cgi.conf \
  contrib/systemd/confab-api.service contrib/systemd/confab-files.service contrib/systemd/confab-pushd.service contrib/systemd/confab-work.service
EXAMPLES_IN = $(EXAMPLES:=.in)
examplesdir = $(pkgdatadir)/examples
apache_examplesdir = $(examplesdir)/apache
nodist_apache_examples_DATA = contrib/apache/confab-site.conf contrib/apache/confab-fcgid.conf contrib/apache/confab-proxy-fcgi.conf contrib/apache/confab-cgi.conf
lighttpd_examplesdir = $(examplesdir)/lighttpd
nodist_lighttpd_examples_DATA = contrib/lighttpd/confab-site.conf contrib/lighttpd/confab-fastcgi.conf contrib/lighttpd/confab-cgi.conf
systemd_examplesdir = $(examplesdir)/systemd
nodist_systemd_examples_DATA = contrib/systemd/confab-api.service contrib/systemd/confab-files.service contrib/systemd/confab-pushd.service contrib/systemd/confab-work.service
dist_examples_DATA = contrib/confab.conf

$(EXAMPLES): Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed -e 's|[@]program[@]|$(libexecdir)/confab.fcgi|g' -e 's|[@]www[@]|$(pkgdatadir)/www|g' \
	  -e 's|[@]conf[@]|$(sysconfdir)/confab/confab.conf|g' -e 's|[@]api_socket[@]|/run/confab/api.sock|g' -e 's|[@]files_socket[@]|/run/confab/files.sock|g' -e 's|[@]push_socket[@]|/run/confab/push.sock|g' \
	  -e 's|[@]processes[@]|32|g' -e 's|[@]push_max[@]|15|g' -e 's|[@]libexecdir[@]|$(libexecdir)|g' -e 's|[@]sbindir[@]|$(sbindir)|g' \
	  -e 's|[@]bindir[@]|$(bindir)|g' $(srcdir)/$@.in > $@.tmp && mv $@.tmp $@

CLEANFILES += $(EXAMPLES)
EXTRA_DIST += $(EXAMPLES_IN) contrib/apache/server.conf.in contrib/lighttpd/server.conf.in contrib/packages.sh
# The tests that start real servers need no building; whoever has the tarball can run them too.
EXTRA_DIST += package.json package-lock.json .npmrc .ci/run tests/harness tests/api tests/stream tests/kill tests/check-lists.test.mjs
