/** What stands in a field: Slack's state objects, and what a person sees survive a new drawing. */

const ONE = ["static_select", "external_select", "radio_buttons"];
const SEVERAL = ["multi_static_select", "multi_external_select", "checkboxes"];
const TYPED = ["plain_text_input", "email_text_input", "url_text_input", "number_input"];

/** Element type -> the field of its state object, and of its initial value. */
const FIELDS = {
  users_select: ["selected_user", "initial_user"],
  conversations_select: ["selected_conversation", "initial_conversation"],
  channels_select: ["selected_channel", "initial_channel"],
  multi_users_select: ["selected_users", "initial_users"],
  multi_conversations_select: ["selected_conversations", "initial_conversations"],
  multi_channels_select: ["selected_channels", "initial_channels"],
  datepicker: ["selected_date", "initial_date"],
  timepicker: ["selected_time", "initial_time"],
  datetimepicker: ["selected_date_time", "initial_date_time"],
  rich_text_input: ["rich_text_value", "initial_value"],
  ...Object.fromEntries(ONE.map((type) => [type, ["selected_option", "initial_option"]])),
  ...Object.fromEntries(SEVERAL.map((type) => [type, ["selected_options", "initial_options"]])),
  ...Object.fromEntries(TYPED.map((type) => [type, ["value", "initial_value"]])),
};

/** Whether something can be entered into the element, so that it has a state. */
export const holds = (element) => element?.type in FIELDS;

/** The state object of an element that holds `value`. */
export function stateOf(element, value) {
  const [field] = FIELDS[element.type];
  const state = { type: element.type, [field]: value };
  if (element.type === "timepicker" && element.timezone) state.timezone = element.timezone;
  return state;
}

/** What an element holds: typed here, else known to the server, else as the app set it at first. */
export function valueOf(element, blockId, ctx) {
  const [field, initial] = FIELDS[element.type];
  const state = ctx.drafts?.get(draftKey(blockId, element)) ?? ctx.values?.[blockId]?.[element.action_id];
  const empty = field.endsWith("s") ? [] : null;
  return (state ? state[field] : element[initial]) ?? empty;
}

/** Where the draft of a field is kept. */
export const draftKey = (blockId, element) => JSON.stringify([blockId, element.action_id, element.type]);

/** Every element of `blocks` that has a state, with its block. */
export function fieldsOf(blocks) {
  return blocks.flatMap((block) => {
    const inside = block.type === "actions" ? block.elements : [block.accessory, block.element];
    return inside.filter(holds).map((element) => ({ block, element }));
  });
}

/** All that is entered in `blocks`, as `state.values` carries it. */
export function valuesOf(blocks, ctx) {
  const values = {};
  for (const { block, element } of fieldsOf(blocks)) {
    values[block.block_id] ??= {};
    values[block.block_id][element.action_id] = stateOf(element, valueOf(element, block.block_id, ctx));
  }
  return values;
}

// -- a new drawing of the same thing ------------------------------------------------------------

const carriers = new WeakMap();

/** Let `node` carry more than focus over: `save()` gives what `load(saved)` of the new node takes. */
export function carries(node, save, load) {
  carriers.set(node, { save, load });
}

let lastFocus = null;
document.addEventListener("focusin", (event) => (lastFocus = event.target));
document.addEventListener("focusout", ({ target }) => {
  // A moment later, for a node that is being taken away loses the focus first.
  setTimeout(() => {
    if (target === lastFocus && target.isConnected && target !== document.activeElement) lastFocus = null;
  });
});

const CONTROLS = "button, a[href], input, textarea, select, summary, [tabindex]";

/**
 * Carry focus, selection, open menus and typed text from a node to the one that replaces it. Best
 * called before the replacement; shortly after it works as well.
 */
export function keepState(oldNode, newNode) {
  const focused = focusIn(oldNode);
  const found = pairs(oldNode, newNode);
  const saved = found.map(([from, to]) => [to, snapshot(from)]);
  const target = found.find(([from]) => from === focused)?.[1];
  const load = () => {
    for (const [to, what] of saved) restore(to, what);
    if (target && target !== document.activeElement) target.focus({ preventScroll: true });
    if (target) reselect(target, saved.find(([to]) => to === target)[1]);
  };
  if (newNode.isConnected) load();
  else queueMicrotask(load);
}

function focusIn(node) {
  const active = document.activeElement;
  if (node.contains(active)) return active;
  return active === document.body && lastFocus && node.contains(lastFocus) ? lastFocus : null;
}

/** The controls of both, matched by what they are called and where they come among their like. */
function pairs(oldNode, newNode) {
  const known = new Map();
  for (const node of newNode.querySelectorAll(CONTROLS)) push(known, nameOf(node), node);
  return [...oldNode.querySelectorAll(CONTROLS)]
    .map((node) => [node, known.get(nameOf(node))?.shift()])
    .filter(([, to]) => to);
}

function push(map, key, value) {
  if (!map.has(key)) map.set(key, []);
  map.get(key).push(value);
}

function nameOf(node) {
  const name = node.dataset.key || node.getAttribute("aria-label") || node.textContent;
  return `${node.localName} ${node.type || ""} ${name}`;
}

const isText = (node) => node.localName === "textarea" || (node.localName === "input" && "typed" in node.dataset);

function snapshot(node) {
  const what = { own: carriers.get(node)?.save() };
  if (isText(node) && node.value !== node.dataset.typed) what.text = node.value;
  if ("selectionStart" in node) what.selection = selectionOf(node);
  return what;
}

function selectionOf(node) {
  try {
    return [node.selectionStart, node.selectionEnd, node.scrollTop];
  } catch {
    return null; // fields of dates and numbers have none
  }
}

function restore(node, what) {
  if (what.text !== undefined && what.text !== node.value) {
    node.value = what.text;
    node.dispatchEvent(new Event("input", { bubbles: true }));
  }
  if (what.own !== undefined) carriers.get(node)?.load(what.own);
}

function reselect(node, { selection }) {
  if (!selection || selection[0] === null) return;
  node.setSelectionRange?.(selection[0], selection[1]);
  node.scrollTop = selection[2];
}

