import {rawToggle} from "/web/raw.js";
import {bySource} from "/web/stream.js";

// A job that outlives this page. Start begins one and remembers its id for this tab; after a reload the card asks for the
// same job again, gets all of it from the beginning, and carries on.

const WORDS = 200;
const KEY = "flosse.job";

export function job(card) {
  const text = card.part("text");
  const url = () => card.url + encodeURIComponent(remembered());
  let last, lost, doubled, failed;

  const stream = bySource(card, {url, onStart: clear, onEvent: take});
  card.runs({start, stop: () => stream.stop("Stopped listening; the job goes on.")});
  rawToggle(card, {url});
  cancelButton();

  clear();
  if (remembered()) {
    stream.start();
  }

  function clear() {
    last = lost = doubled = 0;
    failed = "";
    text.replaceChildren();
    draw();
  }

  async function start() {
    stream.stop();
    try {
      const response = await fetch(`/jobs?words=${WORDS}`, {method: "POST"});
      if (response.ok) {
        sessionStorage.setItem(KEY, (await response.json()).id);
        stream.start();
      } else {
        card.say(`Not started: ${response.status}.`, "bad");
      }
    } catch (problem) {
      card.say(`Not started: ${problem.message}`, "bad");
    }
  }

  function take({type, data}) {
    if (type === "token") {
      const {n, word} = JSON.parse(data);
      lost += Math.max(0, n - last - 1);
      doubled += n <= last ? 1 : 0;
      last = Math.max(last, n);
      text.append(text.textContent ? " " + word : word);
    } else if (type === "error") {
      failed = JSON.parse(data).error;
    } else if (type === "end" && failed) {
      card.say(`The job was ${failed === "internal" ? "broken by an error" : failed}.`, "bad");
    }
    draw();
  }

  function draw() {
    card.set("id", remembered() || "none");
    card.set("words", last);
    card.set("lost", lost);
    card.set("doubled", doubled);
  }

  function cancelButton() {
    const cancel = document.createElement("button");
    cancel.type = "button";
    cancel.dataset.action = "cancel";
    cancel.textContent = "Cancel the job";
    cancel.addEventListener("click", async () => {
      const response = await fetch("/jobs/" + encodeURIComponent(remembered() || "none"), {method: "DELETE"});
      if (!response.ok) {
        card.say("No job is running.");
      }
    });
    card.button("stop").after(cancel);
  }

  function remembered() {
    return sessionStorage.getItem(KEY) ?? "";
  }
}
