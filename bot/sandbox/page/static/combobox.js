/**
 * A field that one or several options are chosen in: type to find, arrows, Enter, Escape.
 *
 * An option is `{id, words, note, raw}`: what tells it apart, what is read, small print, and what
 * Slack's state holds. `find(text)` gives groups `[{label, options}]`, at once or later.
 */

import { h } from "./dom.js";
import { Popup, freshId } from "./popups.js";
import { carries } from "./states.js";

const PAGE = 8;

export class Combobox {
  /** `chosen`: options; `change(options)` hears of every choice; `rest(options)` when the list closes. */
  constructor({ find, chosen, several = false, most = Infinity, clears = false, change, rest, ...looks }) {
    Object.assign(this, { find, chosen, several, most, clears, change, rest });
    this.shown = [];
    this.active = -1;
    this.listId = freshId("list");
    this.input = this.field(looks);
    this.chips = several ? h("ul", { class: "bk-chips", "aria-label": "Chosen" }) : null;
    const caret = h("span", { class: "bk-caret", "aria-hidden": "true" });
    this.node = h("div", { class: "bk-select" }, this.chips, this.input, caret);
    this.popup = new Popup(this.node, () => this.closed());
    this.list = h("div", { role: "listbox", id: this.listId, "aria-label": looks.placeholder || "Options" });
    if (several) this.list.setAttribute("aria-multiselectable", "true");
    this.word = h("p", { class: "bk-note", role: "status" });
    this.popup.node.append(this.list, this.word);
    this.node.append(this.popup.node);
    this.listen();
    this.settle();
    carries(this.input, () => this.save(), (saved) => this.load(saved));
  }

  /** `brief`: few enough options that a phone need not show its keyboard. */
  field({ placeholder, brief, naming }) {
    return h("input", {
      class: "bk-text",
      type: "text",
      role: "combobox",
      autocomplete: "off",
      spellcheck: "false",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.listId,
      inputmode: brief ? "none" : null,
      placeholder: placeholder || "Choose",
      ...naming,
    });
  }

  listen() {
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("click", () => this.open());
    this.input.addEventListener("blur", () => this.close());
    this.popup.node.addEventListener("mousedown", (event) => event.preventDefault());
    this.node.addEventListener("click", (event) => {
      if (event.target === this.node || event.target === this.chips) this.input.focus();
    });
  }

  get isOpen() {
    return Boolean(this.popup?.isOpen);
  }

  open(text = "") {
    if (this.isOpen) return;
    this.before = ids(this.chosen);
    this.popup.open();
    this.input.setAttribute("aria-expanded", "true");
    if (!text && !this.several) this.input.select();
    this.look(text);
  }

  close() {
    if (this.isOpen) this.popup.close();
  }

  closed() {
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    if (this.clears && !this.several && this.emptied && this.chosen.length) this.choose([]);
    this.settle();
    if (this.before !== ids(this.chosen)) this.rest?.(this.chosen);
    this.before = ids(this.chosen);
  }

  typed() {
    this.emptied = this.input.value === "";
    if (this.isOpen) this.look(this.input.value);
    else this.open(this.input.value);
  }

  async look(text) {
    this.asked = text;
    const found = this.find(text.trim());
    if (found instanceof Promise) this.show([], "Looking…");
    const { groups, word } = await found;
    // Somebody who types on is not shown what they no longer look for.
    if (this.asked === text && this.isOpen) this.show(groups, word);
  }

  show(groups, word = "") {
    this.shown = groups.flatMap(({ options }) => options);
    this.list.replaceChildren(...groups.flatMap((group) => this.group(group)));
    this.word.textContent = word || (this.shown.length ? "" : "Nothing found");
    this.word.hidden = !this.word.textContent;
    const at = this.shown.findIndex(({ id }) => this.has(id));
    this.point(this.asked || at < 0 ? 0 : at);
    this.popup.settle();
  }

