/** The right pane: a thread with its own message box, or what there is to know of a channel. */

import { keepState, renderBlocks } from "./blocks.js";
import { below } from "./channel.js";
import { Composer } from "./composer.js";
import { ask, field } from "./dialog.js";
import { arrange, button, h, redraw, sign } from "./dom.js";
import { clock, handle } from "./format.js";
import { MessageList } from "./list.js";
import { plain } from "./message.js";
import { face, standing } from "./people.js";
import { edit } from "./tools.js";

const LONGEST = 80;

export class Pane {
  constructor(page, node) {
    this.page = page;
    this.node = node;
    this.cards = new Map();
    this.list = new MessageList(page, () => this.messages(), true);
    this.composer = new Composer(page, () => this.place(), { broadcast: true, lastOwn: () => this.editLast() });
    this.title = h("h2", {});
    this.where = h("p", { class: "topic" });
    const back = sign("←", "Back", () => page.closePane(), { class: "sign to-main" });
    const close = sign("✕", "Close", () => page.closePane(), { class: "sign to-close" });
    this.header = h(
      "header",
      { class: "head" },
      h("div", { class: "row" }, back, h("div", { class: "title" }, this.title, this.where), close),
    );
    this.about = h("div", { class: "about scroller" });
    arrange(node, [this.header, this.list.node, this.about, this.composer.node]);
    page.store.on("scene place pane", () => this.arrive());
    page.store.on("messages", (change) => this.changed(change));
    page.store.on("channels people", () => this.drawAbout());
    page.store.on("scene place", () => this.cards.clear());
  }

  get root() {
    return this.page.store.pane?.thread;
  }

  messages() {
    const { store } = this.page;
    const all = store.inOrder(store.place?.channel);
    return all.filter((each) => each.ts === this.root || (below(each) && each.thread_ts === this.root));
  }

  place() {
    const { store } = this.page;
    const channel = store.channel();
    if (!this.root || !channel?.member || channel.archived) return null;
    return {
      channel: channel.id,
      thread: this.root,
      draft: `${store.me} ${channel.id} ${this.root}`,
      label: "Reply in thread",
    };
  }

  arrive() {
    const { pane } = this.page.store;
    this.node.hidden = !pane;
    if (!pane) return;
    const thread = Boolean(this.root);
    const name = thread ? "Thread" : "About";
    this.node.setAttribute("aria-label", name);
    this.node.setAttribute("role", thread ? "region" : "complementary");
    this.title.textContent = name;
    this.where.textContent = this.page.store.title(this.page.store.channel());
    this.list.node.hidden = !thread;
    this.about.hidden = thread;
    this.composer.arrive();
    this.list.clear("Messages in this thread");
    if (thread) this.draw();
    this.drawAbout();
  }

  changed({ channel, whole, fresh }) {
    const { store } = this.page;
    if (!store.pane || channel !== store.place?.channel) return;
    if (this.root) {
      if (whole && !store.messages.get(channel).has(this.root)) {
        this.again(store.inOrder(channel));
        return;
      }
      this.draw();
      this.list.came(fresh.filter((each) => each.thread_ts === this.root && each.user !== store.me).length);
    } else this.drawAbout();
  }

  draw() {
    this.list.draw();
    this.drawn = this.page.store.messages.get(this.page.store.place.channel)?.get(this.root) || this.drawn;
  }

  /** A rewound recording says the same again, under another ts: stay in that thread, text and all. */
  again(messages) {
    const was = this.drawn;
    const like = (each) => each.text === was?.text && Math.floor(each.ts) === Math.floor(was.ts);
    const twin = messages.find(like);
    if (!twin) {
      this.page.closePane();
      return;
    }
    const typed = this.composer.box.value;
    this.page.setPane({ thread: twin.ts });
    const place = this.place();
    if (place) this.page.store.setDraft(place.draft, typed);
    this.composer.arrive(true);
  }

