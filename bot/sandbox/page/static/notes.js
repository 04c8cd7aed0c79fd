/** Words that come and go: what failed, for the eye, and what arrived, for the ear. */

import { below } from "./channel.js";
import { sign, h } from "./dom.js";
import { count } from "./format.js";
import { spoken } from "./message.js";

const STAYS = 9000;
const QUIET = 5000;

/** Show words that have no place of their own. They go by themselves, or by a press. */
export function toast(words) {
  document.querySelector(".toast")?.remove();
  const node = h(
    "div",
    { class: "toast", role: "alert" },
    h("p", {}, words),
    sign("✕", "Close", () => node.remove()),
  );
  document.body.append(node);
  setTimeout(() => node.remove(), STAYS);
}

/** Say something to those who listen. */
export function say(words) {
  document.querySelector("#said").textContent = words;
}

let waiting = [];
let timer = null;

/** Read new messages out, but not a flood of them: a playing recording only tells how many. */
export function announce(store, { channel, fresh }) {
  const open = store.place?.channel === channel;
  const heard = fresh.filter((each) => each.user !== store.me || each.ephemeral);
  if (!open || !heard.length) return;
  waiting.push(...heard);
  timer ??= setTimeout(() => speak(store), store.strip?.playing ? QUIET : 0);
}

function speak(store) {
  const all = waiting;
  waiting = [];
  timer = null;
  const one = all.length === 1 && !below(all[0]);
  say(one ? spoken(store, all[0]) : `${count(all.length, "new message")} in ${store.title(store.channel())}`);
}
