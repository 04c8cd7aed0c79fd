/** One message as a node: who, when, what, and what others made of it. */

import { keepState, renderBlocks } from "./blocks.js";
import { button, h } from "./dom.js";
import { emojiFor } from "./emoji.js";
import { clock, count, day } from "./format.js";
import { renderMrkdwn } from "./mrkdwn.js";
import { face, standing } from "./people.js";

const SPOKEN = 120;

/** The node of `message`. `inThread`: it stands in the thread's pane, not in the channel. */
export function messageNode(page, message, inThread) {
  const kinds = ["notice", "ephemeral", "broadcast"].filter((kind) => message[kind]);
  return h(
    "article",
    {
      class: ["message", ...kinds].join(" "),
      tabindex: "-1",
      "aria-label": spoken(page.store, message),
      data: { ts: message.ts },
    },
    h("div", { class: "gutter" }, face(page.store, message.user), time(page.store, message)),
    h("div", { class: "said" }, inside(page, message, inThread)),
  );
}

/** Put `now` where `old` was and carry focus, menus and half-typed text across. */
export function replaceMessage(old, now) {
  now.classList.toggle("follows", old.classList.contains("follows"));
  now.tabIndex = old.tabIndex;
  const focused = document.activeElement === old;
  keepState(old, now);
  const edited = old.querySelector(".editing");
  old.replaceWith(now);
  if (edited) keepEditing(edited, now);
  if (focused) now.focus({ preventScroll: true });
}

function keepEditing(form, node) {
  const box = form.querySelector("textarea");
  const { selectionStart, selectionEnd } = box;
  node.classList.add("edited-now");
  node.querySelector(".said").append(form);
  box.focus({ preventScroll: true });
  box.setSelectionRange(selectionStart, selectionEnd);
}

function inside(page, message, inThread) {
  return [
    message.ephemeral && h("p", { class: "only" }, "Only visible to you"),
    message.broadcast && h("p", { class: "only" }, inThread ? "Also sent to the channel" : "Replied in a thread"),
    head(page.store, message),
    content(page, message),
    (message.files || []).map((each) => file(each)),
    reactions(page, message),
    !inThread && repliesButton(page, message),
  ];
}

function head(store, message) {
  const person = store.people.get(message.user);
  const app = message.bot || person?.bot;
  const mark = app ? "app" : person && standing(person);
  return h(
    "p",
    { class: "who" },
    h("b", {}, store.nameOf(message.user)),
    mark && h("span", { class: "tag" }, mark),
    time(store, message),
  );
}

function time(store, message) {
  const zone = store.zone();
  const at = Number(message.ts);
  const full = `${day(at, zone)}, ${clock(at, zone)}`;
  return h("time", { datetime: new Date(at * 1000).toISOString(), title: full }, clock(at, zone));
}

function content(page, message) {
  const ctx = page.ctx({ channel: message.channel, ts: message.ts }, message.values);
  const body = h("div", { class: "body" });
  // What a person typed is shown with its marks applied, as Slack's own message box would have.
  const typed = !message.bot && message.text;
  body.append(message.blocks?.length && !typed ? renderBlocks(message.blocks, ctx) : renderMrkdwn(message.text || "", ctx));
  // A bot edits its messages all day; only for people's words is it worth saying.
  if (message.edited && !message.bot) body.append(h("span", { class: "edited" }, "(edited)"));
  return body;
}

function file(each) {
  const title = each.title || each.name;
  if (!each.mimetype?.startsWith("image/")) {
    return h(
      "a",
      { class: "file", href: each.url, target: "_blank", rel: "noopener" },
      `📄 ${title}`,
      h("small", {}, size(each.size)),
    );
  }
  const image = h("img", { src: each.url, alt: each.alt || title, loading: "lazy" });
  return h("figure", { class: "file" }, h("figcaption", {}, title), image);
}

function size(bytes) {
  return bytes < 1000 ? count(bytes || 0, "byte") : `${Math.round(bytes / 1000)} kB`;
}

function reactions(page, message) {
  if (!message.reactions?.length) return null;
  return h(
    "div",
    { class: "reactions", role: "group", "aria-label": "Reactions" },
    message.reactions.map((each) => chip(page, message, each)),
  );
}

function chip(page, message, { name, users }) {
  const mine = users.includes(page.store.me);
  const names = users.map((id) => page.store.nameOf(id)).join(", ");
  const props = {
    class: "chip",
    "aria-pressed": String(mine),
    "aria-label": `${name.replaceAll("_", " ")}, ${users.length}: ${names}`,
    title: `${names} reacted with :${name}:`,
    data: { key: `${message.ts} ${name}` },
  };
  const emoji = h("span", { "aria-hidden": "true" }, emojiFor(name) || `:${name}:`);
  return button([emoji, h("span", {}, String(users.length))], () => page.react(message, name), props);
}

function repliesButton(page, message) {
  if (message.reply) {
    return button("See the thread", () => page.openThread(message.thread_ts), { class: "replies" });
  }
  const { replies } = message;
  if (!replies?.count) return null;
  const faces = (replies.users || []).slice(0, 4).map((id) => face(page.store, id));
  const last = replies.last ? `last at ${clock(replies.last, page.store.zone())}` : "";
  return button(
    [
      h("span", { class: "small-faces" }, faces),
      h("b", {}, count(replies.count, "reply", "replies")),
      h("small", {}, last),
    ],
    () => page.openThread(message.ts),
    { class: "replies" },
  );
}

/** "Ana, 22:41: against: the graph is flat": how a message is read out. */
export function spoken(store, message) {
  const text = plain(store, message.text || "").slice(0, SPOKEN);
  const only = message.ephemeral ? ", only visible to you" : "";
  return `${store.nameOf(message.user)}, ${clock(message.ts, store.zone())}${only}: ${text}`;
}

/** Text without its entities and marks, for places that hold plain words only. */
export function plain(store, text) {
  return text
    .replace(/<@([A-Z0-9]+)[^>]*>/g, (_, id) => `@${store.nameOf(id)}`)
    .replace(/<#[A-Z0-9]+\|([^>]*)>/g, "#$1")
    .replace(/<#([A-Z0-9]+)>/g, (_, id) => `#${store.channels.get(id)?.name || "a channel"}`)
    .replace(/<!date[^>|]*\|([^>]*)>/g, "$1")
    .replace(/<[^<>|]+\|([^<>]*)>/g, "$1")
    .replace(/<!?([^<>|]+)>/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replace(/[*_`]/g, "");
}
