/** Dialogs of the page itself (not the bot's modals): one question, answered or closed. */

import { button, h } from "./dom.js";

let count = 0;

/**
 * Ask something. `submit` is the words of the button, `press` does it and returns words when it
 * could not be done; the dialog closes when there are none.
 */
export function ask(title, body, submit, press, { danger = false } = {}) {
  const heading = `dialog-${++count}`;
  const error = h("p", { class: "error", role: "alert" });
  const dialog = h("dialog", { class: "ask", "aria-labelledby": heading });
  const form = h(
    "form",
    { method: "dialog" },
    h("h2", { id: heading }, title),
    body,
    error,
    h(
      "div",
      { class: "buttons" },
      button(submit ? "Cancel" : "Close", () => dialog.close()),
      submit && h("button", { type: "submit", class: danger ? "danger main" : "main" }, submit),
    ),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = await press?.();
    if (words) error.textContent = words;
    else dialog.close();
  });
  dialog.append(form);
  return show(dialog);
}

/** Show a dialog over the page; it is gone when closed. A press beside it closes it. */
export function show(dialog) {
  const before = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (document.activeElement === document.body && before?.isConnected) before.focus();
  });
  dialog.addEventListener("pointerdown", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** A labelled field of a dialog. */
export function field(label, input, hint) {
  input.id = `field-${++count}`;
  const words = hint && h("small", { id: `${input.id}-hint` }, hint);
  if (hint) input.setAttribute("aria-describedby", words.id);
  return h("div", { class: "field" }, h("label", { for: input.id }, label), input, words);
}
