/** The left side: the app, the channels one is in and could join, and direct messages. */

import { ask, field } from "./dialog.js";
import { button, h, redraw, sign } from "./dom.js";
import { count, handle } from "./format.js";
import { face } from "./people.js";

const OTHERS = 6;
const LONGEST = 80;

/** Put the list of places into `nav` and keep it true. */
export function mountSidebar(page, nav) {
  const { store } = page;
  const lists = h("div", { class: "places" });
  nav.append(
    h(
      "div",
      { class: "side-head" },
      button(["Jump to… ", h("kbd", {}, "Ctrl K")], () => page.jump(), { class: "jump" }),
      sign("✕", "Close", () => page.hideSide(), { class: "sign to-main" }),
    ),
    lists,
  );
  store.on("scene people channels bot place home", () => redraw(lists, sections(page)));
}

/** Channels in the order of the sidebar: by name, with the app's DM left out. */
export function places(store) {
  const all = [...store.channels.values()].sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  const channels = all.filter((each) => each.kind === "channel" || each.kind === "group");
  return {
    mine: channels.filter((each) => each.member && !each.archived),
    others: channels.filter((each) => !each.member && !each.archived && !each.private),
    archived: channels.filter((each) => each.member && each.archived),
    dms: all.filter((each) => (each.kind === "im" || each.kind === "mpim") && each.id !== store.bot.dm),
  };
}

function sections(page) {
  const { store } = page;
  const { mine, others, archived, dms } = places(store);
  const make = sign("+", "New channel", () => create(page));
  const rest = others.length > OTHERS;
  const more =
    rest &&
    h(
      "li",
      {},
      button(`Browse all ${others.length}…`, () => page.jump(), { class: "place quiet" }),
    );
  const newest = [...others].sort((a, b) => (b.last || "").localeCompare(a.last || "")).slice(0, OTHERS);
  return [
    section("App", app(page)),
    section(
      "Channels",
      mine.map((each) => place(page, each)),
      make,
    ),
    others.length > 0 && section("Not joined", [...newest.map((each) => place(page, each)), more]),
    dms.length > 0 &&
      section(
        "Direct messages",
        dms.map((each) => place(page, each)),
      ),
    archived.length > 0 &&
      section(
        "Archived",
        archived.map((each) => place(page, each)),
      ),
  ];
}

function section(title, items, extra) {
  return h(
    "section",
    {},
    h("div", { class: "side-title" }, h("h2", {}, title), extra),
    h("ul", {}, items.filter(Boolean)),
  );
}

function app(page) {
  const { store } = page;
  const dm = store.channels.get(store.bot.dm);
  const now = store.place?.home || (store.bot.dm && store.place?.channel === store.bot.dm);
  const label = [
    store.app,
    !store.bot.connected && "not connected",
    dm?.unread && count(dm.unread, "unread message"),
  ];
  const press = () => (dm?.unread ? page.goDm() : page.goHome());
  const props = {
    class: dm?.unread ? "place unread" : "place",
    "aria-current": now ? "page" : null,
    "aria-label": label.filter(Boolean).join(", "),
  };
  const state = h("span", { class: store.bot.connected ? "on" : "off", "aria-hidden": "true" });
  return [
    h(
      "li",
      {},
      button(
        [
          face(store, store.bot.id),
          h("span", { class: "name" }, store.app),
          dm?.unread > 0 && badge(dm.unread),
          state,
        ],
        press,
        props,
      ),
    ),
  ];
}

/** What waits, for the eye; the button's name says it in words. */
function badge(text) {
  return h("span", { class: "badge", "aria-hidden": "true", data: { text } });
}

function place(page, channel) {
  const { store } = page;
  const direct = channel.kind === "im" || channel.kind === "mpim";
  const unread = channel.unread > 0 && channel.member;
  const alert = unread && (channel.mentioned || direct);
  const words = [
    store.title(channel),
    channel.private && !direct && "private",
    channel.archived && "archived",
    unread && count(channel.unread, "unread message"),
    alert && !direct && "you are mentioned",
  ];
  const props = {
    class: ["place", unread && "unread", !channel.member && "quiet"].filter(Boolean).join(" "),
    "aria-current": store.place?.channel === channel.id ? "page" : null,
    "aria-label": words.filter(Boolean).join(", "),
    title: store.title(channel),
    data: { key: channel.id },
  };
  const before = direct
    ? face(store, (channel.members || []).find((id) => id !== store.me) || "")
    : h("span", { class: "hash" }, channel.private ? "🔒" : "#");
  return h(
    "li",
    {},
    button(
      [before, h("span", { class: "name" }, channel.name), alert && badge(direct ? channel.unread : "@")],
      () => page.go(channel.id),
      props,
    ),
  );
}

function create(page) {
  const name = h("input", { required: true, maxlength: "80", autocomplete: "off" });
  const hidden = h("input", { type: "checkbox" });
  const body = [
    field("Name", name),
    h("label", { class: "tick" }, hidden, "Private: only people who are invited see it"),
  ];
  ask("New channel", body, "Make it", async () => {
    const done = await page.act("creates", { name: handle(name.value, LONGEST), private: hidden.checked });
    if (done.ok && done.channel) page.go(done.channel);
    return done.ok ? "" : done.error;
  });
}
