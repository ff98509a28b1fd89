import {closed, opened} from "/web/connections.js";
import {readFrames} from "/web/frames.js";
import {mayOpen, open} from "/web/stream.js";

/** The toggle "Raw frames" of a card read by EventSource: fetches the same address once more and shows its frames. */
export function rawToggle(card, {onFrames = () => {}, url = () => card.url} = {}) {
  const button = card.button("raw");
  let running = null;

  button.addEventListener("click", () => {
    if (button.getAttribute("aria-pressed") === "true") {
      running?.abort();
      show(false);
    } else if (mayOpen(card)) {
      show(true);
      read();
    }
  });

  function show(raw) {
    button.setAttribute("aria-pressed", String(raw));
    card.part("raw").hidden = !raw;
    card.part("log").hidden = raw;
  }

  async function read() {
    const mine = running = new AbortController();
    card.raw.clear();
    opened(mine);
    try {
      const response = await open(url(), mine.signal);
      if (response.ok) {
        await readFrames(response.body, frames => {
          card.raw.add(...frames.slice(-30));
          onFrames(frames);
        });
        card.raw.add({note: "end of the stream"});
      } else {
        card.raw.add({note: `${response.status} ${await response.text()}`});
      }
    } catch (problem) {
      if (!mine.signal.aborted) {
        card.raw.add({note: `the connection broke: ${problem.message}`});
      }
    } finally {
      closed(mine);
    }
  }
}
