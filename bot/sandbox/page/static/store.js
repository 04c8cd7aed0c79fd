/**
 * What the page knows. Frames go in, listeners hear which part changed: scene, people, channels,
 * messages, modals, home, bot, strip, now, place, pane, link, draft.
 */

const PARTS = ["modals", "home", "bot", "strip"];

export class Store {
  constructor() {
    this.listeners = new Map();
    this.people = new Map();
    this.channels = new Map();
    this.messages = new Map();
    this.loaded = new Set();
    this.commands = [];
    this.words = [];
    this.shortcuts = [];
    this.modals = [];
    this.home = null;
    this.strip = null;
    this.bot = { id: "", name: "Parallax", connected: false, dm: "" };
    this.workspace = { name: "" };
    this.me = "";
    this.take = null;
    this.connected = false;
    this.place = null;
    this.pane = null;
    this.drafts = new Map(Object.entries(JSON.parse(sessionStorage.getItem("drafts") || "{}")));
  }

  on(topics, listener) {
    for (const topic of topics.split(" ")) {
      if (!this.listeners.has(topic)) this.listeners.set(topic, []);
      this.listeners.get(topic).push(listener);
    }
  }

  tell(topic, what) {
    for (const listener of this.listeners.get(topic) || []) listener(what);
  }

  /** Take a frame of the server. */
  takeIn(frame) {
    if (frame.type === "scene") this.scene(frame);
    else if (frame.type === "messages") this.whole(frame);
    else if (frame.type === "patch") this.patch(frame);
  }

  scene(frame) {
    const before = { take: this.take, me: this.me, channel: this.channel()?.name };
    const { type: _, people, channels, now, ...rest } = frame;
    Object.assign(this, rest);
    this.people = new Map(people.map((each) => [each.id, each]));
    this.channels = new Map(channels.map((each) => [each.id, each]));
    this.messages.clear();
    this.loaded.clear();
    this.setNow(now);
    this.tell("scene", before);
  }

  whole({ channel, messages }) {
    this.messages.set(channel, new Map(messages.map((each) => [each.ts, each])));
    this.loaded.add(channel);
    this.tell("messages", { channel, whole: true, fresh: [], changed: [] });
  }

  patch(frame) {
    if (frame.now != null) this.setNow(frame.now);
    for (const person of frame.people || []) this.people.set(person.id, person);
    const known = new Set(this.channels.keys());
    for (const channel of frame.channels || []) this.channels.set(channel.id, channel);
    for (const id of frame.gone || []) this.channels.delete(id);
    for (const part of PARTS) if (part in frame) this[part] = frame[part];
    if (frame.people) this.tell("people");
    if (frame.channels || frame.gone) {
      this.tell(
        "channels",
        (frame.channels || []).filter((each) => !known.has(each.id)),
      );
    }
    this.changes(frame);
    for (const part of PARTS) if (part in frame) this.tell(part);
  }

  changes({ messages = [], removed = [] }) {
    const touched = new Map();
    const of = (channel) => {
      if (!touched.has(channel)) touched.set(channel, { channel, fresh: [], changed: [], removed: [] });
      return touched.get(channel);
    };
    for (const message of messages) this.put(message, of(message.channel));
    for (const { channel, ts } of removed) {
      this.messages.get(channel)?.delete(ts);
      of(channel).removed.push(ts);
    }
    for (const change of touched.values()) this.tell("messages", change);
  }

  put(message, change) {
    if (!this.messages.has(message.channel)) this.messages.set(message.channel, new Map());
    const kept = this.messages.get(message.channel);
    (kept.has(message.ts) ? change.changed : change.fresh).push(message);
    kept.set(message.ts, message);
  }

  setNow(now) {
    this.then = { now, at: performance.now() };
    this.tell("now");
  }

  /** Domain time, flowing since the server last told it, unless a study's is held. */
  now() {
    const held = this.strip?.time && !this.strip.playing;
    return this.then ? this.then.now + (held ? 0 : (performance.now() - this.then.at) / 1000) : 0;
  }

  /** What `channel` holds, oldest first. */
  inOrder(channel) {
    return [...(this.messages.get(channel)?.values() || [])].sort((a, b) => (a.ts < b.ts ? -1 : 1));
  }

  /** The channel that is open, unless Home is. */
  channel() {
    return this.channels.get(this.place?.channel);
  }

  viewer() {
    return this.people.get(this.me);
  }

  zone() {
    return this.viewer()?.tz || "UTC";
  }

  /** Everybody one can be, admins and hosts first as the server gave them. */
  humans() {
    return [...this.people.values()].filter((each) => !each.bot && !each.deleted);
  }

  /** What the app is called. */
  get app() {
    return this.nameOf(this.bot.id);
  }

  nameOf(id) {
    const person = this.people.get(id);
    if (person) return person.real_name || person.name;
    return id === this.bot.id ? this.bot.name : "Somebody";
  }

  /** How a channel is named to people: "#general", or the other side of a DM. */
  title(channel) {
    if (!channel) return "";
    return channel.kind === "im" || channel.kind === "mpim" ? channel.name : `#${channel.name}`;
  }

  draft(key) {
    return this.drafts.get(key) || "";
  }

  setDraft(key, text) {
    if (text) this.drafts.set(key, text);
    else this.drafts.delete(key);
    sessionStorage.setItem("drafts", JSON.stringify(Object.fromEntries(this.drafts)));
  }
}
