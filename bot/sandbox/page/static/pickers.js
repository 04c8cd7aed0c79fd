/** Selects of every kind, the overflow menu, and the fields for dates and times. */

import { actOn, address, attempt, changed, failureOf, noted, spins } from "./acting.js";
import { Combobox } from "./combobox.js";
import { fromLocal, toLocal } from "./dates.js";
import { h } from "./dom.js";
import { renderPlain, renderText } from "./mrkdwn.js";
import { Popup, freshId } from "./popups.js";
import { carries, valueOf } from "./states.js";

const BRIEF = 8;
const PATIENCE = 250;
const SETTLING = 900;
const FEWEST_LETTERS = 3;

// -- where options come from ----------------------------------------------------------------------

const bare = (text) => renderPlain(text).textContent;

/** Slack's option as the combobox reads it. */
function fromSlack(option) {
  const note = option.description && bare(option.description.text);
  return { id: option.value, words: bare(option.text.text), note, raw: option };
}

function slackGroups({ options, option_groups: groups }) {
  if (!groups?.length) return [{ options: (options || []).map(fromSlack) }];
  return groups.map((each) => ({ label: bare(each.label.text), options: each.options.map(fromSlack) }));
}

function matching(groups, text) {
  const wanted = text.toLowerCase();
  const fits = ({ words, note }) => `${words} ${note || ""}`.toLowerCase().includes(wanted);
  const left = groups.map(({ label, options }) => ({ label, options: options.filter(fits) }));
  return { groups: left.filter(({ options }) => options.length) };
}

function personOption({ id, name, real_name: whole }) {
  const same = !whole || whole.toLowerCase() === name.toLowerCase();
  return { id, words: name, note: same ? "" : whole, raw: id };
}

function channelOption({ id, name, private: closed, kind }, people) {
  const words = kind === "im" ? people.get(name)?.name || name : kind === "mpim" ? name : `#${name}`;
  return { id, words, note: closed && kind !== "im" ? "private" : "", raw: id };
}

const byWords = (one, other) => one.words.localeCompare(other.words);

function people({ ctx }) {
  return [...ctx.people.values()].filter((each) => !each.deleted).map(personOption).sort(byWords);
}

function places({ ctx }, kinds) {
  const open = [...ctx.channels.values()].filter((each) => !each.archived && kinds(each));
  return open.map((each) => channelOption(each, ctx.people)).sort(byWords);
}

const isPublic = (each) => each.kind === "channel" && !each.private;

function included(filter) {
  const wanted = filter?.include;
  if (!wanted) return () => true;
  const kindOf = (each) => (isPublic(each) ? "public" : ["im", "mpim"].includes(each.kind) ? each.kind : "private");
  return (each) => wanted.includes(kindOf(each));
}

/** Element type without its "multi_" -> the groups it offers, before anything is typed. */
const OFFERS = {
  static_select: ({ element }) => slackGroups(element),
  users_select: (place) => [{ options: people(place) }],
  channels_select: (place) => [{ options: places(place, isPublic) }],
  conversations_select: (place) => [{ options: places(place, included(place.element.filter)) }],
};

/** Ask the app for options, once the person has stopped typing for a moment. */
function asks(place) {
  let last = 0;
  const fewest = place.element.min_query_length ?? FEWEST_LETTERS;
  return async (text) => {
    if (text.length < fewest) return { groups: [], word: `Type ${fewest} letters or more` };
    const turn = (last += 1);
    await new Promise((resolve) => setTimeout(resolve, PATIENCE));
    if (turn !== last) return { groups: [] };
    const done = await attempt(place.ctx, "suggests", { ...address(place), text });
    const failure = failureOf(done);
    return failure ? { groups: [], word: failure } : { groups: slackGroups(done).filter((g) => g.options.length) };
  };
}

// -- selects --------------------------------------------------------------------------------------

/** A select, single or multiple; `naming` are the attributes that name and describe it. */
export function renderSelect(place, naming) {
  const { element } = place;
  const several = element.type.startsWith("multi_");
  const kind = element.type.replace("multi_", "");
  const offers = OFFERS[kind];
  const first = offers?.(place);
  const box = new Combobox({
    find: offers ? (text) => matching(text ? offers(place) : first, text) : asks(place),
    chosen: chosenOptions(place, kind),
    several,
    most: element.max_selected_items,
    clears: place.field && Boolean(place.block.optional),
    brief: offers && first.flatMap(({ options }) => options).length <= BRIEF,
    placeholder: element.placeholder && bare(element.placeholder.text),
    naming,
    ...hearers(place, several),
  });
  spins(box.input, place);
  return box.node;
}

/** Several are told to the app once the list closes, as Slack does; one as soon as it is chosen. */
function hearers(place, several) {
  const raw = (options) => options.map((each) => each.raw);
  if (!several) return { change: (options) => changed(place, raw(options)[0] ?? null) };
  return { change: (options) => noted(place, raw(options)), rest: (options) => changed(place, raw(options)) };
}

function chosenOptions(place, kind) {
  const { ctx, element, block } = place;
  const held = valueOf(element, block.block_id, ctx) ?? [];
  return (Array.isArray(held) ? held : [held]).map((each) => asOption(each, kind, ctx));
}

