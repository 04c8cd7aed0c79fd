/**
 * Block Kit as DOM nodes.
 *
 * `ctx`: `where` ({channel, ts} or {view}), `values` (what the server knows was entered), `people`
 * and `channels` (Maps), `zone`, `me`, `act(do, fields)` → Promise of `done`, and if there are any
 * `errors` (block_id → words), `now` (Unix seconds) and `open(channelId)`.
 */

import { failureLine, placeOf } from "./acting.js";
import { h } from "./dom.js";
import { renderElement } from "./elements.js";
import { renderMarkdown } from "./markdown.js";
import { link, renderMrkdwn, renderPlain, renderRichText, renderText } from "./mrkdwn.js";
import { freshId } from "./popups.js";

export { renderMrkdwn, renderPlain, renderRichText };
export { keepState } from "./states.js";

/** The blocks of a message or a view. */
export function renderBlocks(blocks, ctx) {
  const made = document.createDocumentFragment();
  made.append(...(blocks || []).map((block) => renderBlock(block, ctx)));
  return made;
}

/** One block. */
export function renderBlock(block, ctx) {
  const render = BLOCKS[block.type] || unsupported;
  const node = render(block, ctx);
  node.classList.add("bk", `bk-${block.type}`);
  node.dataset.block = block.block_id || "";
  return node;
}

function unsupported({ type }) {
  return h("p", { class: "bk-note bk-unsupported" }, `This page cannot show a block of the type “${type}”.`);
}

// -- words ----------------------------------------------------------------------------------------

function renderSection(block, ctx) {
  const { accessory } = block;
  const id = freshId("section");
  const text = block.text && h("div", { class: "bk-words", id }, renderText(block.text, ctx));
  const words = h("div", { class: "bk-main" }, text, block.fields && renderFields(block.fields, ctx));
  if (!accessory) return h("div", {}, words);
  const beside = h("div", { class: "bk-accessory" }, renderAccessory(block, ctx, block.text && id));
  return h("div", {}, h("div", { class: "bk-beside" }, words, beside), acted(block, ctx));
}

function renderFields(fields, ctx) {
  return h("div", { class: "bk-fields" }, fields.map((each) => h("div", {}, renderText(each, ctx))));
}

function renderAccessory(block, ctx, describedBy) {
  if (block.accessory.type === "image") return picture(block.accessory, "bk-thumb");
  const naming = describedBy ? { "aria-describedby": describedBy } : {};
  return renderElement(placeOf(ctx, block, block.accessory), naming);
}

function renderHeader(block, ctx) {
  return h(ctx.where?.view ? "h3" : "h4", {}, renderPlain(block.text.text));
}

function renderContext(block, ctx) {
  const parts = block.elements.map((each) => {
    return each.type === "image" ? picture(each, "bk-icon") : h("span", {}, renderText(each, ctx));
  });
  return h("div", {}, parts);
}

function renderTable(block, ctx) {
  const cell = (each) => (each.type === "rich_text" ? renderRichText(each, ctx) : String(each.text ?? ""));
  const row = (cells, tag) => h("tr", {}, cells.map((each) => h(tag, {}, cell(each))));
  const [head, ...rest] = block.rows;
  const table = h("table", {}, h("thead", {}, row(head, "th")), h("tbody", {}, rest.map((each) => row(each, "td"))));
  return h("div", { tabindex: "0", role: "region", "aria-label": "Table" }, table);
}

// -- pictures -------------------------------------------------------------------------------------

function renderImage(block, ctx) {
  const title = block.title && h("figcaption", {}, renderText(block.title, ctx));
  return h("figure", {}, title, picture(block, "bk-picture"));
}

/** A picture of this server; one from elsewhere is named and linked, for this page loads nothing. */
function picture({ image_url: address, slack_file: file, alt_text: alt }, kind) {
  const source = file ? file.url || `/file/${encodeURIComponent(file.id)}` : address;
  if (!isOurs(source)) return h("span", { class: "bk-elsewhere" }, "Picture: ", link(source, alt));
  const node = h("img", { class: kind, src: source, alt, loading: "lazy", decoding: "async" });
  node.addEventListener("error", () => node.replaceWith(h("span", { class: "bk-elsewhere" }, `Picture: ${alt}`)));
  return node;
}

function isOurs(source) {
  if (!URL.canParse(source, location.href)) return false;
  const address = new URL(source, location.href);
  return address.origin === location.origin || (address.protocol === "data:" && source.startsWith("data:image/"));
}

// -- what can be acted on -------------------------------------------------------------------------

function renderActions(block, ctx) {
  const elements = block.elements.map((each) => renderElement(placeOf(ctx, block, each)));
  return h("div", {}, h("div", { class: "bk-row" }, elements), acted(block, ctx));
}

const acted = (block, ctx) => failureLine(placeOf(ctx, block));

const GROUPED = ["radio_buttons", "checkboxes"];

function renderInput(block, ctx) {
  const { element } = block;
  const [id, labelId, hintId, errorId] = ["field", "label", "hint", "error"].map(freshId);
  const words = ctx.errors?.[block.block_id];
  const hint = block.hint && h("p", { class: "bk-note", id: hintId }, renderPlain(block.hint.text));
  const error = h("p", { class: "bk-error", id: errorId, hidden: !words }, words || "");
  const naming = { id, "aria-labelledby": labelId, ...describedBy(hint && hintId, words && errorId) };
  if (words) naming["aria-invalid"] = "true";
  if (!block.optional && !GROUPED.includes(element.type)) naming["aria-required"] = "true";
  const field = renderElement(placeOf(ctx, block, element, true), naming);
  return h("div", {}, labelOf(block, id, labelId), field, hint, error, acted(block, ctx));
}

function describedBy(...ids) {
  const known = ids.filter(Boolean);
  return known.length ? { "aria-describedby": known.join(" ") } : {};
}

function labelOf(block, id, labelId) {
  const optional = block.optional ? h("span", { class: "bk-note" }, " (optional)") : null;
  const named = { class: "bk-label", id: labelId };
  const words = [renderPlain(block.label.text), optional];
  return GROUPED.includes(block.element.type) ? h("div", named, words) : h("label", { ...named, for: id }, words);
}

const BLOCKS = {
  section: renderSection,
  header: renderHeader,
  divider: () => h("hr", { class: "bk-divider" }),
  context: renderContext,
  actions: renderActions,
  input: renderInput,
  image: renderImage,
  rich_text: (block, ctx) => h("div", {}, renderRichText(block, ctx)),
  markdown: (block, ctx) => h("div", {}, renderMarkdown(block.text, ctx)),
  table: renderTable,
};
