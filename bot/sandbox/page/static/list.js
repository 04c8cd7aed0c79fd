/** The messages of a channel or a thread: kept by ts, drawn as they come, never all again. */

import { arrange, button, h, typing } from "./dom.js";
import { count, day, longDay } from "./format.js";
import { messageNode, replaceMessage } from "./message.js";
import { messageKeys, Tools } from "./tools.js";

const TOGETHER = 300;
const NEAR = 60;
const LONG_PRESS = 500;

export class MessageList {
  /** `chosen()` gives the messages to show, oldest first; `inThread` tells the two places apart. */
  constructor(page, chosen, inThread) {
    this.page = page;
    this.chosen = chosen;
    this.inThread = inThread;
    this.nodes = new Map();
    this.rules = new Map();
    this.newFrom = null;
    this.stuck = true;
    this.missed = 0;
    this.top = 0;
    this.tools = new Tools(page, this);
    this.list = h("div", { class: inThread ? "messages in-thread" : "messages", role: "log", "aria-live": "off" });
    this.nothing = h("p", { class: "waiting" }, "Nothing has been said here yet.");
    this.scroller = h("div", { class: "scroller" }, this.list);
    this.latest = button("", () => this.toLatest(), { class: "latest", hidden: true });
    this.node = h("div", { class: "talk" }, this.scroller, this.latest);
    this.listen();
  }

  listen() {
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    new ResizeObserver(() => this.stick()).observe(this.list);
    new ResizeObserver(() => this.stick()).observe(this.scroller);
    this.list.addEventListener("keydown", (event) => this.keyed(event));
    this.list.addEventListener("focusin", (event) => this.near(event));
    this.list.addEventListener("pointerover", (event) => this.near(event));
    this.scroller.addEventListener("pointerleave", () => this.tools.leave(null));
    this.list.addEventListener("focusout", (event) => this.tools.leave(event.relatedTarget));
    this.list.addEventListener("touchstart", (event) => this.pressed(event), { passive: true });
    for (const end of ["touchend", "touchmove", "touchcancel"]) {
      this.list.addEventListener(end, () => clearTimeout(this.long), { passive: true });
    }
  }

  /** Start over, for another place: nothing is kept, and the end is shown. */
  clear(label) {
    this.list.setAttribute("aria-label", label);
    this.nodes.clear();
    this.rules.clear();
    this.list.replaceChildren();
    this.stuck = true;
    this.missed = 0;
  }

  /** Draw what changed. */
  draw() {
    const { store } = this.page;
    const messages = this.chosen();
    const wanted = [];
    let before = null;
    for (const message of messages) {
      const node = this.nodeOf(message);
      const newDay = !before || this.nodes.get(before.ts).day !== node.day;
      if (newDay) wanted.push(this.rule(`day ${node.day}`, longDay(message.ts, store.zone())));
      if (message.ts === this.newFrom) wanted.push(this.rule("new", "New"));
      if (this.inThread && before && before.ts === messages[0].ts) wanted.push(this.replyRule(messages.length - 1));
      node.classList.toggle("follows", !newDay && message.ts !== this.newFrom && follows(before, message));
      wanted.push(node);
      before = message;
    }
    if (!before) wanted.push(this.nothing);
    this.forget(messages);
    const held = document.activeElement?.closest(".message");
    const place = this.articles().indexOf(held);
    arrange(this.list, wanted);
    if (place >= 0 && !held.isConnected) this.focusAt(place);
    this.roving();
    this.stick();
  }

  nodeOf(message) {
    const kept = this.nodes.get(message.ts);
    if (kept?.message === message) return kept;
    const node = messageNode(this.page, message, this.inThread);
    node.message = message;
    node.day = day(message.ts, this.page.store.zone());
    this.nodes.set(message.ts, node);
    if (kept?.isConnected) {
      const carry = this.tools.carry(kept, node);
      replaceMessage(kept, node);
      carry();
    }
    return node;
  }