function asOption(held, kind, ctx) {
  if (typeof held !== "string") return fromSlack(held);
  if (kind === "users_select") return personOption(ctx.people.get(held) || { id: held, name: "somebody" });
  return channelOption(ctx.channels.get(held) || { id: held, name: "private-channel" }, ctx.people);
}

// -- the menu behind three dots -------------------------------------------------------------------

/** An overflow menu. */
export function renderOverflow(place, naming) {
  const dots = h("span", { "aria-hidden": "true" }, "⋯");
  const attributes = { class: "bk-button bk-dots", type: "button", "aria-haspopup": "menu", "aria-expanded": "false" };
  const opener = h("button", { ...attributes, "aria-label": "More actions", ...naming }, dots);
  const popup = new Popup(opener, () => opener.setAttribute("aria-expanded", "false"));
  popup.node.setAttribute("role", "menu");
  popup.node.setAttribute("aria-label", "More actions");
  popup.node.append(...place.element.options.map((option) => menuItem(option, place, popup, opener)));
  opener.addEventListener("click", () => (popup.isOpen ? popup.close() : openMenu(popup, opener)));
  opener.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    openMenu(popup, opener);
  });
  popup.node.addEventListener("keydown", (event) => moves(event, popup, opener));
  carries(opener, () => popup.isOpen || undefined, () => openMenu(popup, opener));
  return h("div", { class: "bk-overflow" }, spins(opener, place), popup.node);
}

function openMenu(popup, opener) {
  popup.open();
  opener.setAttribute("aria-expanded", "true");
  popup.node.firstElementChild.focus();
}

function menuItem(option, place, popup, opener) {
  const note = option.description && h("span", { class: "bk-note" }, renderText(option.description, place.ctx));
  const press = () => {
    popup.close();
    opener.focus();
    if (/^https?:\/\//.test(option.url || "")) window.open(option.url, "_blank", "noopener");
    actOn(place, { type: "overflow", selected_option: option });
  };
  const attributes = { class: "bk-option", type: "button", role: "menuitem", tabindex: "-1", on: { click: press } };
  return h("button", attributes, renderText(option.text, place.ctx), note);
}

function moves(event, popup, opener) {
  const items = [...popup.node.children];
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) items[(to + items.length) % items.length].focus();
  else if (["Escape", "Tab"].includes(event.key)) {
    popup.close();
    opener.focus();
    if (event.key === "Tab") return;
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

// -- dates and times ------------------------------------------------------------------------------

const NATIVE = {
  datepicker: { type: "date", show: (value) => value, read: (text) => text || null },
  timepicker: { type: "time", show: (value) => value, read: (text) => text.slice(0, 5) || null },
  datetimepicker: { type: "datetime-local", show: toLocal, read: fromLocal },
};

/** A date, a time, or both; a moment is entered and shown in the viewer's zone. */
export function renderMoment(place, naming) {
  const { ctx, element, block } = place;
  const { type, show, read } = NATIVE[element.type];
  const held = valueOf(element, block.block_id, ctx);
  const value = held === null ? "" : show(held, ctx.zone);
  const input = h("input", { class: "bk-text bk-moment", type, value, ...naming });
  tellsWhenSettled(input, place, () => read(input.value, ctx.zone));
  spins(input, place);
  const zone = element.type === "datetimepicker" ? ctx.zone : element.timezone;
  return zone ? h("div", { class: "bk-with-zone" }, input, h("span", { class: "bk-note" }, zone)) : input;
}

/** A date typed by hand is complete several times before it is meant, so it waits until it rests. */
function tellsWhenSettled(input, place, read) {
  let told = input.value;
  let timer = 0;
  const tell = () => {
    clearTimeout(timer);
    if (input.value === told) return;
    told = input.value;
    changed(place, read());
  };
  input.addEventListener("input", () => {
    noted(place, read());
    clearTimeout(timer);
    timer = setTimeout(tell, SETTLING);
  });
  input.addEventListener("blur", tell);
  input.addEventListener("keydown", (event) => event.key === "Enter" && !place.field && tell());
}

// -- boxes and dots -------------------------------------------------------------------------------

/** Radio buttons or checkboxes. */
export function renderChoices(place, naming) {
  const { element, block, ctx } = place;
  const several = element.type === "checkboxes";
  const held = valueOf(element, block.block_id, ctx);
  const chosen = new Set((several ? held : held ? [held] : []).map((each) => each.value));
  const role = several ? "group" : "radiogroup";
  const node = spins(h("div", { class: "bk-choices", role, ...naming }), place);
  const name = freshId("choice");
  element.options.forEach((option, at) => {
    node.append(choice(option, { at, several, name, on: chosen.has(option.value), place }));
  });
  node.addEventListener("change", () => changed(place, ticked(node, element, several)));
  return node;
}

function ticked(node, element, several) {
  const boxes = [...node.querySelectorAll("input")];
  const options = element.options.filter((_, at) => boxes[at].checked);
  return several ? options : (options[0] ?? null);
}

function choice(option, { at, several, name, on, place }) {
  const data = { key: `${place.key}/${at}` };
  const input = h("input", { type: several ? "checkbox" : "radio", name, value: option.value, data });
  input.checked = on;
  const note = option.description && h("span", { class: "bk-note" }, renderText(option.description, place.ctx));
  return h("label", { class: "bk-choice" }, input, h("span", {}, renderText(option.text, place.ctx), note));
}
