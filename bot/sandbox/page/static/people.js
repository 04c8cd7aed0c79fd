/** Who am I: faces to press, a menu with everybody, and somebody new. */

import { ask, field } from "./dialog.js";
import { arrange, button, h } from "./dom.js";
import { colour, handle, initials, zoneNow } from "./format.js";
import { openMenu } from "./menu.js";

const FACES = 6;
const LONGEST = 21;

/** Somebody's face: their letters on their colour. Decoration; the name stands beside it. */
export function face(store, id) {
  const app = id === store.bot.id;
  const letters = app ? "◈" : initials(store.nameOf(id));
  return h("span", { class: "face", "aria-hidden": "true", data: { letters, hue: app ? "app" : colour(id) } });
}

/** What somebody is besides a member, or nothing. */
export function standing(person) {
  if (person.stranger) return "from another company";
  if (person.guest) return "guest";
  return person.admin ? "admin" : "";
}

/** Put the switcher into `parent` and keep it true. */
export function mountPeople(page, parent) {
  const { store } = page;
  const row = h("div", { class: "faces", role: "group", "aria-label": "Be somebody else" });
  const me = button("", () => choose(page, me), { class: "me", "aria-haspopup": "menu", "aria-expanded": "false" });
  parent.append(row, me);
  const draw = () => {
    const others = store.humans().filter((each) => each.id !== store.me);
    keep(row, others.slice(0, FACES), (person) => oneFace(page, person, me));
    const name = store.nameOf(store.me);
    me.setAttribute("aria-label", `You are ${name}. Change person`);
    me.title = "Change person (p)";
    me.replaceChildren(face(store, store.me), h("span", { class: "name" }, h("small", {}, "You are "), name), "▾");
  };
  store.on("scene people", draw);
  page.choosePerson = () => choose(page, me);
}

/** Keep the buttons that are there, so that a patch does not take the focus away. */
function keep(row, people, make) {
  const there = new Map([...row.children].map((each) => [each.dataset.key, each]));
  arrange(
    row,
    people.map((person) => there.get(`${person.id} ${person.real_name}`) || make(person)),
  );
}

function oneFace(page, person, me) {
  const name = page.store.nameOf(person.id);
  const props = {
    class: "be",
    "aria-label": `Be ${name}`,
    title: `Be ${name}`,
    data: { key: `${person.id} ${person.real_name}` },
  };
  // This face is about to go, and the focus must not go with it.
  const press = () => (me.focus(), page.become(person.id));
  return button(face(page.store, person.id), press, props);
}

function choose(page, anchor) {
  const { store } = page;
  const items = store.humans().map((person) => ({
    text: store.nameOf(person.id),
    hint: [standing(person), zoneNow(person.tz, store.now())].filter(Boolean).join(" · "),
    before: face(store, person.id),
    checked: person.id === store.me,
    press: () => page.become(person.id),
  }));
  const somebody = { text: "Somebody new…", press: () => arrive(page) };
  openMenu(anchor, "Be somebody", [...items, "line", somebody]);
}

function arrive(page) {
  const name = h("input", { required: true, maxlength: "80", autocomplete: "off", name: "name" });
  const zones = [
    ...new Set([
      "UTC",
      ...page.store.humans().map((each) => each.tz),
      ...(Intl.supportedValuesOf?.("timeZone") || []),
    ]),
  ];
  const zone = h(
    "select",
    { name: "zone" },
    zones.map((each) => h("option", { value: each }, each)),
  );
  zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone.value) zone.value = "UTC";
  const body = [field("Name", name), field("Time zone", zone, "Times are shown in it.")];
  ask("Somebody new", body, "Join the workspace", async () => {
    const called = handle(name.value, LONGEST);
    if (!called) return "A name needs a letter from a to z, or a digit.";
    const done = await page.act("arrive", { name: called, zone: zone.value });
    return done.ok ? "" : done.error;
  });
}
