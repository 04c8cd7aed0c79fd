/** Small helpers for building nodes. Text goes in as text; nothing here reads HTML. */

/**
 * Make an element. `props` may hold `class`, `on` ({event: listener}), `data` ({name: value}) and
 * any attribute; true makes an empty attribute, false, null and undefined none at all.
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) set(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return node;
}

function set(node, name, value) {
  if (value == null || value === false) return;
  if (name === "on") {
    for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
  } else if (name === "data") {
    Object.assign(node.dataset, value);
  } else if (name === "value") {
    node.value = value;
  } else {
    node.setAttribute(name, value === true ? "" : value);
  }
}

/** A button that does `press`; `label` names it when its text does not. */
export function button(text, press, props = {}) {
  return h("button", { type: "button", on: { click: press }, ...props }, text);
}

/** A button that shows a sign and is named in words, for the ear and as a tip. */
export function sign(text, label, press, props = {}) {
  const shown = h("span", { "aria-hidden": "true" }, text);
  return button(shown, press, { class: "sign", "aria-label": label, title: label, ...props });
}

/** Make the children of `parent` exactly `wanted`, moving only what is out of place. */
export function arrange(parent, wanted) {
  let at = parent.firstChild;
  for (const node of wanted) {
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/**
 * Draw the children of `parent` again and keep the focus on the control of the same name, so that
 * somebody who works with the keyboard does not lose their place.
 */
export function redraw(parent, ...children) {
  const active = document.activeElement;
  const key = parent.contains(active) ? keyOf(active) : null;
  parent.replaceChildren(...children.flat(Infinity).filter((child) => child != null && child !== false));
  if (key) [...parent.querySelectorAll("button, a, input, select")].find((each) => keyOf(each) === key)?.focus();
}

function keyOf(node) {
  return node.dataset?.key || node.getAttribute("aria-label") || node.textContent;
}

/** Whether letters typed now would land in a text. */
export function typing(target) {
  return target.isContentEditable || target.matches?.("input:not([type=range], [type=checkbox]), textarea, select");
}
