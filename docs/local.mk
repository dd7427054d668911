dist_man_MANS += docs/man/confab.conf.5 docs/man/confabctl.8 docs/man/confab.fcgi.8 docs/man/confab-pushd.8 docs/man/confab-thumb.8
EXTRA_DIST += docs/ARCHITECTURE.md docs/PROTOCOL.md docs/ADDING.md docs/OPERATING.md docs/SECURITY.md docs/EVIDENCE.md docs/openapi.yaml docs/confab.png docs/confab-phone.png docs/confab-class.png
