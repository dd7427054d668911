/** What the parts of the classroom share: who shows which sign, and where somebody stands. Pure but for words. */

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').ClassState} ClassState */

export const ANSWERS = {
    done: { label: 'Done', sign: '✅' },
    time: { label: 'Need time', sign: '⏳' },
    question: { label: 'Question', sign: '❓' },
};

/**
 * The signs at a person, and the same in words. @param {State} state @param {ClassState} known @param {string} room @param {string} id
 * @returns {{signs: string[], words: string}}
 */
export function badges(state, known, room, id) {
    const signs = [];
    const words = [];
    const hand = known.hands.findIndex((one) => one.person === id);
    if (hand >= 0) {
        signs.push(known.hands[hand].called ? '🗣️' : '✋');
        words.push(known.hands[hand].called ? 'called' : `hand raised, number ${hand + 1}`);
    }
    const answer = known.check.answers.find((one) => one.person === id)?.answer;
    if (answer) {
        const { label, sign } = ANSWERS[/** @type {keyof typeof ANSWERS} */ (answer)];
        signs.push(sign);
        words.push(label.toLowerCase());
    }
    const emoji = state.inside[room]?.shown[id]?.emoji;
    if (emoji) {
        signs.push(emoji);
        words.push(`shows ${emoji}`);
    }
    return { signs, words: words.join(', ') };
}

/**
 * Where somebody stands. Who has not moved yet stands at the edge, each at a place of their own.
 * @param {string} id @param {{x?: number, y?: number} | undefined} shown
 */
export function placeOf(id, shown) {
    if (shown?.x !== undefined && shown.y !== undefined) return { x: shown.x, y: shown.y };
    let hash = 7;
    for (const char of id) hash = (hash * 31 + char.charCodeAt(0)) % 997;
    return { x: 0.06 + 0.88 * (hash / 997), y: 0.92 };
}

/** Everybody whom the list names: those who sit, those inside, those asked, myself. @param {State} state @param {ClassState} known @param {string} room */
export function studentsOf(state, known, room) {
    const roster = (state.rosters[room]?.list ?? []).map((member) => member.person.id);
    return [...new Set([...known.hands.map((one) => one.person), ...known.seats.map((one) => one.person), ...(state.inside[room]?.people ?? []), ...known.check.waiting, ...roster, state.me?.id ?? ''])].filter(Boolean);
}
