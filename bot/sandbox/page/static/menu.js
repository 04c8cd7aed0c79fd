/** A menu beside what opened it: arrows, Home and End, letters, Enter, Escape. */

import { h } from "./dom.js";

const GAP = 4;
const EDGE = 8;
let open = null;

/**
 * Show `items` beside `anchor`: `{text, hint, before, press, checked, danger}` or "line" for a
 * rule. `label` names the menu; `grid` lays it out in rows of signs.
 */
export function openMenu(anchor, label, items, { grid = false } = {}) {
  const again = open?.anchor === anchor;
  closeMenu();
  if (again) return;
  const menu = h("div", { class: grid ? "menu grid" : "menu", role: "menu", "aria-label": label });
  menu.append(...items.map((item) => (item === "line" ? h("hr", { role: "separator" }) : entry(item))));
  menu.addEventListener("keydown", (event) => moved(event, menu, grid));
  anchor.closest("main, nav, aside, header, section").append(menu);
  open = { anchor, menu };
  anchor.setAttribute("aria-expanded", "true");
  place(menu, anchor.getBoundingClientRect());
  entries(menu)[0]?.focus();
}

/** Close the menu that is open; the focus goes back unless it is already elsewhere. */
export function closeMenu() {
  if (!open) return;
  const { anchor, menu } = open;
  const inside = menu.contains(document.activeElement);
  open = null;
  anchor.setAttribute("aria-expanded", "false");
  menu.remove();
  if (inside && anchor.isConnected) anchor.focus();
}

export const menuIsOpen = () => open !== null;

function entry(item) {
  const choice = item.checked != null;
  return h(
    "button",
    {
      type: "button",
      role: choice ? "menuitemradio" : "menuitem",
      "aria-checked": choice ? String(item.checked) : null,
      "aria-label": item.label,
      title: item.label,
      class: item.danger ? "danger" : null,
      tabindex: "-1",
      on: { click: () => (closeMenu(), item.press()) },
    },
    item.before,
    h("span", { class: "what" }, item.text),
    item.hint && h("span", { class: "hint" }, item.hint),
  );
}

const entries = (menu) => [...menu.querySelectorAll("button")];

function moved(event, menu, grid) {
  const all = entries(menu);
  const at = all.indexOf(document.activeElement);
  const row = grid ? Math.max(1, Math.floor(menu.clientWidth / all[0].offsetWidth)) : 1;
  const steps = { ArrowDown: row, ArrowUp: -row, ArrowRight: 1, ArrowLeft: -1 };
  const ends = { Home: 0, End: all.length - 1 };
  if (event.key in steps) all[(at + steps[event.key] + all.length) % all.length].focus();
  else if (event.key in ends) all[ends[event.key]].focus();
  else if (event.key === "Escape" || event.key === "Tab") closeMenu();
  else if (/^\S$/.test(event.key) && !event.ctrlKey && !event.metaKey) lettered(all, at, event.key);
  else return;
  event.stopPropagation();
  if (event.key !== "Tab") event.preventDefault();
}

function lettered(all, at, key) {
  const after = [...all.slice(at + 1), ...all.slice(0, at + 1)];
  after.find((each) => each.textContent.trim().toLowerCase().startsWith(key.toLowerCase()))?.focus();
}

function place(menu, beside) {
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = beside.bottom + GAP + height < innerHeight - EDGE;
  const top = below ? beside.bottom + GAP : Math.max(EDGE, beside.top - GAP - height);
  const left = Math.min(beside.left, innerWidth - width - EDGE);
  menu.style.top = `${top}px`;
  menu.style.left = `${Math.max(EDGE, left)}px`;
}

addEventListener("pointerdown", (event) => {
  if (open && !open.menu.contains(event.target) && !open.anchor.contains(event.target)) closeMenu();
});
addEventListener("resize", closeMenu);
