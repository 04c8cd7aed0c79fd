/** Ctrl+K: go to a channel or be somebody, by a few letters of the name. */

import { show } from "./dialog.js";
import { h } from "./dom.js";
import { face } from "./people.js";

const MOST = 12;

/** Open the dialog; Enter takes what is marked. */
export function openJump(page) {
  new Jump(page).search();
}

class Jump {
  constructor(page) {
    this.page = page;
    this.box = h("input", {
      role: "combobox",
      "aria-label": "Jump to a channel or a person",
      "aria-controls": "jump-list",
      "aria-expanded": "true",
      "aria-autocomplete": "list",
      autocomplete: "off",
      placeholder: "A channel, or a person to be",
      on: { input: () => this.search(), keydown: (event) => this.key(event) },
    });
    this.list = h("div", { id: "jump-list", role: "listbox", "aria-label": "Places and people", class: "offers" });
    this.dialog = show(h("dialog", { class: "jumping", "aria-label": "Jump to" }, this.box, this.list));
  }

  search() {
    this.found = matching(this.page, this.box.value.trim().toLowerCase());
    this.at = 0;
    this.draw();
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter") this.take(this.found[this.at]);
    else if (step) this.at = (this.at + step + this.found.length) % (this.found.length || 1);
    else return;
    event.preventDefault();
    this.draw();
  }

  take(choice) {
    this.dialog.close();
    choice?.press();
  }

  draw() {
    const { found, list, at } = this;
    list.replaceChildren(...found.map((each, index) => this.option(each, index)));
    list.children[at]?.scrollIntoView({ block: "nearest" });
    this.box.setAttribute("aria-activedescendant", found.length ? `jump-${at}` : "");
    if (!found.length) list.append(h("p", { class: "waiting" }, "Nothing has such a name."));
  }

  option(each, index) {
    const selected = String(index === this.at);
    const props = { role: "option", tabindex: "-1", id: `jump-${index}`, "aria-selected": selected };
    const press = { click: () => this.take(each) };
    return h(
      "div",
      { ...props, on: press },
      each.before,
      h("b", {}, each.text),
      h("span", { class: "hint" }, each.hint),
    );
  }
}

function matching(page, start) {
  const found = [...home(page), ...channels(page), ...people(page)].filter((each) =>
    each.text.toLowerCase().includes(start),
  );
  return found.sort((a, b) => rank(a, start) - rank(b, start)).slice(0, MOST);
}

const rank = (each, start) => (each.text.toLowerCase().replace(/^#/, "").startsWith(start) ? 0 : 1);

function home(page) {
  const { store } = page;
  return [
    { text: store.app, hint: "the app's Home", before: face(store, store.bot.id), press: () => page.goHome() },
  ];
}

function channels(page) {
  const { store } = page;
  const all = [...store.channels.values()].sort((a, b) => (b.last || "").localeCompare(a.last || ""));
  return all.map((each) => {
    const direct = each.kind === "im" || each.kind === "mpim";
    const words = [direct && "direct messages", each.archived && "archived", !each.member && "not joined"];
    return {
      text: each.id === store.bot.dm ? store.app : store.title(each),
      hint: words.filter(Boolean).join(", "),
      before: h("span", { class: "hash", "aria-hidden": "true" }, direct ? "💬" : each.private ? "🔒" : "#"),
      press: () => page.go(each.id),
    };
  });
}

function people(page) {
  const { store } = page;
  return store.humans().map((each) => ({
    text: store.nameOf(each.id),
    hint: each.id === store.me ? "that is you" : "be this person",
    before: face(store, each.id),
    press: () => page.become(each.id),
  }));
}
