/**
 * Slack's texts as DOM nodes: mrkdwn with its entities, plain text with its emoji, rich text.
 *
 * `ctx` holds people and channels (Maps by id), zone and me; `now` (Unix seconds) if time there is
 * not ours, and `open(channelId)` if a channel's name can be pressed.
 */

import { dateText, fullMoment } from "./dates.js";
import { h } from "./dom.js";
import { emojiFor } from "./emoji.js";

const LETTER = "\\p{L}\\p{N}";
const LONGEST_STYLED = 3000;
const STYLES = { "*": "strong", _: "em", "~": "s" };

/** A pair of signs around something, as Slack wants it: at a word's edge, and on one line. */
function styled(sign) {
  const inside = `(?:<[^<>\\n]*>|[^${sign}\\n<]){1,${LONGEST_STYLED}}?`;
  return `(?<![${LETTER}${sign}])[${sign}](?![\\s${sign}])${inside}(?<!\\s)[${sign}](?![${LETTER}${sign}])`;
}

const INLINE = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "<(?<token>[^<>\\n]+)>",
    ":(?<emoji>[a-z0-9_+'-]{1,80}(?:::skin-tone-[2-6])?):",
    `(?<styled>${Object.keys(STYLES).map(styled).join("|")})`,
  ].join("|"),
  "gu",
);

