/**
 * The message box: what is typed stays until it was taken. Commands, words, people and channels
 * are offered while typing; drafts wait for the return to their place.
 */

import { failure } from "./failure.js";
import { button, h } from "./dom.js";
import { count } from "./format.js";
import { complete, isCommand, offers, usageOf } from "./offers.js";

const HINT = "/ commands · Shift+Enter new line";
let composers = 0;

export class Composer {
  /** `place()` gives `{channel, thread, label, draft}`, or null when nothing can be written. */
  constructor(page, place, { broadcast = false, lastOwn }) {
    this.page = page;
    this.place = place;
    this.lastOwn = lastOwn;
    this.choices = [];
    this.at = -1;
    const id = `offers-${++composers}`;
    this.error = h("p", { class: "error", role: "alert" });
    this.list = h("div", { class: "offers", id, role: "listbox", "aria-label": "Suggestions", hidden: true });
    this.box = h("textarea", {
      rows: "1",
      "aria-autocomplete": "list",
      "aria-controls": id,
      maxlength: "40000",
      enterkeyhint: "send",
      on: { input: () => this.typed(), keydown: (event) => this.key(event), blur: () => this.offer([]) },
    });
    this.sendButton = button("Send", () => this.send(), { class: "main send" });
    this.quick = button("⚡", () => page.chooseShortcut(this.quick), {
      class: "sign",
      "aria-label": "Shortcuts",
      title: "Shortcuts",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
    });
    // In a thread no command can be given, so none is offered there.
    this.idle = broadcast ? "" : HINT;
    this.hint = h("span", { class: "hint keys" }, this.idle);
    this.also = broadcast && h("input", { type: "checkbox" });
    const bar = h(
      "div",
      { class: "bar" },
      this.quick,
      this.also && h("label", { class: "also" }, this.also, "Also send to the channel"),
      this.hint,
      this.sendButton,
    );
    this.node = h("div", { class: "composer" }, this.list, this.error, this.box, bar);
  }

  /** Another place or another person: keep what was typed there, show what was left here. */
  arrive(again = false) {
    const place = this.place();
    this.node.hidden = !place;
    if (!place || (place.draft === this.shown && !again)) return;
    this.shown = place.draft;
    this.box.value = this.page.store.draft(place.draft);
    this.box.setAttribute("aria-label", place.label);
    this.box.placeholder = place.label;
    this.error.textContent = "";
    this.grow();
    this.offer([]);
  }

  focus() {
    this.box.focus();
  }

  typed() {
    const place = this.place();
    this.page.store.setDraft(place.draft, this.box.value);
    this.error.textContent = "";
    this.grow();
    const before = this.box.value.slice(0, this.box.selectionStart);
    this.offer(offers(this.page.store, before, place));
  }

  /** Fit the box and the hint to the text. */
  grow() {
    this.hint.textContent = usageOf(this.page.store, this.box.value) || this.idle;
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight + 2}px`;
  }

  key(event) {
    if (event.isComposing) return;
    if (this.choices.length && this.choosing(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "ArrowUp" && !this.box.value && this.lastOwn()) {
      event.preventDefault();
    }
  }

  choosing(event) {
    const last = this.choices.length - 1;
    if (event.key === "ArrowDown") this.mark(this.at >= last ? 0 : this.at + 1);
    else if (event.key === "ArrowUp") this.mark(this.at <= 0 ? last : this.at - 1);
    else if (event.key === "Escape") this.offer([]);
    else if (event.key === "Tab" && !event.shiftKey) this.take(Math.max(0, this.at));
    else if (event.key === "Enter" && !event.shiftKey && this.at >= 0) this.take(this.at);
    else return false;
    return true;
  }

  // -- offers ----------------------------------------------------------------------------------

  offer(choices) {
    this.choices = choices;
    this.list.hidden = !choices.length;
    if (choices.length) this.page.say(count(choices.length, "suggestion"));
    this.list.replaceChildren(...choices.map((each, at) => this.option(each, at)));
    this.mark(choices[0]?.eager ? 0 : -1);
  }

  option({ text, help }, at) {
    const press = (event) => (event.preventDefault(), this.take(at));
    return h(
      "div",
      { role: "option", tabindex: "-1", id: `${this.list.id}-${at}`, on: { pointerdown: press } },
      h("b", {}, text),
      h("span", { class: "hint" }, help),
    );
  }

  mark(at) {
    this.at = at;
    [...this.list.children].forEach((each, index) => each.setAttribute("aria-selected", String(index === at)));
    const marked = this.list.children[at];
    marked?.scrollIntoView({ block: "nearest" });
    if (marked) this.box.setAttribute("aria-activedescendant", marked.id);
    else this.box.removeAttribute("aria-activedescendant");
  }

  take(at) {
    const { value, selectionStart } = this.box;
    const before = complete(value.slice(0, selectionStart), this.choices[at]);
    this.box.value = before + value.slice(selectionStart);
    this.box.setSelectionRange(before.length, before.length);
    this.box.focus();
    this.typed();
  }

  // -- sending ---------------------------------------------------------------------------------

  async send() {
    const text = this.box.value;
    const place = this.place();
    if (!text.trim() || !place || this.busy) return;
    this.offer([]);
    const slash = text.startsWith("/");
    const word = slash ? text.trim().split(/\s/)[0] : "Your message";
    const refused = slash && this.refused(word, place);
    if (refused) {
      this.fail(refused);
      return;
    }
    this.working(true);
    const done = await (slash ? this.command(text, place) : this.says(text, place));
    this.working(false);
    const words = failure(this.page.store, word, done);
    if (words) this.fail(words, place);
    else this.sent(text, place);
  }

  /** Why Slack would not take this command here, or nothing. */
  refused(word, place) {
    if (place.thread)
      return `${word} cannot be used in a thread: Slack does not allow it. Say it in words, or use it in the channel.`;
    return isCommand(this.page.store, word)
      ? ""
      : `${word} is not a command here. A message that starts with a slash is taken for one.`;
  }

  command(text, place) {
    return this.page.act("command", { channel: place.channel, text });
  }

  says(text, place) {
    const broadcast = Boolean(this.also?.checked);
    return this.page.act("says", { channel: place.channel, text, thread: place.thread, broadcast });
  }

  working(busy) {
    this.busy = busy;
    this.box.readOnly = busy;
    this.node.setAttribute("aria-busy", String(busy));
    this.sendButton.textContent = busy ? "Sending…" : "Send";
  }

  fail(words, place = this.place()) {
    if (place.draft !== this.shown) {
      this.page.toast(words);
      return;
    }
    this.error.textContent = `${words} Your text is still here.`;
    this.box.focus();
  }

  sent(text, place) {
    this.page.store.setDraft(place.draft, "");
    if (place.draft !== this.shown || this.box.value !== text) return;
    this.box.value = "";
    if (this.also) this.also.checked = false;
    this.grow();
    this.page.wrote(this);
  }
}
