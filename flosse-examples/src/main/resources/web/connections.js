// How many streams this page holds open. Over HTTP/1.1 the browser allows six to one host, so the page keeps one free
// for sources, publishing and the table: a seventh stream would wait without a word.

const PER_HOST = 6;
const limited = !/^h[23]/.test(performance.getEntriesByType("navigation")[0]?.nextHopProtocol ?? "");
const open = new Set();

export function opened(stream) {
  open.add(stream);
  show();
}

export function closed(stream) {
  open.delete(stream);
  show();
}

export function isFull() {
  return limited && open.size >= PER_HOST - 1;
}

export function show() {
  document.getElementById("connections-open").textContent = open.size;
  document.getElementById("connections-of").textContent = limited ? `of ${PER_HOST} ` : "";
  const dots = document.getElementById("connections-dots");
  dots.replaceChildren(...Array.from({length: limited ? PER_HOST : open.size}, (_, place) => {
    const dot = document.createElement("i");
    dot.className = place < open.size ? "on" : "";
    return dot;
  }));
}