  group({ label, options }) {
    const nodes = options.map((each) => this.option(each));
    if (!label) return nodes;
    const id = freshId("group");
    const head = h("div", { class: "bk-group", id, "aria-hidden": "true" }, label);
    return [h("div", { role: "group", "aria-label": label }, head, nodes)];
  }

  option(option) {
    const at = this.shown.indexOf(option);
    const press = { click: () => this.take(option) };
    const parts = { class: "bk-option", role: "option", id: `${this.listId}-${at}`, on: press };
    const note = option.note ? h("span", { class: "bk-note" }, option.note) : null;
    const node = h("div", parts, h("span", {}, option.words), note);
    node.setAttribute("aria-selected", String(this.has(option.id)));
    return node;
  }

  nodeAt(at) {
    return document.getElementById(`${this.listId}-${at}`);
  }

  point(at) {
    this.nodeAt(this.active)?.classList.remove("bk-active");
    this.active = this.shown.length ? Math.max(0, Math.min(at, this.shown.length - 1)) : -1;
    const node = this.nodeAt(this.active);
    node?.classList.add("bk-active");
    node?.scrollIntoView({ block: "nearest" });
    if (node) this.input.setAttribute("aria-activedescendant", node.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  pressed(event) {
    const done = this.isOpen ? this.pressedOpen(event.key) : this.pressedClosed(event.key);
    if (!done) return;
    event.preventDefault();
    event.stopPropagation();
  }

  pressedClosed(key) {
    if (["ArrowDown", "ArrowUp", "Enter"].includes(key)) this.open();
    else if (key === "Backspace" && this.several && !this.input.value) return this.drop(this.chosen.at(-1));
    else return false;
    return true;
  }

  pressedOpen(key) {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE };
    if (key in steps) this.point(this.active + steps[key]);
    else if (key === "Enter") this.take(this.shown[this.active]);
    else if (key === "Escape") this.close();
    else if (key === "Backspace" && this.several && !this.input.value) return this.drop(this.chosen.at(-1));
    else return false;
    return true;
  }

  has(id) {
    return this.chosen.some((each) => each.id === id);
  }

  take(option) {
    if (!option) return;
    this.emptied = false;
    if (!this.several) {
      this.choose([option]);
      this.close();
      return;
    }
    if (!this.has(option.id) && this.chosen.length >= this.most) {
      this.show([{ options: this.shown }], `No more than ${this.most}`);
      return;
    }
    if (this.has(option.id)) this.drop(option);
    else this.choose([...this.chosen, option]);
    this.look("");
  }

  drop(option) {
    if (!option) return false;
    this.choose(this.chosen.filter(({ id }) => id !== option.id));
    if (this.isOpen) this.look(this.input.value);
    else this.rest?.(this.chosen);
    return true;
  }

  choose(options) {
    if (ids(options) === ids(this.chosen)) return;
    this.chosen = options;
    this.settle();
    this.change?.(options);
  }

  /** What is read while the list is closed. */
  settle() {
    this.emptied = false;
    this.input.value = this.several ? "" : (this.chosen[0]?.words ?? "");
    this.chips?.replaceChildren(...this.chosen.map((each) => this.chip(each)));
    if (this.isOpen) this.popup.settle();
  }

  chip(option) {
    const drop = { click: () => (this.drop(option), this.input.focus()) };
    const cross = h("button", { type: "button", "aria-label": `Remove ${option.words}`, on: drop }, "×");
    return h("li", { class: "bk-chip" }, option.words, cross);
  }

  save() {
    const { chosen, before, asked } = this;
    // Who takes over tells the app; this one goes away and must not.
    if (this.isOpen) this.rest = undefined;
    return this.isOpen ? { chosen, before, asked, text: this.input.value } : undefined;
  }

  load({ chosen, before, asked, text }) {
    if (this.several) this.chosen = chosen;
    this.settle();
    this.open(asked);
    this.before = before;
    this.input.value = text;
  }
}

const ids = (options) => JSON.stringify(options.map(({ id }) => id));
