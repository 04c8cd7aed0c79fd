/** The start: the link, the store and the parts of the page, and what they ask of each other. */

import { Middle } from "./channel.js";
import { failure } from "./failure.js";
import { openJump } from "./jump.js";
import { mountKeys } from "./keys.js";
import { Link } from "./link.js";
import { openMenu } from "./menu.js";
import { showModals } from "./modal.js";
import { announce, say, toast } from "./notes.js";
import { Pane } from "./pane.js";
import { mountSidebar, places } from "./sidebar.js";
import { Store } from "./store.js";
import { mountStrip } from "./strip.js";
import { mountLinks, mountTop } from "./top.js";

class Page {
  constructor() {
    this.store = new Store();
    this.link = new Link(
      (frame) => this.store.takeIn(frame),
      (connected) => this.linked(connected),
    );
    this.act = this.link.act.bind(this.link);
    this.toast = toast;
    this.say = say;
    this.chosen = false;
    this.store.on("scene", (before) => this.scene(before));
    this.store.on("channels", (fresh) => this.channelsChanged(fresh || []));
    this.store.on("scene place channels", () => this.offerBoard());
    this.store.on("scene modals", () => showModals(this.store.modals, this.ctx({}, {})));
    this.store.on("messages", (change) => announce(this.store, change));
  }

  /** What rendering needs to know; `where` tells the server which blocks were pressed. */
  ctx(where, values) {
    const { store } = this;
    const { people, channels, me } = store;
    return {
      where,
      values: values || {},
      people,
      channels,
      zone: store.zone(),
      now: store.now(),
      me,
      act: this.act,
      open: (id) => this.go(id),
    };
  }

  /** Do something that has no place of its own for words when it fails. */
  async tryTo(name, fields, what = "That") {
    const done = await this.act(name, fields);
    const words = failure(this.store, what, done);
    if (words) toast(words);
    return done;
  }

  // -- where one is ----------------------------------------------------------------------------

  go(channel) {
    const { store } = this;
    this.chosen = true;
    this.hideSide();
    // A channel one has just made or joined may be told of a moment later.
    if (store.channels.has(channel)) this.show({ channel });
    else this.awaited = channel;
  }

  show(place) {
    const { store } = this;
    const same = store.place?.channel === place.channel;
    store.place = place;
    if (!same) store.pane = null;
    sessionStorage.setItem("place", store.channel()?.name || "");
    store.tell("place");
    if (!same) store.tell("pane");
    this.frame();
    if (place.channel && !store.loaded.has(place.channel)) this.act("open", { channel: place.channel });
  }

  goHome() {
    this.chosen = true;
    this.hideSide();
    this.show({ home: true });
    this.tryTo("home", {}, "Home");
  }

  async goDm() {
    const done = await this.tryTo("dm", {}, "Opening the messages");
    if (done.ok) this.go(done.channel || this.store.bot.dm);
  }

  /** The first place of a scene: where one was, else the incident, else the first channel. */
  first(name) {
    const { mine, others } = places(this.store);
    const all = [...mine, ...others];
    const incident = [...all].reverse().find((each) => each.name.startsWith("inc-"));
    return (
      all.find((each) => each.name === name) || incident || all.find((each) => each.name === "general") || all[0]
    );
  }

  scene(before) {
    const { store } = this;
    this.remember();
    const { place, pane } = store;
    const sameTake = before.take === store.take;
    if (sameTake && place?.channel && store.channels.has(place.channel)) {
      this.act("open", { channel: place.channel });
    } else if (place?.home) {
      this.act("home");
    } else {
      const was = before.take ? this.chosen && before.channel : sessionStorage.getItem("place");
      const first = this.first(was);
      this.chosen &&= first?.name === was;
      this.show(first ? { channel: first.id } : {});
      // A rewound recording has the same messages at the same times; the thread may be there again.
      if (pane?.thread && first?.name === before.channel) this.setPane(pane);
    }
    this.frame();
  }

  /** Be who one was before a reload. */
  remember() {
    const { store } = this;
    const was = sessionStorage.getItem("me");
    if (this.fresh && was && was !== store.me && store.people.has(was)) this.become(was);
    else sessionStorage.setItem("me", store.me);
    this.fresh = false;
  }

  channelsChanged(fresh) {
    const { store } = this;
    if (this.awaited && store.channels.has(this.awaited)) {
      const { awaited } = this;
      this.awaited = null;
      this.go(awaited);
    } else if (store.place?.channel && !store.channel()) {
      this.show({ channel: this.first()?.id });
    } else {
      this.followIncident(fresh);
    }
  }

  /** Whoever only watches is taken to the incident when its channel appears. */
  followIncident(fresh) {
    const incident = fresh.find((each) => each.name.startsWith("inc-"));
    if (incident && !this.chosen) this.show({ channel: incident.id });
  }

  neighbour(step) {
    const { mine, others, dms } = places(this.store);
    const all = [...mine, ...others, ...dms];
    const at = all.findIndex((each) => each.id === this.store.place?.channel);
    const next = all[(at + step + all.length) % all.length];
    if (next) this.go(next.id);
  }

