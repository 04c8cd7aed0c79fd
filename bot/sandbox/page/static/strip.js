/** The recording: play, pause, step, pace, and where one is in it. */

import { button, h, sign } from "./dom.js";
import { openMenu } from "./menu.js";

const SETTLED = 200;

/** Put the strip into `node` and keep it true; it is hidden where nothing is recorded. */
export function mountStrip(page, node) {
  const strip = new Strip(page, node);
  page.store.on("scene strip", () => strip.draw());
  page.playOrPause = () => (page.store.strip?.total || page.store.strip?.time) && strip.play.click();
}

class Strip {
  constructor(page, node) {
    this.page = page;
    this.node = node;
    this.store = page.store;
    this.waiting = null;
    const menu = { class: "quiet", "aria-haspopup": "menu", "aria-expanded": "false" };
    const what = (name, value) => this.what(name, value);
    this.play = sign("▶", "Play", () => playOrPause(this.store.strip, what), { class: "sign play" });
    this.step = sign("⇥", "One step", () => what("seek", this.store.strip.position + 1));
    this.pace = button("", () => choosePace(this.store, this.pace, what), menu);
    this.recording = button("", () => chooseRecording(this.store, this.recording, what), {
      ...menu,
      class: "quiet recording",
    });
    const dragged = () => this.dragged(Number(this.slider.value));
    const label = "Position in the recording";
    this.slider = h("input", { type: "range", min: "0", step: "1", "aria-label": label, on: { input: dragged } });
    this.marks = h("div", { class: "marks", "aria-hidden": "true" });
    this.at = h("span", { class: "at" });
    this.next = h("p", { class: "next" });
    this.note = h("p", { class: "note", role: "status" });
    this.timeline = h("div", { class: "timeline" }, this.slider, this.marks);
    node.append(
      h("div", { class: "row" }, this.play, this.step, this.timeline, this.at, this.pace),
      h("div", { class: "words" }, h("div", {}, this.note, this.next), this.recording),
    );
  }

  what(name, value) {
    return this.page.tryTo("strip", { what: name, value: value ?? null });
  }

  /** Dragging passes many events; only where it rests is a new take worth making. */
  dragged(position) {
    const { strip } = this.store;
    this.place(position);
    this.next.textContent = labelAt(strip, position);
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      this.waiting = null;
      this.what("seek", position);
    }, SETTLED);
  }

  draw() {
    const { strip } = this.store;
    this.node.hidden = !strip;
    if (!strip) return;
    this.node.classList.toggle("none", !strip.total && !strip.time);
    this.step.hidden = this.timeline.hidden = Boolean(strip.time);
    drawPlay(this.play, strip);
    this.step.disabled = strip.position >= strip.total;
    this.pace.textContent = `${strip.pace}×`;
    this.pace.setAttribute("aria-label", `Pace: ${strip.pace}× as fast. Change pace`);
    this.recording.replaceChildren(h("span", { class: "clip" }, strip.title || "No recording"), "▾");
    this.recording.setAttribute("aria-label", `Recording: ${strip.title || "none"}. Choose another`);
    this.recording.title = [strip.title, strip.source].filter(Boolean).join("\n");
    drawMarks(this.marks, strip);
    this.note.textContent = strip.note || "";
    if (this.waiting) return;
    this.slider.max = String(strip.total);
    this.slider.value = String(strip.position);
    this.place(strip.position);
    this.next.textContent = this.next.title = sentence(strip);
  }

  place(position) {
    const { strip } = this.store;
    this.slider.style.setProperty("--part", `${(100 * position) / (strip.total || 1)}%`);
    this.slider.setAttribute("aria-valuetext", spoken(strip, position));
    this.at.textContent = strip.time || `${position} / ${strip.total}`;
  }
}

/** At its end a recording plays again from the start. */
async function playOrPause(strip, what) {
  if (!strip.playing && strip.ended) await what("seek", 0);
  await what(strip.playing ? "pause" : "play");
}

function drawPlay(play, strip) {
  const label = strip.playing ? "Pause" : "Play";
  play.setAttribute("aria-label", label);
  play.title = `${label} (Space)`;
  play.firstChild.textContent = strip.playing ? "❚❚" : "▶";
}

function drawMarks(node, strip) {
  const key = `${strip.name} ${strip.total} ${strip.marks?.length}`;
  if (node.dataset.key === key) return;
  node.dataset.key = key;
  node.replaceChildren(
    ...(strip.marks || []).map(({ at, kind, label }) => {
      const mark = h("i", { title: label, data: { kind } });
      mark.style.left = `${(100 * at) / (strip.total || 1)}%`;
      return mark;
    }),
  );
}

function sentence(strip) {
  const join = "You can join in at any moment: pick a person above and type.";
  if (strip.time) return strip.next;
  if (!strip.total) return "An empty workspace. Start with /incident and a few words, or choose a recording.";
  if (strip.ended) return `The recording is over. ${join}`;
  const next = strip.next && `Next: ${strip.next}`;
  return strip.playing && next ? next : [join, next].filter(Boolean).join(" ");
}

/** The slider in words: how far, and what was last. */
function spoken(strip, position) {
  return `${position} of ${strip.total}. ${labelAt(strip, position)}`;
}

function labelAt(strip, position) {
  return (strip.marks || []).findLast((each) => each.at < position)?.label || "The beginning";
}

function choosePace(store, anchor, what) {
  const items = (store.strip.paces || []).map((each) => ({
    text: `${each}×`,
    checked: each === store.strip.pace,
    press: () => what("pace", each),
  }));
  openMenu(anchor, "Pace", items);
}

function chooseRecording(store, anchor, what) {
  const items = (store.strip.recordings || []).map((each) => ({
    text: each.title,
    checked: each.name === store.strip.name,
    press: () => what("load", each.name),
  }));
  openMenu(anchor, "Choose a recording", items);
}
