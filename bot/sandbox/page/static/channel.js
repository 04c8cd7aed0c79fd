/** The middle of the page: a channel, a DM or the app's Home, with its header and message box. */

import { Composer } from "./composer.js";
import { arrange, button, h, sign } from "./dom.js";
import { emojiFor } from "./emoji.js";
import { count } from "./format.js";
import { renderHome } from "./home.js";
import { MessageList } from "./list.js";
import { renderMrkdwn } from "./mrkdwn.js";
import { edit } from "./tools.js";

/** Whether `message` stands in a thread and not in the channel. */
export const below = (message) => message.reply || (message.thread_ts && message.thread_ts !== message.ts);

export class Middle {
  constructor(page, parent) {
    this.page = page;
    this.list = new MessageList(page, () => this.messages(), false);
    this.list.node.id = "talk";
    this.list.node.tabIndex = -1;
    this.composer = new Composer(page, () => this.place(), { lastOwn: () => this.editLast() });
    this.composer.box.id = "write";
    this.header = h("header", { class: "head" });
    this.join = h("div", { class: "join" });
    this.home = h("div", { class: "home scroller", tabindex: "-1" });
    arrange(parent, [this.header, this.list.node, this.home, this.join, this.composer.node]);
    const { store } = page;
    store.on("scene place", () => this.arrive());
    store.on("channels people bot", () => this.frame());
    store.on("home", () => this.drawHome());
    store.on("messages", (change) => this.changed(change));
    page.atEnd = (list) => list === this.list && this.read();
  }

  messages() {
    const { store } = this.page;
    return store.inOrder(store.place?.channel).filter((each) => !below(each) || each.broadcast);
  }

  /** Another channel, person or take. */
  arrive() {
    const { store } = this.page;
    const title = store.title(store.channel());
    this.list.clear(`Messages in ${title}`);
    this.list.newFrom = null;
    this.frame();
    this.drawHome();
    if (store.loaded.has(store.place?.channel)) this.loaded();
  }

  frame() {
    const { store } = this.page;
    const channel = store.channel();
    const home = Boolean(store.place?.home);
    this.list.node.hidden = home;
    this.home.hidden = !home;
    this.drawHeader(channel, home);
    this.drawJoin(channel);
    this.composer.arrive();
    document.title = `${home ? store.app : store.title(channel)} · Parallax sandbox`;
  }

  /** Where the message box writes to; null where one cannot write. */
  place() {
    const { store } = this.page;
    const channel = store.channel();
    if (!channel?.member || channel.archived) return null;
    const draft = `${store.me} ${channel.id}`;
    return { channel: channel.id, thread: null, draft, label: `Message ${store.title(channel)}` };
  }

  // -- messages --------------------------------------------------------------------------------

  changed({ channel, whole, fresh }) {
    const { store } = this.page;
    if (channel !== store.place?.channel) return;
    if (whole) {
      this.loaded();
      return;
    }
    this.list.draw();
    this.list.came(fresh.filter((each) => !below(each) && each.user !== store.me).length);
    if (this.list.stuck) this.read();
  }

  loaded() {
    const { store } = this.page;
    const unread = store.channel()?.unread || 0;
    const others = this.messages().filter((each) => each.user !== store.me && !each.ephemeral);
    this.list.newFrom = unread ? (others.at(-unread) || others[0])?.ts : null;
    this.list.draw();
    this.page.arrived?.();
    this.read();
  }

  /** What is on the screen counts as read. */
  read() {
    const { store, link } = this.page;
    const channel = store.channel();
    const last = this.messages().at(-1);
    if (channel?.unread && channel.member && last && !document.hidden) {
      link.act("read", { channel: channel.id, ts: last.ts });
    }
  }

  editLast() {
    const own = this.messages().findLast(
      (each) => each.user === this.page.store.me && !each.ephemeral && !each.notice,
    );
    const node = own && this.list.nodes.get(own.ts);
    if (node) edit(this.page, node, this.list);
    return Boolean(node);
  }

