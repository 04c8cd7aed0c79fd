/** Light, dark, or as the machine has it; remembered in this browser. */

import { sign } from "./dom.js";

const NEXT = { light: "dark", dark: "auto", auto: "light" };
const SIGNS = { light: "☀", dark: "☾", auto: "◐" };
const WORDS = { light: "light", dark: "dark", auto: "as your system" };

/** The button that changes it. */
export function mountTheme() {
  let theme = localStorage.getItem("theme") || "auto";
  const toggle = sign("", "", () => {
    theme = NEXT[theme];
    localStorage.setItem("theme", theme);
    apply();
  });
  const apply = () => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    toggle.firstChild.textContent = SIGNS[theme];
    toggle.setAttribute("aria-label", `Colours: ${WORDS[theme]}. Change`);
    toggle.title = `Colours: ${WORDS[theme]}`;
  };
  apply();
  return toggle;
}