  editLast() {
    const own = this.messages().findLast((each) => each.user === this.page.store.me && !each.ephemeral);
    const node = own && this.list.nodes.get(own.ts);
    if (node) edit(this.page, node, this.list);
    return Boolean(node);
  }

  // -- about the channel -----------------------------------------------------------------------

  drawAbout() {
    const { page } = this;
    const channel = page.store.channel();
    if (!page.store.pane?.about || !channel) return;
    redraw(this.about, this.pinned(channel), members(page, channel), deeds(page, channel));
  }

  /** What is pinned, whole and alive: the board beside the talk. */
  pinned(channel) {
    const messages = this.page.store.messages.get(channel.id);
    const items = (channel.pins || []).map((ts) => h("li", { class: "pin" }, this.card(channel, ts, messages?.get(ts))));
    return items.length ? [h("h3", {}, "Pinned"), h("ul", {}, items)] : [];
  }

  card(channel, ts, message) {
    const { page } = this;
    const { store } = page;
    const who = message ? `${store.nameOf(message.user)}, ${clock(ts, store.zone())}` : "A message";
    const line = button(who, () => page.reveal(channel.id, ts), { class: "line" });
    if (!message?.blocks?.length) return [line, message && h("p", { class: "clip" }, plain(store, message.text || ""))];
    if (this.cards.get(ts)?.message !== message) {
      const node = h("div", {}, renderBlocks(message.blocks, page.ctx({ channel: channel.id, ts }, message.values)));
      if (this.cards.has(ts)) keepState(this.cards.get(ts).node, node);
      this.cards.set(ts, { message, node });
    }
    return [line, this.cards.get(ts).node];
  }
}

function members(page, channel) {
  const { store } = page;
  const rows = (channel.members || []).map((id) => {
    const person = store.people.get(id) || {};
    const words = [id === store.me && "you", standing(person), person.bot && "app"].filter(Boolean).join(", ");
    return h("li", { class: "person" }, face(store, id), store.nameOf(id), words && h("small", {}, words));
  });
  return [h("h3", {}, "Members"), h("ul", {}, rows)];
}

function deeds(page, channel) {
  if (!channel.member) return [];
  const where = { channel: channel.id };
  const one = (text, press, danger) => h("li", {}, button(text, press, { class: danger ? "line danger" : "line" }));
  const sure = (title, words, submit, act) =>
    ask(title, h("p", {}, words), submit, async () => {
      const done = await page.act(act, where);
      return done.ok ? "" : done.error;
    });
  return [
    h("h3", {}, "Channel"),
    h(
      "ul",
      {},
      !channel.archived && one("Invite somebody…", () => invite(page, channel)),
      !channel.archived && one("Rename…", () => rename(page, channel)),
      one("Leave…", () => sure("Leave the channel?", "You can come back while it is public.", "Leave", "leaves")),
      !channel.archived &&
        one(
          "Archive…",
          () => sure("Archive the channel?", "It can be read then, not written in.", "Archive", "archives"),
          true,
        ),
    ),
  ];
}

function invite(page, channel) {
  const { store } = page;
  const there = new Set(channel.members || []);
  const others = [...store.people.values()].filter((each) => !each.deleted && !there.has(each.id));
  const bot =
    store.bot.id && !there.has(store.bot.id) && !store.people.has(store.bot.id) ? [{ id: store.bot.id }] : [];
  const choice = h(
    "select",
    {},
    [...others, ...bot].map((each) => h("option", { value: each.id }, store.nameOf(each.id))),
  );
  ask("Invite somebody", field("Whom", choice), "Invite", async () => {
    const done = await page.act("invites", { channel: channel.id, user: choice.value });
    return done.ok ? "" : done.error;
  });
}

function rename(page, channel) {
  const name = h("input", { required: true, maxlength: "80", value: channel.name });
  ask("Rename the channel", field("Name", name), "Rename", async () => {
    const done = await page.act("renames", { channel: channel.id, name: handle(name.value, LONGEST) });
    return done.ok ? "" : done.error;
  });
}