  // -- header ----------------------------------------------------------------------------------

  drawHeader(channel, home) {
    const { page } = this;
    const parts = [sign("☰", "Channels and people", () => page.showSide(), { class: "sign to-side" })];
    const dm = channel && channel.kind !== "channel" && channel.kind !== "group";
    const title = home || channel?.id === page.store.bot.dm ? page.store.app : page.store.title(channel);
    const topic =
      channel?.topic && h("p", { class: "topic" }, renderMrkdwn(channel.topic, page.ctx({ channel: channel.id })));
    parts.push(h("div", { class: "title" }, h("h1", {}, title, ...marks(channel, dm)), topic));
    if (home || channel?.id === page.store.bot.dm) parts.push(this.tabs(home));
    else if (channel && !dm) parts.push(this.buttons(channel));
    arrangeSame(this.header, h("div", { class: "row" }, parts));
    const links = bookmarks(channel);
    if (links) this.header.append(links);
  }

  tabs(home) {
    const { page } = this;
    const tab = (text, now, press) => button(text, press, { "aria-current": now ? "page" : null });
    return h(
      "div",
      { class: "tabs", role: "group", "aria-label": page.store.app },
      tab("Home", home, () => page.goHome()),
      tab("Messages", !home, () => page.goDm()),
    );
  }

  buttons(channel) {
    const { page } = this;
    const members = count((channel.members || []).length, "member");
    const pins = (channel.pins || []).length;
    return h(
      "div",
      { class: "buttons" },
      pins > 0 &&
        button(`📌 ${pins}`, () => page.openDetails(), {
          class: "quiet",
          "aria-label": count(pins, "pinned message"),
        }),
      button(`👥 ${(channel.members || []).length}`, () => page.openDetails(), {
        class: "quiet",
        "aria-label": members,
        title: members,
      }),
      sign("ℹ", "About this channel", () => page.openDetails()),
    );
  }

  drawJoin(channel) {
    const { page } = this;
    this.join.hidden = !channel || Boolean(this.place());
    if (!channel || this.join.hidden) return;
    const closed = channel.archived ? "This channel is archived. It can be read, not written in." : "";
    const enter = () => page.tryTo("joins", { channel: channel.id });
    this.join.replaceChildren(
      h("p", {}, closed || `You are looking into ${page.store.title(channel)}. You are not in it.`),
      ...(closed ? [] : [button("Join the channel", enter, { class: "main" })]),
    );
  }

  drawHome() {
    const { store } = this.page;
    if (!store.place?.home) return;
    const { home } = store;
    this.home.replaceChildren(renderHome(home, this.page.ctx({ view: home?.id }, home?.values)));
  }
}

/** Replace the header's row unless nothing in it changed, so that the focus stays. */
function arrangeSame(header, row) {
  const old = header.firstElementChild;
  if (old?.isEqualNode(row)) while (old.nextSibling) old.nextSibling.remove();
  else header.replaceChildren(row);
}

function marks(channel, dm) {
  const words = [channel?.private && !dm && ["🔒", "private"], channel?.archived && ["🗄", "archived"]].filter(
    Boolean,
  );
  return words.map(([emoji, word]) =>
    h("span", { class: "tag" }, h("span", { "aria-hidden": "true" }, emoji), ` ${word}`),
  );
}

function bookmarks(channel) {
  if (!channel?.bookmarks?.length) return null;
  const links = channel.bookmarks.map(({ title, link, emoji }) => {
    const before = emoji ? `${emojiFor(emoji.replaceAll(":", "")) || ""} ` : "";
    return h("li", {}, h("a", { href: safe(link), target: "_blank", rel: "noopener" }, before + title));
  });
  return h("ul", { class: "bookmarks", "aria-label": "Bookmarks" }, links);
}

/** Only web addresses become links. */
function safe(link) {
  return /^https?:\/\//.test(link) ? link : null;
}
