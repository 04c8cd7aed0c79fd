/** What one can do with a message: the bar beside it, its menu, its keys, editing in place. */

import { ask } from "./dialog.js";
import { h, sign } from "./dom.js";
import { REACTIONS } from "./emoji.js";
import { typedAgain } from "./format.js";
import { closeMenu, openMenu } from "./menu.js";

/** The one bar of a list; it stands in the message that is pointed at or has the focus. */
export class Tools {
  constructor(page, list) {
    this.page = page;
    this.list = list;
    const menu = { "aria-haspopup": "menu", "aria-expanded": "false", tabindex: "-1" };
    this.reactButton = sign("☺", "React", () => this.react(), menu);
    this.replyButton = sign("↩", "Reply in thread", () => this.reply(), { tabindex: "-1" });
    this.moreButton = sign("⋯", "More actions", () => this.more(), menu);
    this.node = h(
      "div",
      { class: "tools", role: "toolbar", "aria-label": "This message" },
      this.reactButton,
      this.replyButton,
      this.moreButton,
    );
  }

  get message() {
    return this.node.closest(".message")?.message;
  }

  at(node) {
    if (this.node.parentNode === node || node.querySelector(".editing")) return;
    const { ephemeral } = node.message;
    this.reactButton.hidden = this.moreButton.hidden = ephemeral;
    this.replyButton.hidden = ephemeral || this.list.inThread;
    if (ephemeral) this.node.remove();
    else node.append(this.node);
  }

  /** The message is drawn anew: what to do then, so that the bar moves along with its focus. */
  carry(old, now) {
    const here = this.node.parentNode === old;
    const focused = this.node.contains(document.activeElement) && document.activeElement;
    return () => {
      if (here) now.append(this.node);
      if (here && focused) focused.focus({ preventScroll: true });
    };
  }

  /** Pointer or focus went elsewhere: the bar goes too, unless it is still in use. */
  leave(to) {
    const message = this.node.parentNode;
    const asked = to?.closest("dialog");
    const used =
      asked || this.node.querySelector("[aria-expanded=true]") || message?.contains(to || document.activeElement);
    if (message && !used && !message.matches(":hover")) this.node.remove();
  }

  enter(node) {
    this.at(node);
    this.node.querySelector("button:not([hidden])")?.focus();
  }

  step(by) {
    const all = [...this.node.querySelectorAll("button:not([hidden])")];
    all[(all.indexOf(document.activeElement) + by + all.length) % all.length]?.focus();
  }

  react() {
    const { message, page } = this;
    const items = REACTIONS.map(({ name, emoji, label }) => ({
      text: emoji,
      label: label || name.replaceAll("_", " "),
      press: () => page.react(message, name),
    }));
    openMenu(this.reactButton, "React with", items, { grid: true });
  }

  reply() {
    this.page.openThread(this.message.thread_ts || this.message.ts, { write: true });
  }

  more() {
    const { message, page, list } = this;
    if (!message || message.ephemeral) return;
    const { store } = page;
    const node = this.node.parentNode;
    const where = { channel: message.channel, ts: message.ts };
    const pinned = store.channels.get(message.channel)?.pins?.includes(message.ts);
    const shortcuts = store.shortcuts.filter((each) => each.kind === "message");
    const items = [
      { text: "React…", hint: "e", press: () => (this.at(node), this.react()) },
      !list.inThread && { text: "Reply in thread", hint: "r", press: () => (this.at(node), this.reply()) },
      !pinned && { text: "Pin to the channel", press: () => page.tryTo("pins", where) },
      shortcuts.length && "line",
      ...shortcuts.map((each) => ({
        text: each.name,
        hint: store.app,
        press: () => page.shortcut(each, where),
      })),
      ...own(page, message, node, this.list),
    ];
    openMenu(this.moreButton, "More actions", items.filter(Boolean));
  }
}

function own(page, message, node, list) {
  if (message.user !== page.store.me || message.bot || message.notice) return [];
  return [
    "line",
    { text: "Edit", press: () => edit(page, node, list) },
    { text: "Delete…", danger: true, press: () => remove(page, message) },
  ];
}

function remove(page, message) {
  const where = { channel: message.channel, ts: message.ts };
  ask(
    "Delete this message?",
    h("p", {}, "It is gone for everybody."),
    "Delete",
    async () => {
      const done = await page.act("deletes", where);
      return done.ok ? "" : done.error;
    },
    { danger: true },
  );
}

/** Edit a message where it stands. Enter saves, Escape leaves it as it was. */
export function edit(page, node, list) {
  const { message } = node;
  const { store } = page;
  const error = h("p", { class: "error", role: "alert" });
  const box = h("textarea", {
    "aria-label": "Edit the message",
    rows: "2",
    value: typedAgain(message.text, store.people, store.channels),
  });
  const form = h(
    "form",
    { class: "editing" },
    box,
    error,
    h("p", { class: "hint" }, "Enter saves · Escape leaves it as it was"),
  );
  const over = () => {
    const now = form.closest(".message");
    form.remove();
    now.classList.remove("edited-now");
    list.focus(now);
  };
  const save = async () => {
    const done = await page.act("edits", { channel: message.channel, ts: message.ts, text: box.value });
    if (done.ok) over();
    else error.textContent = `${done.error} Your text is still here.`;
  };
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") over();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    save();
  });
  list.tools.node.remove();
  node.classList.add("edited-now");
  node.querySelector(".said").append(form);
  box.focus();
}

/** The keys of a message that has the focus. */
export function messageKeys(event, node, list) {
  const inBar = event.target !== node;
  const all = list.articles();
  const go = (by) => list.focus(all[Math.min(all.length - 1, Math.max(0, all.indexOf(node) + by))]);
  const tools = list.tools;
  const keys = {
    ArrowDown: () => go(1),
    j: () => go(1),
    ArrowUp: () => go(-1),
    k: () => go(-1),
    Home: () => list.focus(all[0]),
    End: () => list.focus(all.at(-1)),
    r: () => (tools.at(node), tools.reply()),
    e: () => (tools.at(node), tools.react()),
    ...(inBar
      ? { ArrowRight: () => tools.step(1), ArrowLeft: () => tools.step(-1) }
      : { Enter: () => tools.enter(node), ArrowRight: () => tools.enter(node) }),
  };
  if (!keys[event.key]) return;
  event.preventDefault();
  event.stopPropagation();
  closeMenu();
  keys[event.key]();
}
