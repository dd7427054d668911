/** Where the page begins. `?transport=` and `?share=` are for tests: they pin the way and the sharing. */

import { App } from './app.js';
import { today } from './store.js';
import { Page } from './view/page.js';

const MINUTE_MS = 60_000;
/**
 * The address says which room is open, at which message, and which thread of it: #/room/1004, #/room/1004/17,
 * #/room/1004/thread/17, #/room/1004/thread/17/21
 */
const ROUTE = /^#\/room\/([A-Za-z0-9._-]+)(?:\/thread\/(\d{1,15}))?(?:\/(\d{1,15}))?$/;

const app = new App();
const root = /** @type {HTMLElement} */ (document.getElementById('app'));
new Page(app, root).render(app.state, app.state);

/** Follows the address; a room that we are not in is not shown. */
function route() {
    if (app.state.phase !== 'ready') return;
    const [, id = '', thread = '0', seq = '0'] = ROUTE.exec(location.hash) ?? [];
    if (id && !(id in app.state.rooms)) app.say('That conversation does not exist, or you are not in it.');
    app.rooms.open(id, Number(seq), Number(thread));
}

/** A link to a message of this very site is followed here, not in another tab. @param {MouseEvent} event */
function follow(event) {
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!(link instanceof HTMLAnchorElement) || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.origin !== location.origin || link.pathname !== location.pathname || !ROUTE.test(link.hash)) return;
    event.preventDefault();
    if (location.hash === link.hash) route();
    else location.hash = link.hash;
}

function tellView() {
    const visible = document.visibilityState === 'visible';
    app.hub.view(app.state.room, visible);
}

app.store.subscribe((state, old) => {
    if (state.phase === 'ready' && old.phase !== 'ready') route();
    if (state.phase !== 'ready') {
        if (old.phase === 'ready') {
            app.read.stop();
            app.threads.stop();
        }
        return;
    }
    // The open room may have gone, and its log may have been dropped.
    if (state.room && !(state.room in state.rooms)) app.rooms.open('');
    else if (state.room && !state.logs[state.room]) app.rooms.load(state.room);
    if (state.room !== old.room) tellView();
});

addEventListener('hashchange', route);
document.addEventListener('click', follow);
addEventListener('popstate', route);
document.addEventListener('visibilitychange', () => {
    tellView();
    if (document.visibilityState === 'visible') app.hub.post({ t: 'poke' });
});
addEventListener('online', () => {
    if (app.state.phase === 'failed') void app.session.retry();
    else app.hub.post({ t: 'poke' });
});
setInterval(() => app.store.update((state) => (state.day === today() ? state : { ...state, day: today() })), MINUTE_MS);
addEventListener('pagehide', () => app.hub.post({ t: 'leave' }));
// A page that comes back from the browser's cache has missed what was said.
addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });

const options = new URLSearchParams(location.search);
await app.hub.attach(options.get('transport') ?? '', options.get('share') ?? '');
await app.session.load();
