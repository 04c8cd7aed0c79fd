/**
 * Modals: the stack of views that a person has open, the last one shown.
 *
 * What is typed is kept here by view until the view is gone, so nothing is lost when an answer does
 * not come, another view is pushed on top, or the app draws the view again.
 */

import { attempt, failureOf } from "./acting.js";
import { renderBlock } from "./blocks.js";
import { arrange, button, h } from "./dom.js";
import { renderPlain } from "./mrkdwn.js";
import { draftKey, keepState, valuesOf } from "./states.js";

const KEPT = " What you typed is kept.";
const FIRST = "input:not([type=hidden]), textarea, select, button:not(.bk-dots)";

/** The dialog, if any modal is open. */
let shown = null;
/** View id → the drafts, errors and failure of that view. */
const kept = new Map();

/**
 * Show the top of a stack of views, or nothing if it is empty. Called whenever the stack changes;
 * what is unchanged keeps its nodes. `ctx` as for blocks, without where and values.
 */
export function showModals(stack, ctx) {
  for (const id of [...kept.keys()]) if (!stack.some((view) => view.id === id)) kept.delete(id);
  const view = stack.at(-1);
  if (!view) return dismiss();
  shown ??= open();
  const before = shown.view?.id;
  Object.assign(shown, { view, stack, ctx: contextOf(view, ctx) });
  draw(before !== view.id);
  if (before !== view.id) focusFirst();
}

function memory(id) {
  if (!kept.has(id)) kept.set(id, { drafts: new Map(), errors: {}, failure: "", busy: false });
  return kept.get(id);
}

function contextOf(view, ctx) {
  const { drafts, errors } = memory(view.id);
  const remember = (blockId, element, state) => drafts.set(draftKey(blockId, element), state);
  return { ...ctx, where: { view: view.id }, values: view.values || {}, drafts, errors, remember };
}

const words = (text) => text?.text ?? text ?? "";

// -- the frame ------------------------------------------------------------------------------------

function open() {
  const node = h("dialog", { class: "bk-modal", "aria-modal": "true", "aria-labelledby": "bk-modal-title" });
  const parts = {
    node,
    opener: document.activeElement,
    head: h("header", { class: "bk-head" }),
    body: h("div", { class: "bk-body" }),
    alert: h("p", { class: "bk-failure", role: "alert", hidden: true }),
    foot: h("footer", { class: "bk-foot" }),
    drawn: new Map(),
  };
  const form = h("form", { novalidate: true, class: "bk-form" }, parts.head, parts.body, parts.alert, parts.foot);
  form.addEventListener("submit", (event) => (event.preventDefault(), submit()));
  node.append(form);
  node.addEventListener("cancel", cancelled);
  node.addEventListener("close", closedByBrowser);
  document.body.append(node);
  node.showModal();
  return parts;
}

/** Escape asks the workspace, which then takes the view away. */
function cancelled(event) {
  if (event.target !== shown?.node) return;
  event.preventDefault();
  close(false);
}

/** Browsers close a dialog on a second Escape whatever a page says; the view must not stay behind. */
function closedByBrowser(event) {
  if (event.target !== shown?.node) return;
  shown.node.showModal();
  close(false);
}

function dismiss() {
  if (!shown) return;
  const { node, opener } = shown;
  shown = null;
  node.close();
  node.remove();
  if (document.activeElement === document.body) again(opener)?.focus();
}

/** The control that opened the modal, or the one that was drawn in its place. */
function again(opener) {
  if (opener?.isConnected) return opener;
  const key = opener?.dataset?.key;
  return key && [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === key);
}

// -- what it shows --------------------------------------------------------------------------------

function draw(fresh) {
  const { view } = shown;
  if (fresh) {
    shown.drawn = new Map();
    shown.body.replaceChildren();
    shown.body.scrollTop = 0;
  }
  drawHead();
  drawBlocks(view.blocks);
  drawFoot();
}

function drawHead() {
  const { view, stack, head } = shown;
  if (head.dataset.drawn === signature([view.title, stack.length])) return;
  head.dataset.drawn = signature([view.title, stack.length]);
  const back = button("‹", () => close(false), { class: "bk-button bk-quiet", "aria-label": "Back" });
  const cross = button("×", () => close(true), { class: "bk-button bk-quiet", "aria-label": "Dismiss" });
  const title = h("h2", { id: "bk-modal-title", tabindex: "-1" }, renderPlain(words(view.title)));
  head.replaceChildren(...(stack.length > 1 ? [back] : []), title, cross);
}

