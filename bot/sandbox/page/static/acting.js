/**
 * Acts on blocks: sent, waited for, and if they fail, said where the person looks.
 *
 * What is under way and what failed is kept here by place, not in the nodes: a message may be drawn
 * again while its button waits.
 */

import { button, h } from "./dom.js";
import { renderText } from "./mrkdwn.js";
import { stateOf } from "./states.js";

const waiting = new Set();
const failures = new Map();

/** Where an element stands: its context, its block, itself, and whether it is a form's field. */
export function placeOf(ctx, block, element, field = false) {
  const { view, channel, ts } = ctx.where || {};
  const at = [ctx.me, ...(view ? [view] : [channel, ts])];
  const blockKey = JSON.stringify([...at, block.block_id]);
  return { ctx, block, element, field, blockKey, key: JSON.stringify([...at, block.block_id, element?.action_id]) };
}

/** Why an act failed, in words; "" if it did not. */
export function failureOf({ ok, failure, error }) {
  if (failure === "operation_timeout") return "Parallax did not answer in time.";
  if (failure) return `Parallax answered something that cannot be shown (${failure}).`;
  return ok ? "" : error || "That did not work.";
}

/** Do something; a lost line is a failure like any other. */
export async function attempt(ctx, name, fields) {
  try {
    return (await ctx.act(name, fields)) || { ok: true };
  } catch {
    return { ok: false, error: "The page has lost its connection. Nothing was sent." };
  }
}

/** Act on an element (`do: acts`): it spins while that is under way. Resolves to whether it went well. */
export async function actOn(place, state) {
  // Pressed twice is meant once; of two choices the second counts.
  if (place.element.type === "button" && waiting.has(place.key)) return false;
  const asked = place.element.confirm;
  if (asked && !(await confirmed(asked, place.ctx))) return false;
  waiting.add(place.key);
  failures.delete(place.blockKey);
  refresh(place);
  const done = await attempt(place.ctx, "acts", { ...address(place), state });
  waiting.delete(place.key);
  const failure = failureOf(done);
  if (failure) failures.set(place.blockKey, failure);
  refresh(place);
  return !failure;
}

/** Keep what was typed or chosen, here only; the state object that holds it. */
export function noted(place, value) {
  const state = stateOf(place.element, value);
  place.ctx.remember?.(place.block.block_id, place.element, state);
  return state;
}

/** Tell the server what stands in a field, so that it is there again when the page is reloaded. */
export function entered(place, state) {
  return attempt(place.ctx, "enters", { ...address(place), state });
}

/** Something was chosen: in a form it is kept, anywhere else the app hears of it. */
export function changed(place, value) {
  const state = noted(place, value);
  return place.field && !place.block.dispatch_action ? entered(place, state) : actOn(place, state);
}

/** Where an act happens, as the server wants it. */
export function address({ ctx, block, element }) {
  return { where: ctx.where, block_id: block.block_id, action_id: element.action_id };
}

/** Let `node` show whether its act is under way, now and when it is drawn again. */
export function spins(node, place) {
  node.dataset.key = place.key;
  show(node, waiting.has(place.key));
  return node;
}

function show(node, busy) {
  node.classList.toggle("bk-busy", busy);
  if (busy) node.setAttribute("aria-busy", "true");
  else node.removeAttribute("aria-busy");
}

/** The line under a block that says what failed; empty and hidden if nothing did. */
export function failureLine(place) {
  const node = h("p", { class: "bk-failure", role: "alert", data: { failure: place.blockKey } });
  say(node, failures.get(place.blockKey));
  return node;
}

function say(node, words) {
  node.textContent = words || "";
  node.hidden = !words;
}

function refresh(place) {
  for (const node of document.querySelectorAll("[data-key]")) {
    if (node.dataset.key === place.key) show(node, waiting.has(place.key));
  }
  for (const node of document.querySelectorAll("[data-failure]")) {
    if (node.dataset.failure === place.blockKey) say(node, failures.get(place.blockKey));
  }
}

// -- are you sure? --------------------------------------------------------------------------------

/** Ask as `confirm` says; resolves to whether the person wants it. */
function confirmed(confirm, ctx) {
  return new Promise((resolve) => {
    const node = question(confirm, ctx, () => node.close("yes"));
    node.addEventListener("close", () => {
      node.remove();
      resolve(node.returnValue === "yes");
    });
    (document.querySelector("dialog[open]") || document.body).append(node);
    node.showModal();
  });
}

function question(confirm, ctx, yes) {
  const danger = confirm.style === "danger" ? "bk-danger" : "bk-primary";
  const node = h("dialog", {
    class: "bk-confirm",
    role: "alertdialog",
    "aria-labelledby": "bk-confirm-title",
    "aria-describedby": "bk-confirm-text",
  });
  node.append(
    h("h2", { id: "bk-confirm-title" }, renderText(confirm.title, ctx)),
    h("div", { id: "bk-confirm-text" }, renderText(confirm.text, ctx)),
    h(
      "div",
      { class: "bk-foot" },
      button(renderText(confirm.deny, ctx), () => node.close("no"), { class: "bk-button" }),
      button(renderText(confirm.confirm, ctx), yes, { class: `bk-button ${danger}` }),
    ),
  );
  return node;
}
