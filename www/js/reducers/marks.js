/**
 * What later events make of a message: edits, deletion, reactions, pins, replies. Pure, and used for whatever
 * shows messages: the log, a thread, a list.
 *
 * Every change may come twice (the wire is at-least-once, and an answer may have it already): edits are told by
 * their version, my own reactions by `mine`, everything else by its result. The reactions of others are counted;
 * so a caller takes those events once each, in order (js/reducers/log.js does, by `head`).
 */

/** @typedef {import('../types.js').Message} Message */
/** @typedef {import('../types.js').MarkdownNode} MarkdownNode */
/** @typedef {import('../types.js').Reaction} Reaction */
/** @typedef {import('../types.js').Replies} Replies */
/** @typedef {import('../types.js').WireEvent} WireEvent */
/** @typedef {{id: string, handle: string}} Reader  who looks at it */

/** The server tells of so many. */
const REACTION_PEOPLE = 50;
const LAST_REPLIERS = 3;

/** A message without its content. @param {Message} message @returns {Message} */
function tombstone({ nodes: _n, big: _b, files: _f, edited_at: _e, mentions_room: _m, reactions: _r, pinned: _p, damaged: _d, ...rest }) {
    return { ...rest, text: null, deleted: true };
}

/** The content anew, with what stands beside it as it was. @param {Message} message @param {Message} now @returns {Message} */
export function revised(message, now) {
    if (now.deleted) return message.deleted ? message : tombstone({ ...message, version: now.version });
    if (message.deleted || now.version <= message.version) return message;
    const { reactions, replies, pinned, saved } = message;
    return { reactions, replies, pinned, saved, ...now };
}

/**
 * @param {Reaction[]} list @param {string} emoji @param {string} person @param {boolean} mine @returns {Reaction[]}
 */
function added(list, emoji, person, mine) {
    const at = list.findIndex((one) => one.emoji === emoji);
    if (at < 0) return [...list, { emoji, count: 1, mine, people: [person] }];
    const old = list[at];
    if (mine ? old.mine : old.people.includes(person)) return list;
    const people = old.people.length < REACTION_PEOPLE ? [...old.people, person] : old.people;
    const now = { ...old, count: old.count + 1, mine: old.mine || mine, people };
    return list.map((one) => (one === old ? now : one));
}

/** @param {Reaction[]} list @param {string} emoji @param {string} person @param {boolean} mine @returns {Reaction[]} */
function removed(list, emoji, person, mine) {
    const old = list.find((one) => one.emoji === emoji);
    // Of those beyond the ones that were named, nobody can tell.
    if (!old || (mine ? !old.mine : !old.people.includes(person) && old.count <= old.people.length)) return list;
    const now = { ...old, count: old.count - 1, mine: old.mine && !mine, people: old.people.filter((id) => id !== person) };
    return now.count > 0 ? list.map((one) => (one === old ? now : one)) : list.filter((one) => one !== old);
}

/** A reaction put there or taken away. @param {Message} message @param {string} emoji @param {boolean} on @param {string} person @param {string} me @returns {Message} */
export function reacted(message, emoji, on, person, me) {
    if (message.deleted) return message;
    const old = message.reactions ?? [];
    const now = (on ? added : removed)(old, emoji, person, person === me);
    return now === old ? message : { ...message, reactions: now.length ? now : undefined };
}

/** @param {Message} message @param {'pinned' | 'saved'} mark @param {boolean} on @returns {Message} */
export function marked(message, mark, on) {
    return Boolean(message[mark]) === on || (on && mark === 'pinned' && message.deleted) ? message : { ...message, [mark]: on || undefined };
}

/**
 * What an event that names this message makes of it. The events of the room's feed name it as `message_seq`.
 * @param {Message} message @param {WireEvent} event @param {string} me @returns {Message}  the same one if nothing changes
 */
export function changed(message, event, me) {
    switch (event.event) {
        case 'message_edited': return event.message ? revised(message, event.message) : message;
        case 'message_deleted': return message.deleted ? message : tombstone(message);
        case 'reaction_added': return reacted(message, event.emoji, true, String(event.actor), me);
        case 'reaction_removed': return reacted(message, event.emoji, false, String(event.actor), me);
        case 'message_pinned': return marked(message, 'pinned', true);
        case 'message_unpinned': return marked(message, 'pinned', false);
        case 'message_saved': return marked(message, 'saved', true);
        case 'message_unsaved': return marked(message, 'saved', false);
        default: return message;
    }
}

/** Unread replies of a thread that I follow. @param {Replies | undefined} replies */
export function unreadReplies(replies) {
    return replies?.following ? Math.max(0, replies.last_no - replies.read_no) : 0;
}

/**
 * A message after a reply to it. Who replies has read the thread and follows it; who began it follows it from the
 * first reply on, and who is mentioned in it from there.
 * @param {Message} root @param {Message} reply @param {Reader} me @returns {Message}
 */
export function replied(root, reply, me) {
    const no = reply.thread_no ?? 0;
    const old = root.replies;
    if (old && no <= old.last_no) return root;
    const mine = reply.sender === me.id;
    const follows = mine || (no === 1 && root.sender === me.id) || mentionsHandle(reply.nodes, me.handle);
    return {
        ...root,
        replies: {
            count: (old?.count ?? 0) + (reply.deleted ? 0 : 1), last_at: reply.sent_at, last_no: no,
            read_no: mine ? no : old?.read_no ?? 0, following: Boolean(old?.following) || follows,
            people: [reply.sender, ...(old?.people ?? []).filter((id) => id !== reply.sender)].slice(0, LAST_REPLIERS),
        },
    };
}

/** A reply of the thread is gone. @param {Message} root @returns {Message} */
export function replyGone(root) {
    if (!root.replies) return root;
    const count = root.replies.count - 1;
    return { ...root, replies: count > 0 ? { ...root.replies, count } : undefined };
}

/** @param {MarkdownNode[] | undefined} nodes @param {string} handle @returns {boolean} */
function mentionsHandle(nodes, handle) {
    return Boolean(nodes?.some((node) => typeof node === 'object' && (node.kind === 'mention' ? node.handle === handle : mentionsHandle(node.nodes, handle))));
}

/** Does it mean me, and come from somebody else? @param {Message} message @param {Reader | null} me */
export function mentionsMe(message, me) {
    return me !== null && message.sender !== me.id && !message.deleted
        && (Boolean(message.mentions_room) || mentionsHandle(message.nodes, me.handle));
}
