/** The app's own tab. */

import { keepState, renderBlocks } from "./blocks.js";
import { h } from "./dom.js";

const NOTHING = "Nothing is here yet. It fills when the app has answered.";

/**
 * App Home as a node; `view` is null as long as the app has published none. Where an earlier drawing
 * of it is still on the page, focus and what is half entered go over to this one.
 */
export function renderHome(view, ctx) {
  if (!view) return h("p", { class: "bk-home bk-note" }, NOTHING);
  const own = { ...ctx, where: { view: view.id }, values: view.values || {} };
  const node = h("div", { class: "bk-home", data: { view: view.id } }, renderBlocks(view.blocks, own));
  const before = document.querySelector(".bk-home");
  if (before?.dataset.view === view.id) keepState(before, node);
  return node;
}
