/** Menus that hang on a control, above everything else; whatever scrolls or clips beneath them. */

import { h } from "./dom.js";

const GAP = 4;
const EDGE = 8;
const NARROWEST = 220;
const LOWEST = 120;
const HIGHEST = 320;

let numbers = 0;

/** An id that nothing else on the page has. */
export function freshId(stem) {
  numbers += 1;
  return `bk-${stem}-${numbers}`;
}

/** A menu beside `anchor`; the caller fills `node`. `onClose` hears when it goes, whoever closed it. */
export class Popup {
  constructor(anchor, onClose = () => {}) {
    this.anchor = anchor;
    this.onClose = onClose;
    this.node = h("div", { class: "bk-menu", popover: "manual" });
    // A window that is resized is no node.
    this.follow = ({ target }) => (target instanceof Node && this.node.contains(target)) || this.settle();
    this.away = (event) => this.node.contains(event.target) || anchor.contains(event.target) || this.close();
  }

  get isOpen() {
    return this.node.isConnected && this.node.matches(":popover-open");
  }

  open() {
    if (this.isOpen || !this.node.isConnected) return;
    this.node.showPopover();
    this.listen("addEventListener");
    this.settle();
  }

  /** Close it; one whose control was taken away has closed by itself, and nobody is told. */
  close() {
    this.listen("removeEventListener");
    if (!this.isOpen) return;
    this.node.hidePopover();
    this.onClose();
  }

  listen(how) {
    window[how]("scroll", this.follow, true);
    window[how]("resize", this.follow);
    document[how]("pointerdown", this.away, true);
  }

  /** Below the anchor if there is room, else above; never wider than the screen. */
  settle() {
    const box = this.anchor.getBoundingClientRect();
    const { clientWidth: wide, clientHeight: high } = document.documentElement;
    if (!this.isOpen || box.bottom < 0 || box.top > high) {
      this.close();
      return;
    }
    const below = high - box.bottom - GAP - EDGE;
    const above = box.top - GAP - EDGE;
    const under = below >= Math.min(HIGHEST, Math.max(LOWEST, above));
    const width = Math.min(Math.max(box.width, NARROWEST), wide - 2 * EDGE);
    const { style } = this.node;
    style.width = `${width}px`;
    style.left = `${Math.max(EDGE, Math.min(box.left, wide - width - EDGE))}px`;
    style.maxHeight = `${Math.max(LOWEST, Math.min(HIGHEST, under ? below : above))}px`;
    style.top = under ? `${box.bottom + GAP}px` : "auto";
    style.bottom = under ? "auto" : `${high - box.top + GAP}px`;
  }
}
