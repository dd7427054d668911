/**
 * The shapes that travel through the client. docs/PROTOCOL.md describes those of the wire.
 * This module has no code: it exists for the type checker and for readers.
 *
 * @typedef {{id: string, handle: string, name: string, avatar: string, created_at: string,
 *   tenant: {id: string, name: string}, session: string}} Me
 * @typedef {{id: string, handle: string, name: string, avatar: string, active: boolean}} Person
 * @typedef {{id: string, created_at: string, seen_at: string, expires_at: string, agent: string,
 *   address: string, current: boolean}} Session
 * @typedef {'direct' | 'group' | 'channel' | 'classroom'} RoomKind
 * @typedef {'private' | 'public'} Visibility
 * @typedef {'owner' | 'moderator' | 'member' | 'guest'} Role
 *
 * A message's text as a tree: PROTOCOL, section 3.
 * @typedef {string | MarkdownElement} MarkdownNode
 * @typedef {{kind: string, nodes?: MarkdownNode[], text?: string, language?: string, level?: number,
 *   start?: number, checked?: boolean, align?: string, href?: string, handle?: string}} MarkdownElement
 * @typedef {{id: string, name: string, type: string, size: number, width?: number, height?: number, thumbnail?: true}} FileInfo
 * @typedef {{emoji: string, count: number, mine: boolean, people: string[]}} Reaction
 * @typedef {{count: number, last_at: string, last_no: number, read_no: number, following: boolean, people: string[]}} Replies
 * @typedef {{room: string, seq: number, no: number, sender: string, sent_at: string,
 *   client_id: string, text: string | null, nodes?: MarkdownNode[], big?: boolean, files?: FileInfo[], damaged?: boolean, deleted?: boolean,
 *   thread?: number, thread_no?: number, in_room?: boolean, mentions_room?: boolean, edited_at?: string, version: number,
 *   poll?: {choices: string[], anonymous: boolean}, reactions?: Reaction[], replies?: Replies, pinned?: boolean, saved?: boolean}} Message
 *
 * `marked_seq`: the watermark that the server is known to have; `read_seq` may be ahead of it.
 * @typedef {{id: string, kind: RoomKind, visibility: Visibility, history_open: boolean,
 *   name: string, members: number, created_at: string, active_at: string, role: Role,
 *   person?: string, read_seq: number, read_no: number, last_seq: number, last_no: number,
 *   marked_seq?: number, unread: number, mentions: number, threads_unread: number, min_seq: number, visible_from: number,
 *   topic: string, description: string, archived: boolean, notices: boolean, receipts: boolean, people?: string[],
 *   notify: 'all' | 'mentions' | 'nothing', muted_until?: string, favourite?: number, last_message?: Message}} Room
 * @typedef {{id: string, kind: RoomKind, visibility: Visibility, history_open: boolean,
 *   name: string, topic: string, description: string, archived: boolean, notices: boolean, receipts: boolean,
 *   members: number, created_at: string, joined: boolean}} PublicRoom
 * @typedef {{person: Person, role: Role, joined_at: string}} Member
 *
 * An event of the wire: `feed` and `seq` only if it is durable.
 * @typedef {{event: string, feed?: string, seq?: number, at?: string, actor?: string,
 *   [more: string]: any}} WireEvent
 * @typedef {{feed: string, verdict: 'more' | 'reset' | 'complete', head?: number}} FeedVerdict
 * @typedef {{message_max: number, send_burst: number, send_period_ms: number,
 *   body_max: number, change_seconds: number, receipts_max: number, files: FileLimits | null}} Limits
 * @typedef {{size_max: number, count_max: number, chunk_max: number}} FileLimits
 * @typedef {{verdict: 'reset', cursor: string, me: Me, rooms: Room[], people: Person[],
 *   push: {url: string}, limits: Limits, heartbeat_ms: number}} SyncAnswer
 *
 * One line of a room's log: a message, or a notice made of an event.
 * `head`: this message is known as it was when the room's feed had come so far; if not given, as far as the log.
 * @typedef {{seq: number, message: Message, head?: number, notice?: undefined}} MessageEntry
 * @typedef {{seq: number, message?: undefined, head?: undefined, notice: WireEvent}} NoticeEntry
 * @typedef {MessageEntry | NoticeEntry} Entry
 *
 * The loaded part of a room's log. It covers every seq from `low` to `high`; `tail` tells that it
 * reaches the newest one, so that live events may be appended to it. `head`: what events up to there
 * have changed is in every entry.
 * @typedef {{status: 'loading' | 'ready' | 'failed', error: string, entries: Entry[],
 *   low: number, high: number, head: number, moreBefore: boolean, tail: boolean,
 *   busy: '' | 'older' | 'newer', edgeError: '' | 'older' | 'newer', gen: number}} Log
 *
 * What a message says besides its text, as it is sent. `thread`: the seq of the message that it answers.
 * `files`: ids; `shown`: what is drawn of them before the answer comes.
 * @typedef {{thread?: number, in_room?: boolean, files?: string[], shown?: FileInfo[]}} SendMore
 * @typedef {{client_id: string, account: string, room: string, text: string, created_at: string,
 *   state: 'pending' | 'failed' | 'sent', reason: string, message?: Message} & SendMore} OutEntry
 *
 * A thread that has been opened: its replies are a log whose lines are the replies alone.
 * @typedef {{room: string, seq: number, root: MessageEntry | null, log: Log, marker: number | null}} Thread
 *   `marker`: "new replies" begin after this thread_no
 * A list of messages from all over the place, newest first; those of followed threads are their roots.
 * @typedef {{status: 'loading' | 'ready' | 'failed', error: string, items: Message[], next: string,
 *   more: '' | 'busy' | 'failed', stale: boolean, gen: number}} MessageList
 * @typedef {{kind: 'thread', room: string, seq: number, at: number}} ThreadPanel  `at`: the reply to show
 * @typedef {{kind: 'threads' | 'mentions' | 'saved'} | {kind: 'pins' | 'people' | 'info', room: string} | ThreadPanel} PanelState
 * @typedef {{person: string, status?: string, device?: string, name?: string, emoji?: string, x?: number, y?: number}} Shown
 * @typedef {{people: string[], count: number, settling: boolean, shown: Record<string, Shown>}} Inside  `shown`: by person
 * A classroom. `head`: events of the room up to there are in it; `stale`: it has to be asked for again.
 * @typedef {{status: 'loading' | 'ready' | 'failed', error: string, stale: boolean, head: number, locked: boolean,
 *   desks: {desk: number, x: number, y: number, seats: number}[], seats: {desk: number, seat: number, person: string}[],
 *   hands: {person: string, raised_at: string, called: boolean}[],
 *   check: {no: number, open: boolean, started_at?: string, answers: {person: string, answer: string}[], waiting: string[]}}} ClassState
 * @typedef {{choices: {choice: number, count: number, mine: boolean, people?: string[]}[], anonymous: boolean, closed_at?: string, stale: boolean}} PollState
 * @typedef {{people: string[], count: number}} Typists
 * What I have just done to a message, shown until the server has answered.
 * @typedef {{id: number, room: string, seq: number, do: 'edit' | 'delete' | 'react' | 'pin' | 'save',
 *   text?: string, emoji?: string, on?: boolean}} Change
 * @typedef {{status: 'loading' | 'ready' | 'failed', error: string, list: Member[],
 *   next: string}} Roster
 * @typedef {{state: 'connecting' | 'online' | 'offline', transport: string, retryAt: number}} Net
 *
 * @typedef {object} State
 * @property {'boot' | 'signed-out' | 'ready' | 'failed'} phase
 * @property {string} problem  why the phase is `failed`, or what to say on the sign-in page
 * @property {Me | null} me
 * @property {Record<string, Room>} rooms
 * @property {Record<string, Person>} people
 * @property {Record<string, true>} wanted  rooms whose summary has to be loaded (again)
 * @property {Record<string, Log>} logs
 * @property {Record<string, Roster>} rosters
 * @property {Record<string, Inside>} inside
 * @property {Record<string, number>} feeds  last seq of the account's and the tenant's feed
 * @property {OutEntry[]} outbox
 * @property {Session[] | null} sessions  loaded only while its dialog is open
 * @property {PublicRoom[] | null} browse  loaded only while its dialog is open
 * @property {Limits} limits
 * @property {Net} net
 * @property {string} room  the open room, or ''
 * @property {{room: string, seq: number} | null} marker  "new messages" begin after this seq
 * @property {{room: string, seq: number} | null} target  the message that is to be shown, until it is
 * @property {Record<string, Thread>} threads  by threadKey() of js/reducers/threads.js
 * @property {Record<string, Message | null>} roots  messages that began a thread and that nothing else here
 *   shows, by threadKey(); null: it has to be asked for
 * @property {Record<string, MessageList>} lists  by listKey() of js/reducers/lists.js
 * @property {PanelState | null} panel  what stands beside the log
 * @property {Record<string, ClassState>} classes  by room
 * @property {Record<string, PollState>} polls  by pollKey() of js/reducers/class.js
 * @property {Record<string, Typists>} typing  who types, by typingKey() of js/reducers/typing.js
 * @property {Record<string, Record<string, number>>} receipts  how far others have read, by room and person
 * @property {Record<string, true>} stale  messages that have to be loaded again, as `room/seq`
 * @property {Record<string, true>} doubted  rooms whose counts have to be asked for, without haste
 * @property {Change[]} changes  of messages, on their way
 * @property {{room: string, seq: number, text: string} | null} editing  the message that is being rewritten
 * @property {string} day  the local date
 * @property {string} notice  a passing remark for the person, shown as a toast
 */

export {};
