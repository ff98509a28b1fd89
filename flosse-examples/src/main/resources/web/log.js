// The last entries of a stream in a <pre>: raw frames (strings) or dispatched events. Drawn once a screen refresh at most.

const KEPT = 30;

export class Log {
  #pre;
  #entries = [];
  #scheduled = false;

  constructor(pre) {
    this.#pre = pre;
  }

  add(...entries) {
    this.#entries.push(...entries.slice(-KEPT));
    this.#entries = this.#entries.slice(-KEPT);
    this.#schedule();
  }

  clear() {
    this.#entries = [];
    this.#pre.replaceChildren();
  }

  #schedule() {
    if (!this.#scheduled) {
      this.#scheduled = true;
      requestAnimationFrame(() => {
        this.#scheduled = false;
        this.#draw();
      });
    }
  }

  #draw() {
    const pre = this.#pre;
    const atEnd = pre.scrollHeight - pre.scrollTop - pre.clientHeight < 24;
    pre.replaceChildren(...this.#entries.flatMap((entry, place) =>
        typeof entry === "string" ? [place > 0 ? "\n" : "", ...frame(entry)] : dispatched(entry)));
    if (atEnd) {
      pre.scrollTop = pre.scrollHeight;
    }
  }
}

function frame(text) {
  return text.split("\n").flatMap(line => {
    const colon = line.indexOf(":");
    return colon === 0
        ? [span("comment", line + "\n")]
        : [span("field", line.slice(0, colon + 1)), line.slice(colon + 1) + "\n"];
  });
}

function dispatched({type, data, lastEventId, note}) {
  if (note) {
    return [span("comment", note + "\n")];
  }
  const id = lastEventId ? [span("comment", "  id " + lastEventId)] : [];
  return [span("field", type), " " + data, ...id, "\n"];
}

function span(className, text) {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}
