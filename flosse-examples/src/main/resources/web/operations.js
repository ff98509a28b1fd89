import {closed, opened} from "/web/connections.js";
import {readFrames} from "/web/frames.js";
import {mayOpen, open} from "/web/stream.js";

// The cards that are there only if the server offers them: the throttle, and the table of open streams.

const EXACT = {headers: {"Accept": "text/event-stream"}};

/** Each Start opens one more stream and lists what the server answered. */
export function limited(card) {
  const slots = card.part("slots");
  const running = new Set();

  async function start() {
    if (!mayOpen(card)) {
      return;
    }
    const mine = new AbortController();
    const slot = slots.appendChild(document.createElement("li"));
    const exact = card.part("exact").checked;
    slot.textContent = "connecting …";
    running.add(mine);
    opened(mine);
    card.state("OPEN");
    try {
      const response = await open(card.url, mine.signal, exact ? EXACT : {});
      slot.className = response.ok ? "open" : "refused";
      slot.textContent = response.ok ? `${response.status}, open`
          : `${response.status}, Retry-After ${response.headers.get("Retry-After")} s`;
      if (response.ok) {
        await readFrames(response.body, frames => card.log.add(...frames));
        slot.textContent = `${response.status}, ended by the server`;
      } else {
        card.log.add({note: `${response.status} ${await response.text()}`});
      }
      slot.className = "refused";
    } catch (problem) {
      slot.className = "";
      slot.textContent = mine.signal.aborted ? "stopped" : `broke: ${problem.message}`;
    } finally {
      closed(mine);
      running.delete(mine);
      if (running.size === 0) {
        card.state("CLOSED");
      }
    }
  }

  function stop() {
    running.forEach(stream => stream.abort());
    slots.replaceChildren();
    card.log.clear();
  }

  card.runs({start, stop});
}

/** The open streams as a table, whatever the columns that the server gives. */
export function operations(card) {
  let timer = 0;

  async function ask() {
    try {
      const response = await fetch(card.url, {cache: "no-store"});
      const answer = await response.json();
      const rows = Array.isArray(answer) ? answer : Object.values(answer).find(Array.isArray) ?? [];
      fill(document.getElementById("streams-table"), rows);
      card.say(rows.length === 0 ? "No stream is open." : "");
    } catch (problem) {
      card.say(`No answer: ${problem.message}`, "bad");
    }
  }

  function start() {
    stop();
    card.state("OPEN");
    timer = setInterval(ask, 1000);
    ask();
  }

  function stop() {
    clearInterval(timer);
    card.state("CLOSED");
  }

  card.runs({start, stop});
}

function fill(table, rows) {
  const columns = [...new Set(rows.flatMap(row => Object.keys(row)))];
  const numbers = columns.map(column => rows.every(row => typeof row[column] === "number"));
  const line = (tag, values) => {
    const row = document.createElement("tr");
    row.append(...values.map((value, place) => {
      const cell = document.createElement(tag);
      cell.textContent = value !== null && typeof value === "object" ? JSON.stringify(value) : value ?? "";
      cell.className = numbers[place] ? "number" : "";
      return cell;
    }));
    return row;
  };
  const head = document.createElement("thead");
  const body = document.createElement("tbody");
  head.append(line("th", columns));
  body.append(...rows.map(row => line("td", columns.map(column => row[column]))));
  table.replaceChildren(head, body);
}