function drawFoot() {
  const { view, foot, alert } = shown;
  const { failure, busy } = memory(view.id);
  alert.textContent = failure;
  alert.hidden = !failure;
  const now = signature([view.id, view.close, view.submit]);
  if (foot.dataset.drawn !== now) foot.replaceChildren(...footButtons(view));
  foot.dataset.drawn = now;
  const send = foot.querySelector("[type=submit]");
  send?.classList.toggle("bk-busy", busy);
  send?.setAttribute("aria-busy", String(busy));
}

function footButtons(view) {
  const label = words(view.close) || (view.submit ? "Cancel" : "Close");
  const away = button(renderPlain(label), () => close(false), { class: "bk-button" });
  if (!view.submit) return [away];
  return [away, h("button", { type: "submit", class: "bk-button bk-primary" }, renderPlain(words(view.submit)))];
}

const signature = JSON.stringify;

/** Draw what is new or changed, and leave the rest to the hands that may be in it. */
function drawBlocks(blocks) {
  const drawn = new Map();
  const nodes = blocks.map((block, at) => {
    const key = block.block_id || at;
    const now = signature([block, shown.ctx.errors[block.block_id]]);
    const values = signature(shown.ctx.values[block.block_id] ?? null);
    const old = shown.drawn.get(key);
    const same = old?.now === now && (old.values === values || hasDraft(block));
    const node = same ? old.node : renderBlock(block, shown.ctx);
    if (old && !same) replace(old.node, node);
    drawn.set(key, { now, values, node });
    return node;
  });
  // What is gone goes first: a node that is moved past it would lose the focus.
  for (const [key, { node }] of shown.drawn) if (!drawn.has(key)) node.remove();
  shown.drawn = drawn;
  arrange(shown.body, nodes);
}

function replace(old, node) {
  keepState(old, node);
  old.replaceWith(node);
}

function hasDraft(block) {
  const { drafts } = memory(shown.view.id);
  return [...drafts.keys()].some((key) => JSON.parse(key)[0] === block.block_id);
}

function focusFirst() {
  const { view, body, head } = shown;
  const wanted = view.blocks.find((block) => block.element?.focus_on_load);
  const nodes = [...body.querySelectorAll(FIRST)];
  const chosen = wanted && nodes.find((node) => node.closest("[data-block]").dataset.block === wanted.block_id);
  // What is to be read before the first field is not scrolled past.
  const below = nodes[0]?.getBoundingClientRect().bottom > body.getBoundingClientRect().bottom;
  (chosen || (!below && nodes[0]) || head.querySelector("h2")).focus();
}

// -- what a person does with it ---------------------------------------------------------------------

async function close(everything) {
  const { view, ctx } = shown;
  const mine = memory(view.id);
  // Who presses Escape twice has closed one view, not two.
  if (mine.closing) return;
  mine.closing = true;
  await attempt(ctx, "closes", { view: view.id, everything });
  mine.closing = false;
}

async function submit() {
  const { view, ctx } = shown;
  const mine = memory(view.id);
  if (mine.busy) return;
  Object.assign(mine, { busy: true, failure: "" });
  redraw(view.id, {});
  const done = await attempt(ctx, "submits", { view: view.id, values: valuesOf(view.blocks, ctx) });
  const errors = done.errors || {};
  const failure = view.blocks.some((block) => block.block_id in errors) ? "" : failureOf(done);
  Object.assign(mine, { busy: false, failure: failure && failure + KEPT });
  redraw(view.id, errors);
}

/** Show a view's errors and failure, if it is still the one that is seen. */
function redraw(id, errors) {
  if (!kept.has(id)) return;
  const mine = memory(id);
  mine.errors = errors;
  if (shown?.view.id !== id) return;
  shown.ctx.errors = errors;
  drawBlocks(shown.view.blocks);
  drawFoot();
  const wrong = shown.body.querySelector("[aria-invalid=true]");
  (wrong?.matches("input, textarea") ? wrong : wrong?.querySelector("input"))?.focus();
}
