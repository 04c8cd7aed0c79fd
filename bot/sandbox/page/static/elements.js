/** What can be acted on inside blocks: buttons, menus, pickers, choices and fields. */

import { actOn, entered, noted, spins } from "./acting.js";
import { h } from "./dom.js";
import { link, renderText } from "./mrkdwn.js";
import { renderChoices, renderMoment, renderOverflow, renderSelect } from "./pickers.js";
import { freshId } from "./popups.js";
import { valueOf } from "./states.js";

const PATIENCE = 300;
const PAUSE = 800;
const NEAR_THE_END = 0.8;

/**
 * An element at its place (see placeOf). `naming` are attributes that name and describe it, where
 * something outside of it does: aria-labelledby, aria-describedby, aria-invalid, id.
 */
export function renderElement(place, naming = {}) {
  const { element } = place;
  const render = RENDERS[element.type] || RENDERS[`${element.type.replace("multi_", "")}`];
  if (!render) return h("p", { class: "bk-note" }, `This page cannot show a ${element.type.replaceAll("_", " ")}.`);
  return render(place, named(element, naming));
}

/** Where nothing outside names it, its placeholder does. */
function named(element, naming) {
  if (naming["aria-labelledby"] || element.type === "button") return naming;
  return { "aria-label": element.placeholder?.text || SPOKEN[element.type] || "Choose", ...naming };
}

const SPOKEN = { overflow: "More actions", datepicker: "Date", timepicker: "Time", datetimepicker: "Date and time" };

// -- buttons --------------------------------------------------------------------------------------

function renderButton(place) {
  const { element, ctx } = place;
  const style = ["primary", "danger"].includes(element.style) ? ` bk-${element.style}` : "";
  const words = renderText(element.text, ctx);
  const node = element.url ? link(element.url, words) : h("button", { type: "button" }, words);
  node.className = `bk-button${style}`;
  if (element.accessibility_label) node.setAttribute("aria-label", element.accessibility_label);
  node.addEventListener("click", () => actOn(place, element.value === undefined ? {} : { value: element.value }));
  return spins(node, place);
}

// -- texts ----------------------------------------------------------------------------------------

const KEYBOARDS = { email_text_input: "email", url_text_input: "url", number_input: "decimal" };

function renderTyped(place, naming) {
  const { element, block, ctx } = place;
  const held = valueOf(element, block.block_id, ctx) ?? "";
  const value = element.type === "rich_text_input" ? textOf(held) : held;
  const several = element.multiline || element.type === "rich_text_input";
  const placeholder = element.placeholder?.text;
  const common = { class: "bk-text", placeholder, data: { typed: value }, ...naming };
  const kind = { type: "text", inputmode: KEYBOARDS[element.type], autocomplete: "off" };
  const input = several ? h("textarea", { rows: 3, ...common }) : h("input", { ...kind, ...common });
  input.value = value;
  spins(input, place);
  listen(input, place);
  return element.max_length ? counted(input, element.max_length) : input;
}

function listen(input, place) {
  const read = () => heldBy(place.element, input.value);
  const { letters, enter } = dispatches(place);
  let timer = 0;
  const keep = () => {
    clearTimeout(timer);
    // A field that was drawn again must not put back what it held before.
    if (!input.isConnected) return;
    input.dataset.typed = input.value;
    entered(place, noted(place, read()));
  };
  input.addEventListener("input", () => {
    const state = noted(place, read());
    clearTimeout(timer);
    timer = letters ? setTimeout(() => actOn(place, state), PATIENCE) : setTimeout(keep, PAUSE);
  });
  input.addEventListener("change", keep);
  input.addEventListener("keydown", (event) => {
    if (!enter || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    actOn(place, noted(place, read()));
  });
}

/** What the app hears of while somebody types: nothing, unless the block says so. */
function dispatches({ block, element }) {
  const on = element.dispatch_action_config?.trigger_actions_on || ["on_enter_pressed"];
  const wanted = (name) => Boolean(block.dispatch_action) && on.includes(name);
  return { letters: wanted("on_character_entered"), enter: wanted("on_enter_pressed") };
}

function heldBy(element, text) {
  if (text === "") return null;
  return element.type === "rich_text_input" ? richOf(text) : text;
}

function richOf(text) {
  const section = { type: "rich_text_section", elements: [{ type: "text", text }] };
  return { type: "rich_text", elements: [section] };
}

function textOf(rich) {
  const runs = (rich.elements || []).map((each) => (each.elements || []).map(({ text }) => text || "").join(""));
  return runs.join("\n");
}

/** More than fits may be typed, so that nothing pasted is cut; near the end its length is shown. */
function counted(input, most) {
  const count = h("span", { class: "bk-count", id: freshId("count"), hidden: true });
  const show = () => {
    count.textContent = `${input.value.length} of ${most} characters`;
    count.hidden = input.value.length < most * NEAR_THE_END;
    count.classList.toggle("bk-over", input.value.length > most);
  };
  input.addEventListener("input", show);
  const described = input.getAttribute("aria-describedby");
  input.setAttribute("aria-describedby", described ? `${described} ${count.id}` : count.id);
  show();
  return h("div", { class: "bk-counted" }, input, count);
}

const RENDERS = {
  button: renderButton,
  overflow: renderOverflow,
  radio_buttons: renderChoices,
  checkboxes: renderChoices,
  datepicker: renderMoment,
  timepicker: renderMoment,
  datetimepicker: renderMoment,
  static_select: renderSelect,
  external_select: renderSelect,
  users_select: renderSelect,
  channels_select: renderSelect,
  conversations_select: renderSelect,
  plain_text_input: renderTyped,
  email_text_input: renderTyped,
  url_text_input: renderTyped,
  number_input: renderTyped,
  rich_text_input: renderTyped,
};