  forget(messages) {
    if (this.nodes.size === messages.length) return;
    const there = new Set(messages.map((each) => each.ts));
    for (const ts of [...this.nodes.keys()]) if (!there.has(ts)) this.nodes.delete(ts);
  }

  rule(key, label) {
    if (!this.rules.has(key)) {
      const kind = key.split(" ")[0];
      this.rules.set(
        key,
        h("div", { class: `rule ${kind}`, role: "separator", "aria-label": label }, h("span", {}, label)),
      );
    }
    return this.rules.get(key);
  }

  replyRule(number) {
    return this.rule(`replies ${number}`, count(number, "reply", "replies"));
  }

  // -- scrolling -------------------------------------------------------------------------------

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    // Messages that get their height late move the end away; only people move up from it.
    if (scrollHeight - scrollTop - clientHeight < NEAR) this.stuck = true;
    else if (scrollTop < this.top) this.stuck = false;
    this.top = scrollTop;
    if (this.stuck) this.missed = 0;
    this.showLatest();
    if (this.stuck) this.page.atEnd?.(this);
  }

  stick() {
    if (!this.stuck) return;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.top = this.scroller.scrollTop;
  }

  /** New messages came: say so below if the viewer is reading further up. */
  came(number) {
    if (!this.stuck) this.missed += number;
    this.showLatest();
  }

  showLatest() {
    this.latest.hidden = this.stuck;
    this.latest.textContent = this.missed ? `${count(this.missed, "new message")} ↓` : "Jump to latest ↓";
  }

  toLatest() {
    this.stuck = true;
    this.missed = 0;
    this.stick();
    this.showLatest();
  }

  /** Show one message and mark it for a moment; whether it is here. */
  reveal(ts) {
    const node = this.nodes.get(ts);
    if (!node) return false;
    this.stuck = false;
    node.scrollIntoView({ block: "center" });
    this.focus(node);
    node.classList.add("flash");
    node.addEventListener("animationend", () => node.classList.remove("flash"), { once: true });
    return true;
  }

  // -- keyboard, pointer, touch ------------------------------------------------------------------

  /** Exactly one message can be reached by Tab: the one last visited, else the newest. */
  roving() {
    if (this.list.querySelector(":scope > .message[tabindex='0']")) return;
    const last = this.articles().at(-1);
    if (last) last.tabIndex = 0;
  }

  articles() {
    return [...this.list.querySelectorAll(":scope > .message")];
  }

  /** The message that had the focus is gone: its neighbour has it now. */
  focusAt(place) {
    const all = this.articles();
    if (all.length) this.focus(all[Math.min(place, all.length - 1)]);
  }

  focus(node) {
    for (const each of this.articles()) each.tabIndex = each === node ? 0 : -1;
    node.focus({ preventScroll: true });
    node.scrollIntoView({ block: "nearest" });
  }

  keyed(event) {
    const node = event.target.closest(".message");
    if (!node || typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && event.target !== node) {
      event.stopPropagation();
      this.focus(node);
    } else if (event.target === node || this.tools.node.contains(event.target)) {
      messageKeys(event, node, this);
    }
  }

  near(event) {
    const node = event.target.closest?.(".message");
    if (node) this.tools.at(node);
  }

  pressed(event) {
    const node = event.target.closest(".message");
    clearTimeout(this.long);
    if (node && !event.target.closest("button, a, input")) {
      this.long = setTimeout(() => (this.tools.at(node), this.tools.more()), LONG_PRESS);
    }
  }
}

/** Whether `message` stands under the same head as the one before it. */
function follows(before, message) {
  return (
    before !== null &&
    before.user === message.user &&
    before.bot === message.bot &&
    !message.notice &&
    !before.notice &&
    !message.ephemeral &&
    !before.ephemeral &&
    !message.broadcast &&
    message.ts - before.ts < TOGETHER
  );
}
