/**
 * What the workload believes about rooms and members, so that it finds something to do. Only
 * acknowledged changes move it; the checker does not look at it.
 */

/** @typedef {{kind: string, visibility: string, owner: string, members: Set<string>, head: number, passing: boolean, messages: Message[]}} Room */
/** @typedef {{seq: number, sender: string, reply: boolean, poll: boolean}} Message */

/** Of so many messages of a room it is known that they can be answered, changed and marked. */
const RECENT = 15;

export class World {
  /** @type {Map<string, Room>} */
  rooms = new Map();
  /** @type {Set<string>} */
  #locks = new Set();
  #count = 0;

  /** @param {string[]} people ids */
  constructor(people) {
    this.people = people;
  }

  next() {
    return this.#count++;
  }

  /** @param {string} id @param {{kind: string, visibility: string, owner: string, people: string[], passing?: boolean}} room */
  addRoom(id, { people, passing = false, ...room }) {
    if (!this.rooms.has(id)) this.rooms.set(id, { ...room, members: new Set(people), head: 0, passing, messages: [] });
  }

  /** @param {(room: Room) => boolean} fits */
  #where(fits) {
    return [...this.rooms].filter(([, room]) => fits(room)).map(([id]) => id);
  }

  roomsOf(/** @type {string} */ person) {
    return this.#where((r) => r.members.has(person));
  }

  outside(/** @type {string} */ person, /** @type {string} */ visibility) {
    return this.#where((r) => r.visibility === visibility && !r.members.has(person));
  }

  /** Owners stay: a room without its owner would be nobody's to change. */
  leavable(/** @type {string} */ person) {
    return this.#where((r) => r.kind !== 'direct' && r.owner !== person && r.members.has(person));
  }

  ownedBy(/** @type {string} */ person) {
    return this.#where((r) => r.owner === person);
  }

  /** Rooms that come and go. */
  passing(/** @type {string} */ person) {
    return this.#where((r) => r.passing && r.owner === person);
  }

  strangers(/** @type {string} */ room) {
    return this.people.filter((p) => !this.rooms.get(room)?.members.has(p));
  }

  others(/** @type {string} */ room, /** @type {string} */ me) {
    return [...(this.rooms.get(room)?.members ?? [])].filter((p) => p !== me);
  }

  head(/** @type {string} */ room) {
    return this.rooms.get(room)?.head ?? 0;
  }

  /** @param {string} room @param {Message} message */
  sent(room, message) {
    const known = this.rooms.get(room);
    if (!known) return;
    known.head = Math.max(known.head, message.seq);
    known.messages.push(message);
    if (known.messages.length > RECENT) known.messages.shift();
  }

  unsaid(/** @type {string} */ room, /** @type {number} */ seq) {
    const known = this.rooms.get(room);
    if (known) known.messages = known.messages.filter((m) => m.seq !== seq);
  }

  /** A recent message in a room of that person. @param {string} person @param {import('./random.mjs').Random} random @param {(m: Message) => boolean} [fits] */
  message(person, random, fits = () => true) {
    const room = random.pick(this.roomsOf(person));
    const found = random.pick((this.rooms.get(room)?.messages ?? []).filter(fits));
    return found && { room, ...found };
  }

  enter(/** @type {string} */ room, /** @type {string} */ person) {
    this.rooms.get(room)?.members.add(person);
  }

  exit(/** @type {string} */ room, /** @type {string} */ person) {
    this.rooms.get(room)?.members.delete(person);
  }

  forget(/** @type {string} */ room) {
    this.rooms.delete(room);
  }

  /** Everything of a room that an operation may lock. @param {string} room */
  allLocks(room) {
    return [`room:${room}`, ...this.people.map((p) => `member:${p}:${room}`)];
  }

  /** Takes all of these or none. @param {string[]} locks */
  lock(locks) {
    if (locks.some((l) => this.#locks.has(l))) return false;
    for (const l of locks) this.#locks.add(l);
    return true;
  }

  /** @param {string[]} locks */
  unlock(locks) {
    for (const l of locks) this.#locks.delete(l);
  }
}