/** The text that a person reads, of text with Slack's three escapes. */
export function unescaped(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** Slack's mrkdwn. */
export function renderMrkdwn(text, ctx) {
  const made = document.createDocumentFragment();
  // Odd pieces stood between two fences.
  const pieces = String(text ?? "").split(/```([\s\S]+?)```\n?/);
  pieces.forEach((piece, at) => {
    if (at % 2) made.append(h("pre", { class: "bk-pre", tabindex: "0" }, h("code", {}, readable(piece, ctx))));
    else if (piece) made.append(quotesAndLines(at + 1 < pieces.length ? piece.replace(/\n$/, "") : piece, ctx));
  });
  return made;
}

/** A text object, or a bare text as plain text. */
export function renderText(text, ctx) {
  return text?.type === "mrkdwn" ? renderMrkdwn(text.text, ctx) : renderPlain(text?.text ?? text);
}

/** Text that has only emoji in it. */
export function renderPlain(text) {
  const made = document.createDocumentFragment();
  lines(String(text ?? ""), made, (line) => {
    line.split(/:([a-z0-9_+'-]{1,80}(?:::skin-tone-[2-6])?):/).forEach((piece, at) => {
      if (at % 2) made.append(emoji(piece));
      else if (piece) made.append(piece);
    });
  });
  return made;
}

function lines(text, into, each) {
  text.split("\n").forEach((line, at) => {
    if (at) into.append(h("br"));
    each(line);
  });
}

/** Inside a fence nothing has a style, but names and addresses are still read. */
function readable(text, ctx) {
  const plain = text.replace(/^\n|\n$/g, "");
  return unescaped(plain.replace(/<([^<>\n]+)>/g, (_, token) => entity(token, ctx).textContent));
}

function quotesAndLines(text, ctx) {
  const made = document.createDocumentFragment();
  const [before, rest] = wholeQuote(text);
  for (const group of grouped(before)) {
    const node = group.quote ? h("blockquote", { class: "bk-quote" }) : made;
    // A quotation ends its line by itself.
    if (!group.quote && made.lastChild && made.lastChild.nodeName !== "BLOCKQUOTE") made.append(h("br"));
    lines(group.lines.join("\n"), node, (line) => inline(line, ctx, node));
    if (group.quote) made.append(node);
  }
  if (rest !== null) made.append(quote(rest, ctx));
  return made;
}

function quote(text, ctx) {
  const node = h("blockquote", { class: "bk-quote" });
  lines(text, node, (line) => inline(line, ctx, node));
  return node;
}

/** Three signs at the beginning of a line quote all that follows. */
function wholeQuote(text) {
  const found = /(^|\n)(?:&gt;|>){3} ?/.exec(text);
  return found ? [text.slice(0, found.index), text.slice(found.index + found[0].length)] : [text, null];
}

function grouped(text) {
  const groups = [];
  for (const line of text === "" ? [] : text.split("\n")) {
    const quoted = /^(?:&gt;|>) ?/.exec(line);
    const last = groups.at(-1);
    const rest = quoted ? line.slice(quoted[0].length) : line;
    if (last && last.quote === Boolean(quoted)) last.lines.push(rest);
    else groups.push({ quote: Boolean(quoted), lines: [rest] });
  }
  return groups;
}

function inline(text, ctx, into) {
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    into.append(unescaped(text.slice(at, match.index)), piece(match.groups, ctx));
    at = match.index + match[0].length;
  }
  into.append(unescaped(text.slice(at)));
}

function piece({ code, token, emoji: name, styled: whole }, ctx) {
  if (code !== undefined) return h("code", { class: "bk-code" }, readable(code, ctx));
  if (token !== undefined) return entity(token, ctx);
  if (name !== undefined) return emoji(name);
  const node = h(STYLES[whole[0]]);
  inline(whole.slice(1, -1), ctx, node);
  return node;
}

/** What stands between < and >. */
function entity(token, ctx) {
  const [body, label] = halves(token);
  if (body.startsWith("@")) return person(body.slice(1), label, ctx);
  if (body.startsWith("#")) return channel(body.slice(1), label, ctx);
  if (body.startsWith("!date^")) return date(body.slice("!date^".length), label, ctx);
  if (body.startsWith("!subteam^")) return mention(unescaped(label) || "@group");
  if (body.startsWith("!")) return mention(`@${body.slice(1)}`);
  const words = label ? renderPlain(unescaped(label)) : unescaped(body).replace(/^mailto:/, "");
  return link(unescaped(body), words);
}

function halves(token) {
  const cut = token.indexOf("|");
  return cut < 0 ? [token, ""] : [token.slice(0, cut), token.slice(cut + 1)];
}

/** An address that can be followed if it is one of the web or of mail, else its words alone. */
export function link(address, words) {
  if (!/^(https?:\/\/|mailto:)/i.test(address)) return h("span", {}, words);
  return h("a", { class: "bk-link", href: address, target: "_blank", rel: "noopener noreferrer" }, words);
}

function mention(words, mine = false) {
  return h("span", { class: mine ? "bk-mention bk-mine" : "bk-mention" }, words);
}

function person(id, label, ctx) {
  return mention(`@${ctx.people?.get(id)?.name || unescaped(label) || "somebody"}`, id === ctx.me);
}

function channel(id, label, ctx) {
  const name = ctx.channels?.get(id)?.name || unescaped(label);
  if (!name) return mention("a private channel");
  if (!ctx.open || !ctx.channels?.has(id)) return mention(`#${name}`);
  const press = { click: () => ctx.open(id) };
  return h("button", { type: "button", class: "bk-mention bk-channel", data: { channel: id }, on: press }, `#${name}`);
}

function date(body, label, ctx) {
  const [seconds, pattern, address] = body.split("^");
  return moment(Number(seconds), unescaped(pattern || ""), address, unescaped(label), ctx);
}

function moment(seconds, pattern, address, fallback, ctx) {
  const now = ctx.now ?? Date.now() / 1000;
  const words = dateText(pattern, seconds, now, ctx.zone);
  if (words === null) return h("span", {}, fallback || pattern);
  const iso = new Date(seconds * 1000).toISOString();
  const node = h("time", { class: "bk-time", datetime: iso, title: fullMoment(seconds, ctx.zone) }, words);
  return address ? link(unescaped(address), node) : node;
}

function emoji(name) {
  const sign = emojiFor(name);
  if (!sign) return `:${name}:`;
  const words = name.replaceAll("_", " ").replace("::skin-tone-", " tone ");
  return h("span", { class: "bk-emoji", role: "img", "aria-label": words, title: `:${name}:` }, sign);
}

// -- rich text ----------------------------------------------------------------------------------

/** A rich_text block, as Slack's composer makes it. */
export function renderRichText(block, ctx) {
  const made = document.createDocumentFragment();
  for (const element of block.elements || []) made.append(RICH[element.type]?.(element, ctx) ?? "");
  return made;
}

const RICH = {
  rich_text_section: (element, ctx) => h("div", { class: "bk-rich" }, run(element, ctx)),
  rich_text_quote: (element, ctx) => h("blockquote", { class: "bk-quote" }, run(element, ctx)),
  rich_text_preformatted: (element, ctx) => {
    return h("pre", { class: "bk-pre", tabindex: "0" }, h("code", {}, run(element, ctx)));
  },
  rich_text_list: richList,
};

const DEEPEST = 8;

function richList(element, ctx) {
  const items = (element.elements || []).map((each) => h("li", {}, run(each, ctx)));
  const ordered = element.style === "ordered";
  const depth = Math.min(element.indent || 0, DEEPEST);
  const list = h(ordered ? "ol" : "ul", { class: "bk-list", data: { depth } }, items);
  if (ordered && element.offset) list.start = element.offset + 1;
  return list;
}

function run(element, ctx) {
  return (element.elements || []).map((each) => withStyle(each.style, (PIECES[each.type] || other)(each, ctx)));
}

const PIECES = {
  text: (each) => {
    const made = document.createDocumentFragment();
    lines(each.text, made, (line) => made.append(line));
    return made;
  },
  link: (each) => link(each.url, each.text ? renderPlain(each.text) : each.url),
  user: (each, ctx) => person(each.user_id, "", ctx),
  usergroup: () => mention("@group"),
  team: () => mention("@team"),
  channel: (each, ctx) => channel(each.channel_id, "", ctx),
  broadcast: (each) => mention(`@${each.range}`),
  emoji: (each) => emoji(each.skin_tone ? `${each.name}::skin-tone-${each.skin_tone}` : each.name),
  date: (each, ctx) => moment(each.timestamp, each.format, each.url, each.fallback, ctx),
  color: (each) => {
    const dot = h("span", { class: "bk-dot", "aria-hidden": "true" });
    dot.style.backgroundColor = each.value;
    return h("span", {}, dot, each.value);
  },
};

const other = (each) => document.createTextNode(each.text || each.fallback || "");

function withStyle(style, node) {
  const tags = { code: "code", bold: "strong", italic: "em", strike: "s", underline: "u" };
  let made = node;
  for (const [name, tag] of Object.entries(tags)) {
    if (style?.[name]) made = h(tag, tag === "code" ? { class: "bk-code" } : {}, made);
  }
  return made;
}