  // -- panes -------------------------------------------------------------------------------------

  setPane(pane) {
    this.store.pane = pane;
    this.store.tell("pane");
    this.frame();
  }

  openThread(ts, { write = false } = {}) {
    this.setPane({ thread: ts });
    if (write || matchMedia("(min-width: 700px) and (pointer: fine)").matches) this.pane.composer.focus();
  }

  openDetails() {
    this.setPane({ about: true });
    this.pane.node.querySelector("button:not([hidden])")?.focus();
  }

  /** Where there is room, what is pinned (the board) stands beside the talk until it is closed. */
  offerBoard() {
    const { store } = this;
    const room = matchMedia("(min-width: 1100px)").matches;
    const free = !store.pane && !this.boardClosed;
    if (room && free && store.channel()?.pins?.length) this.setPane({ about: true });
  }

  /** Close it; the focus goes back to the message it was opened from. */
  closePane() {
    const root = this.middle.list.nodes.get(this.store.pane?.thread);
    const inside = this.pane.node.contains(document.activeElement);
    this.boardClosed ||= Boolean(this.store.pane?.about);
    this.store.pane = null;
    this.store.tell("pane");
    this.frame();
    this.offerBoard();
    if (inside && root?.isConnected) this.middle.list.focus(root);
    else if (inside) this.middle.header.querySelector("button:last-of-type")?.focus();
  }

  showSide() {
    this.side = true;
    this.frame();
    document.querySelector("#side button")?.focus();
  }

  hideSide() {
    this.side = false;
    this.frame();
  }

  /** Which part a narrow screen shows. */
  frame() {
    document.body.dataset.show = this.side ? "side" : this.store.pane ? "pane" : "main";
  }

  escape() {
    if (this.side) this.hideSide();
    else if (this.store.pane) this.closePane();
    else return false;
    return true;
  }

  /** Go to one message, wherever it stands. */
  reveal(channel, ts) {
    if (channel !== this.store.place?.channel) {
      this.arrived = () => ((this.arrived = null), this.reveal(channel, ts));
      this.go(channel);
      return;
    }
    const message = this.store.messages.get(channel)?.get(ts);
    if (message?.reply && !message.broadcast) {
      this.openThread(message.thread_ts);
      this.pane.list.reveal(ts);
    } else if (!this.middle.list.reveal(ts)) toast("That message is not here any more.");
  }

  // -- acts --------------------------------------------------------------------------------------

  async become(user) {
    sessionStorage.setItem("me", user);
    if (user !== this.store.me) await this.tryTo("become", { user });
  }

  becomeNth(at) {
    const person = this.store.humans()[at];
    if (person) this.become(person.id);
  }

  react(message, name) {
    const now = this.store.messages.get(message.channel)?.get(message.ts) || message;
    const mine = now.reactions?.some((each) => each.name === name && each.users.includes(this.store.me));
    return this.tryTo(mine ? "unreacts" : "reacts", { channel: message.channel, ts: message.ts, name });
  }

  shortcut({ callback_id, name }, where) {
    return this.tryTo(where ? "message_shortcut" : "shortcut", { callback_id, ...where }, name);
  }

  chooseShortcut(anchor) {
    const all = this.store.shortcuts.filter((each) => each.kind === "global");
    const items = all.map((each) => ({
      text: each.name,
      hint: this.store.app,
      press: () => this.shortcut(each),
    }));
    if (items.length) openMenu(anchor, "Shortcuts", items);
    else toast("This app has no shortcuts.");
  }

  jump() {
    openJump(this);
  }

  /** Something was sent from `composer`: its end is what one wants to see. */
  wrote(composer) {
    (composer === this.middle.composer ? this.middle : this.pane).list.toLatest();
  }

  write(text = "") {
    const { composer } = this.store.pane?.thread ? this.pane : this.middle;
    if (composer.node.hidden) return;
    composer.focus();
    if (text && !composer.box.value) {
      composer.box.value = text;
      composer.typed();
    }
  }

  toMessages() {
    const { list } = this.store.pane?.thread ? this.pane : this.middle;
    list.list.querySelector(".message[tabindex='0']")?.focus();
  }

  // -- the start -----------------------------------------------------------------------------------

  linked(connected) {
    this.fresh = connected;
    this.store.connected = connected;
    this.store.tell("link");
  }

  start() {
    mountTop(this, document.querySelector("#top"));
    mountStrip(this, document.querySelector("#strip"));
    mountSidebar(this, document.querySelector("#side"));
    const main = document.querySelector("#main");
    main.replaceChildren();
    this.middle = new Middle(this, main);
    this.pane = new Pane(this, document.querySelector("#pane"));
    mountKeys(this);
    mountLinks(this);
    document.addEventListener("visibilitychange", () => this.middle.read());
    this.frame();
    this.link.open();
  }
}

new Page().start();
