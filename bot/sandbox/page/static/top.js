/** The bar on top of the page, and links that stay in it. */

import { h, sign } from "./dom.js";
import { clock, day } from "./format.js";
import { showHelp } from "./keys.js";
import { mountPeople } from "./people.js";
import { mountTheme } from "./theme.js";

const SECOND = 1000;

/** The bar on top: where one is, what is real, what time it is, and who one is. */
export function mountTop(page, node) {
  const { store } = page;
  const name = h("b", {});
  const time = h("time", { class: "now" });
  const state = h("p", { class: "state", role: "status" });
  const who = h("div", { class: "switcher" });
  node.append(
    h(
      "div",
      { class: "house" },
      name,
      h("p", { class: "sandbox" }, h("b", {}, "Sandbox"), ": nothing here leaves this machine"),
    ),
    state,
    time,
    who,
  );
  mountPeople(page, who);
  node.append(
    h(
      "div",
      { class: "extras" },
      mountTheme(),
      sign("?", "Keys", () => showHelp()),
    ),
  );
  const tick = () => {
    const now = store.now();
    time.textContent = now ? `${clock(now, store.zone())}, ${day(now, store.zone())}` : "";
    time.title = `The workspace's time, in ${store.zone()}`;
  };
  store.on("scene now", tick);
  setInterval(tick, SECOND);
  store.on("scene bot link", () => {
    name.textContent = store.workspace.name;
    state.textContent = wrong(store);
  });
}

function wrong(store) {
  if (!store.connected) return "The connection was lost. Trying again…";
  return store.bot.connected ? "" : `${store.app} is not connected yet.`;
}

/** Links to messages of this workspace lead to them here, not out of the page. */
export function mountLinks(page) {
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const found = link && /\/archives\/([A-Z0-9]+)(?:\/p(\d+)(\d{6}))?/.exec(link.getAttribute("href"));
    if (!found) return;
    event.preventDefault();
    if (found[2]) page.reveal(found[1], `${found[2]}.${found[3]}`);
    else page.go(found[1]);
  });
}
