/** What can be completed while one writes: one row per sign. */

import { loadEmoji, chosenTone, recentEmoji, searchEmoji, usedEmoji, withTone } from '../lib/emoji.js';
import { icon } from '../lib/icons.js';
import { personAvatar, personName } from './names.js';
import { matchRank } from './switcher.js';

const EMOJI_SHOWN = 8;
const PEOPLE_SHOWN = 8;

/** @typedef {import('../app.js').App} App */
/** @typedef {import('../types.js').Person} Person */
/** @typedef {import('./complete.js').Choice} Choice */
/** @typedef {import('./complete.js').Trigger} Trigger */

/** @param {string} query @returns {Promise<Choice[]>} */
async function findEmoji(query) {
    const table = await loadEmoji();
    const lately = new Set(recentEmoji());
    const found = searchEmoji(table, query, EMOJI_SHOWN * 3).map((one) => ({ one, text: one.toned ? withTone(one.emoji, chosenTone()) : one.emoji }));
    found.sort((a, b) => Number(lately.has(b.text)) - Number(lately.has(a.text)));
    return found.map(({ one, text }) => ({
        key: text, label: `:${one.codes.find((code) => code.includes(query.toLowerCase())) ?? one.codes[0]}:`, picture: () => text, insert: `${text} `, chosen: () => usedEmoji(text),
    }));
}

/**
 * People whose name or handle fits, best first. @param {Person[]} people @param {string} query @returns {Person[]}
 */
export function rankPeople(people, query) {
    const best = (/** @type {Person} */ person) => {
        const ranks = [matchRank(person.handle, query), matchRank(person.name, query)].filter((rank) => rank >= 0 && rank < 4);
        return ranks.length ? Math.min(...ranks) : -1;
    };
    return people.map((person) => ({ person, rank: best(person) })).filter(({ rank }) => rank >= 0)
        .sort((a, b) => a.rank - b.rank || personName(a.person).localeCompare(personName(b.person)))
        .map(({ person }) => person);
}

/** @param {App} app @param {string} id  the room @param {string} query @returns {Promise<Choice[]>} */
async function findPeople(app, id, query) {
    const room = app.state.rooms[id];
    if (!room) return [];
    if (!app.state.rosters[id]) await app.rooms.roster(id);
    const roster = app.state.rosters[id];
    let people = (roster?.list ?? []).map(({ person }) => app.state.people[person.id] ?? person);
    // A large room's list comes in pages: whoever is not on the first is asked for by name.
    if (roster?.next && query) {
        const found = await app.people.search(query).catch(() => []);
        people = [...people, ...found.filter(({ id: other }) => !people.some((person) => person.id === other))];
    }
    const ranked = rankPeople(people.filter((person) => person.active !== false && person.id !== app.state.me?.id), query);
    /** @type {Choice[]} */
    const choices = ranked.slice(0, PEOPLE_SHOWN).map((person) => ({
        key: person.id, label: personName(person), note: `@${person.handle}`, picture: () => personAvatar(person, 'tiny'), insert: `@${person.handle} `,
    }));
    if (room.kind !== 'direct' && 'room'.startsWith(query.toLowerCase())) {
        choices.splice(query ? 0 : PEOPLE_SHOWN - 1, 0, { key: '@room', label: '@room', note: `everybody in ${room.name}`, picture: () => icon('people'), insert: '@room ' });
    }
    return choices;
}

/** @param {App} app @param {() => string} room  the id of the room that is written to @returns {Trigger[]} */
export function triggersFor(app, room) {
    return [
        { sign: ':', name: 'Emoji', least: 2, letters: /[\p{L}\p{N}_+-]/u, find: findEmoji },
        { sign: '@', name: 'People', least: 0, letters: /[\p{L}\p{N}._-]/u, find: (query) => findPeople(app, room(), query) },
    ];
}
