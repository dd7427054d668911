/** My profile, my password, my sessions. */

import { fill, h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { isEmoji } from '../lib/text.js';
import { since } from '../lib/time.js';
import { field, openDialog, valueOf, workForm } from './dialog.js';
import { personAvatar } from './names.js';

const SUGGESTED = ['🦊', '🐼', '🦉', '🐢', '🐝', '🐙', '🌻', '🌵', '🍄', '🌙', '⛵', '🎈', '🎧', '📚', '🧭', '🍵'];

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').Session} Session */

/** @param {App} app */
export function profileDialog(app) {
    const { me } = app.state;
    if (!me) return;
    const preview = h('div', { class: 'profile-picture' });
    const avatar = h('input', { type: 'text', name: 'avatar', maxlength: 40, autocomplete: 'off', value: me.avatar, class: 'emoji-input', placeholder: 'Initials' });
    const name = h('input', { type: 'text', name: 'name', dir: 'auto', maxlength: 128, autocomplete: 'name', value: me.name });
    const draw = () => {
        const given = avatar.value.trim();
        fill(preview, personAvatar({ ...me, name: name.value, avatar: given && isEmoji(given) ? given : '' }, 'huge'));
    };
    avatar.addEventListener('input', draw);
    name.addEventListener('input', draw);
    draw();
    const palette = h('div', { class: 'palette', role: 'group', 'aria-label': 'Suggested pictures' },
        ...['', ...SUGGESTED].map((emoji) => h('button', {
            type: 'button', 'aria-label': emoji || 'No emoji, initials',
            on: {
                click: () => {
                    avatar.value = emoji;
                    avatar.dispatchEvent(new Event('input', { bubbles: true }));
                },
            },
        }, emoji || icon('close'))));
    const form = workForm({
        submit: 'Save',
        async run(data) {
            const picture = valueOf(data, 'avatar').trim();
            const { data: fresh } = await app.api.call('PATCH', '/api/me', { body: { name: valueOf(data, 'name').trim(), avatar: picture } });
            app.store.update((state) => ({
                ...state, me: fresh,
                people: { ...state.people, [fresh.id]: { id: fresh.id, handle: fresh.handle, name: fresh.name, avatar: fresh.avatar, active: true } },
            }));
            dialog.close();
        },
    }, h('div', { class: 'profile-top' }, preview, h('p', { class: 'faint' }, `@${me.handle}`, h('br', null), me.tenant.name)),
    field('Name', name), field('Picture', avatar, 'One emoji, or nothing for your initials.'), palette);
    const dialog = openDialog({ title: 'Your profile' }, form);
}

/** @param {App} app */
export function passwordDialog(app) {
    const secret = (/** @type {string} */ name, /** @type {string} */ kind) => h('input', { type: 'password', name, autocomplete: kind });
    const again = secret('again', 'new-password');
    const form = workForm({
        submit: 'Change password', cancel: () => dialog.close(),
        async run(data) {
            if (valueOf(data, 'new') !== again.value) throw new Error('The new passwords are not the same.');
            await app.api.call('PUT', '/api/me/password', { body: { old: valueOf(data, 'old'), new: valueOf(data, 'new') } });
            dialog.close();
            app.say('Your password has been changed. Your other sessions have ended.');
        },
    },
    h('input', { type: 'text', hidden: true, autocomplete: 'username', value: app.state.me?.handle ?? '', tabIndex: -1 }),
    field('Present password', secret('old', 'current-password')),
    field('New password', secret('new', 'new-password')),
    field('New password again', again));
    const dialog = openDialog({ title: 'Password' }, form);
}

/** "Firefox on Linux", from what the browser said of itself. @param {string} agent */
export function deviceName(agent) {
    const browser = [['Edg', 'Edge'], ['OPR', 'Opera'], ['Firefox', 'Firefox'], ['Chrome', 'Chrome'], ['Safari', 'Safari'], ['curl', 'curl']].find(([sign]) => agent.includes(`${sign}/`));
    const system = [['Android', 'Android'], ['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Windows', 'Windows'], ['Mac OS', 'Mac'], ['CrOS', 'ChromeOS'], ['Linux', 'Linux']].find(([sign]) => agent.includes(sign));
    if (!browser && !system) return agent.slice(0, 60) || 'Unknown device';
    return [browser?.[1] ?? 'Browser', system ? `on ${system[1]}` : ''].filter(Boolean).join(' ');
}

/** @param {App} app */
export function sessionsDialog(app) {
    const list = h('ul', { class: 'sessions' });
    const problem = h('p', { class: 'problem', role: 'alert' });
    const others = h('button', { type: 'button', class: 'button quiet', hidden: true, on: { click: () => void revoke('others') } }, 'Sign out everywhere else');

    /** @param {string} id */
    async function revoke(id) {
        fill(problem);
        try {
            await app.api.call('DELETE', `/api/sessions/${id}`);
            app.store.update((state) => ({ ...state, sessions: state.sessions?.filter((one) => (id === 'others' ? one.current : one.id !== id)) ?? null }));
        } catch (error) {
            fill(problem, /** @type {Error} */ (error).message);
        }
    }

    /** @param {Session} session */
    const line = (session) => h('li', { class: 'session' },
        h('span', { class: 'session-icon' }, icon('device')),
        h('span', { class: 'option-text' },
            h('span', { class: 'option-name' }, deviceName(session.agent)),
            h('span', { class: 'option-note' }, session.current ? 'This browser' : `Last seen ${since(session.seen_at)}`, ` · ${session.address}`)),
        !session.current && h('button', { type: 'button', class: 'button quiet', on: { click: () => void revoke(session.id) } }, 'Sign out'));

    const draw = () => {
        const sessions = app.state.sessions ?? [];
        fill(list, ...[...sessions].sort((a, b) => Number(b.current) - Number(a.current)).map(line));
        others.hidden = sessions.length < 2;
    };
    async function load() {
        fill(problem, 'Loading…');
        try {
            const { data } = await app.api.read('/api/sessions');
            fill(problem);
            app.store.update((state) => ({ ...state, sessions: data.sessions }));
        } catch (error) {
            fill(problem, `${/** @type {Error} */ (error).message} `, h('button', { type: 'button', class: 'link', on: { click: () => void load() } }, 'Retry'));
        }
    }
    const stop = app.store.subscribe((state, old) => { if (state.sessions !== old.sessions) draw(); });
    openDialog({
        title: 'Your sessions', wide: true,
        closed() {
            stop();
            app.store.update((state) => ({ ...state, sessions: null }));
        },
    }, h('p', { class: 'faint' }, 'Where you are signed in. End those that you do not know.'), problem, list, others);
    void load();
}
