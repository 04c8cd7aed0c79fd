/** Standard Markdown, as the `markdown` block carries it: the parts that Slack shows. */

import { h } from "./dom.js";
import { link, renderPlain } from "./mrkdwn.js";

const INLINE = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "!?\\[(?<label>[^\\]\\n]{0,500})\\]\\((?<address>[^()\\s]{1,3000})\\)",
    "\\*\\*(?<bold>[^*\\n]{1,2000})\\*\\*",
    "~~(?<strike>[^~\\n]{1,2000})~~",
    "(?<![\\p{L}\\p{N}*_])(?<mark>[*_])(?<italic>[^*_\\n]{1,2000})\\k<mark>(?![\\p{L}\\p{N}])",
  ].join("|"),
  "gu",
);

/** Blocks of Markdown as nodes. */
export function renderMarkdown(text, ctx) {
  const made = document.createDocumentFragment();
  text.split(/^```[^\n]*\n([\s\S]*?)^```[^\S\n]*$/m).forEach((piece, at) => {
    if (at % 2) made.append(h("pre", { class: "bk-pre", tabindex: "0" }, h("code", {}, piece.replace(/\n$/, ""))));
    else made.append(...paragraphs(piece, ctx));
  });
  return made;
}

function paragraphs(text, ctx) {
  return groups(text).map(({ kind, lines }) => KINDS[kind](lines, ctx));
}

function kindOf(line) {
  if (!line.trim()) return "";
  if (/^#{1,6}\s/.test(line)) return "heading";
  if (/^\s*(?:[-*_]\s*){3,}$/.test(line)) return "rule";
  if (/^\s*[-*+]\s/.test(line)) return "bullets";
  if (/^\s*\d+[.)]\s/.test(line)) return "numbers";
  return line.startsWith(">") ? "quote" : "paragraph";
}

function groups(text) {
  const found = [];
  let before = "";
  for (const line of text.split("\n")) {
    const kind = kindOf(line);
    if (kind && kind === before && kind !== "heading") found.at(-1).lines.push(line);
    else if (kind) found.push({ kind, lines: [line] });
    before = kind;
  }
  return found;
}

const KINDS = {
  heading: ([line], ctx) => h("p", { class: "bk-heading" }, h("strong", {}, inline(line.replace(/^#+\s*/, ""), ctx))),
  rule: () => h("hr", { class: "bk-divider" }),
  bullets: (lines, ctx) => list("ul", lines, ctx),
  numbers: (lines, ctx) => list("ol", lines, ctx),
  quote: (lines, ctx) => h("blockquote", { class: "bk-quote" }, broken(lines.map((l) => l.replace(/^>\s?/, "")), ctx)),
  paragraph: (lines, ctx) => h("p", { class: "bk-paragraph" }, broken(lines, ctx)),
};

function list(tag, lines, ctx) {
  const items = lines.map((line) => h("li", {}, inline(line.replace(/^\s*(?:[-*+]|\d+[.)])\s+/, ""), ctx)));
  return h(tag, { class: "bk-list" }, items);
}

function broken(lines, ctx) {
  return lines.flatMap((line, at) => (at ? [h("br"), inline(line, ctx)] : [inline(line, ctx)]));
}

function inline(text, ctx) {
  const made = document.createDocumentFragment();
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    made.append(renderPlain(text.slice(at, match.index)), styled(match.groups, ctx));
    at = match.index + match[0].length;
  }
  made.append(renderPlain(text.slice(at)));
  return made;
}

function styled({ code, label, address, bold, strike, italic }, ctx) {
  if (code !== undefined) return h("code", { class: "bk-code" }, code);
  if (address !== undefined) return link(address, label || address);
  if (bold !== undefined) return h("strong", {}, inline(bold, ctx));
  return strike === undefined ? h("em", {}, inline(italic, ctx)) : h("s", {}, inline(strike, ctx));
}
