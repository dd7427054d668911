# The web client: no build step, the files are installed as they are, under $(pkgdatadir)/www.
# tests/www/files.test.mjs sees to it that every file is named here.
confabwwwdir = $(pkgdatadir)
nobase_dist_confabwww_DATA = \
  www/css/base.css \
  www/css/composer.css \
  www/css/controls.css \
  www/css/dialog.css \
  www/css/layout.css \
  www/css/log.css \
  www/css/message.css \
  www/css/rooms.css \
  www/css/signin.css \
  www/css/tokens.css \
  www/img/confab.svg \
  www/index.html \
  www/js/actions/history.js \
  www/js/actions/people.js \
  www/js/actions/read.js \
  www/js/actions/repair.js \
  www/js/actions/rooms.js \
  www/js/actions/session.js \
  www/js/api.js \
  www/js/app.js \
  www/js/lib/backoff.js \
  www/js/lib/db.js \
  www/js/lib/dom.js \
  www/js/lib/drafts.js \
  www/js/lib/icons.js \
  www/js/lib/linkify.js \
  www/js/lib/sseparse.js \
  www/js/lib/text.js \
  www/js/lib/time.js \
  www/js/lib/uuid.js \
  www/js/main.js \
  www/js/outbox.js \
  www/js/reducers/account.js \
  www/js/reducers/index.js \
  www/js/reducers/local.js \
  www/js/reducers/log.js \
  www/js/reducers/outbox.js \
  www/js/reducers/presence.js \
  www/js/reducers/room.js \
  www/js/reducers/tenant.js \
  www/js/store.js \
  www/js/stream/client.js \
  www/js/stream/hub.js \
  www/js/stream/link.js \
  www/js/stream/rooms.js \
  www/js/stream/share.js \
  www/js/stream/worker.js \
  www/js/transport/choose.js \
  www/js/transport/poll.js \
  www/js/transport/shape.js \
  www/js/transport/sse.js \
  www/js/transport/ws.js \
  www/js/types.js \
  www/js/view/composer.js \
  www/js/view/dialog.js \
  www/js/view/log.js \
  www/js/view/logstates.js \
  www/js/view/menu.js \
  www/js/view/message.js \
  www/js/view/names.js \
  www/js/view/newroom.js \
  www/js/view/notice.js \
  www/js/view/page.js \
  www/js/view/people.js \
  www/js/view/picker.js \
  www/js/view/profile.js \
  www/js/view/roomlist.js \
  www/js/view/roommenu.js \
  www/js/view/rows.js \
  www/js/view/scroll.js \
  www/js/view/shell.js \
  www/js/view/signin.js \
  www/js/view/status.js \
  www/js/view/switcher.js

EXTRA_DIST += \
  www/tsconfig.json \
  tests/www/files.test.mjs \
  tests/www/lib.test.mjs \
  tests/www/outbox.test.mjs \
  tests/www/state.test.mjs \
  tests/www/view.test.mjs
