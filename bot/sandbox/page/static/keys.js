/** The page's own keys, and the help that lists them. */

import { ask } from "./dialog.js";
import { h, typing } from "./dom.js";
import { menuIsOpen } from "./menu.js";

const HELP = [
  ["Ctrl K or ⌘ K", "jump to a channel or a person"],
  ["p", "be somebody else"],
  ["Alt 1 … 9", "be the first, second … person"],
  ["Alt ↑ / Alt ↓", "the channel above, below"],
  ["↑ ↓ or k j", "from message to message"],
  ["Enter, then ← →", "what can be done with a message"],
  ["r", "reply in its thread"],
  ["e", "react to it"],
  ["c", "to the message box"],
  ["↑ in an empty box", "edit your last message"],
  ["/", "commands"],
  ["Space", "play or pause the recording"],
  ["Esc", "close what is open"],
  ["?", "this list"],
];

/** Listen for the keys that work everywhere. */
export function mountKeys(page) {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open], [role=dialog][aria-modal=true]")) return;
    if (chorded(page, event) || (!typing(event.target) && plain(page, event)) || escaped(page, event)) {
      event.preventDefault();
    }
  });
}

function chorded(page, event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    page.jump();
    return true;
  }
  if (!event.altKey || event.ctrlKey || event.metaKey) return false;
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (step) page.neighbour(step);
  else if (/^Digit[1-9]$/.test(event.code)) page.becomeNth(Number(event.code.at(-1)) - 1);
  else return false;
  return true;
}

function plain(page, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || menuIsOpen()) return false;
  const control = event.target.closest?.("button, a, input, [role=slider]");
  const keys = {
    "?": () => showHelp(),
    p: () => page.choosePerson(),
    c: () => page.write(),
    "/": () => page.write("/"),
    " ": control ? null : () => page.playOrPause(),
    j: () => page.toMessages(),
    k: () => page.toMessages(),
  };
  if (!keys[event.key]) return false;
  keys[event.key]();
  return true;
}

function escaped(page, event) {
  if (event.key !== "Escape" || menuIsOpen() || event.isComposing) return false;
  return page.escape();
}

/** Show what the keys do. */
export function showHelp() {
  const rows = HELP.flatMap(([keys, what]) => [h("dt", {}, h("kbd", {}, keys)), h("dd", {}, what)]);
  ask("Keys", h("dl", { class: "keys" }, rows));
}
