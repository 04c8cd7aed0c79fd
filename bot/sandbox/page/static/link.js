/** The WebSocket to the page server: frames in, acts out, and trying again when it drops. */

const FIRST_WAIT = 300;
const LONGEST_WAIT = 5000;
const LOST = "The connection was lost before an answer came.";
const NOT_CONNECTED = "Not connected. The page is trying again.";

export class Link {
  /** `frame(frame)` is called for every frame but answers, `state(connected)` at each change. */
  constructor(frame, state) {
    this.frame = frame;
    this.state = state;
    this.count = 0;
    this.asked = new Map();
    this.wait = FIRST_WAIT;
  }

  open() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(`${scheme}//${location.host}/link`);
    this.socket.addEventListener("open", () => this.opened());
    this.socket.addEventListener("message", (event) => this.took(JSON.parse(event.data)));
    this.socket.addEventListener("close", () => this.closed());
  }

  /** Do something; what came of it, `{ok, error, …}`. It never throws: a failure is an answer. */
  act(name, fields = {}) {
    if (this.socket?.readyState !== WebSocket.OPEN) {
      return Promise.resolve({ ok: false, error: NOT_CONNECTED });
    }
    const n = ++this.count;
    this.socket.send(JSON.stringify({ ...fields, n, do: name }));
    return new Promise((answer) => this.asked.set(n, answer));
  }

  opened() {
    this.wait = FIRST_WAIT;
    this.state(true);
  }

  took(frame) {
    if (frame.type !== "done") {
      this.frame(frame);
      return;
    }
    this.asked.get(frame.n)?.(frame);
    this.asked.delete(frame.n);
  }

  closed() {
    for (const answer of this.asked.values()) answer({ ok: false, error: LOST });
    this.asked.clear();
    this.state(false);
    setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }
}
