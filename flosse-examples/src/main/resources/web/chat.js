import {rawToggle} from "/web/raw.js";
import {bySource} from "/web/stream.js";

// A chat on a channel: Start joins by EventSource, Send publishes by POST.

const KEPT = 200;

export function chat(card) {
  const list = card.part("messages");
  const path = () => "/channels/" + encodeURIComponent(card.part("channel").value.trim());
  const url = () => "/sse" + path();

  const stream = bySource(card, {url, onStart: () => list.replaceChildren(), onEvent: take});
  card.runs(stream, null);
  rawToggle(card, {url});

  card.part("form").addEventListener("submit", async event => {
    event.preventDefault();
    if (!["OPEN", "CONNECTING"].includes(card.section.dataset.state)) {
      stream.start();
    }
    const said = {from: card.part("name").value, text: card.part("text").value};
    try {
      const response = await fetch(path() + "?event=chat", {
        method: "POST",
        headers: {"Content-Type": "application/json"},
        body: JSON.stringify(said),
      });
      if (response.ok) {
        card.say(`Published as ${(await response.json()).id}.`, "good");
        card.part("text").value = "";
      } else {
        card.say(`Not published: ${response.status}.`, "bad");
      }
    } catch (problem) {
      card.say(`Not published: ${problem.message}`, "bad");
    }
  });

  function take({type, data}) {
    if (type === "end") {
      return;
    }
    const item = document.createElement("li");
    if (type === "gap") {
      item.className = "gap";
      item.textContent = "Something was lost here: " + data;
    } else {
      const {from, text} = read(data);
      const who = document.createElement("strong");
      who.textContent = from;
      item.append(who, " ", text);
    }
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 24;
    list.append(item);
    if (list.childElementCount > KEPT) {
      list.firstElementChild.remove();
    }
    if (atEnd) {
      list.scrollTop = list.scrollHeight;
    }
  }
}

/** What was said: this page publishes JSON, others whatever they like. */
function read(data) {
  try {
    const {from, text} = JSON.parse(data);
    return {from: String(from ?? "someone"), text: String(text ?? data)};
  } catch {
    return {from: "someone", text: data};
  }
}
