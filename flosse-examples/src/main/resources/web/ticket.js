import {authorization} from "/web/posts.js";
import {bySource} from "/web/stream.js";

// EventSource can't send a password: a POST with it gets a ticket, and the EventSource opens the stream with that.

export function ticket(card) {
  let ticket = "";
  const stream = bySource(card, {url: () => `${card.url}&ticket=${encodeURIComponent(ticket)}`});

  async function start() {
    stream.stop();
    const answer = await post("/tickets");
    if (answer) {
      ticket = /^data: (.*)$/m.exec(answer)[1]; // a stream with one event
      stream.start();
    }
  }

  async function logOut() {
    const answer = await post(`/revoke?user=${encodeURIComponent(card.part("user").value)}`);
    if (answer) {
      const {ended} = JSON.parse(answer);
      card.say(`Logged out: ${ended} open stream${ended === 1 ? "" : "s"} ended by the server, `
          + "and the used ticket opens none.", "good");
    }
  }

  async function post(url) {
    try {
      const response = await fetch(url, {method: "POST", cache: "no-store", credentials: "omit",
        headers: authorization(card)});
      if (response.ok) {
        return await response.text();
      }
      card.say(`Refused: ${response.status}`, "bad");
    } catch (problem) {
      card.say(`No answer: ${problem.message}`, "bad");
    }
    return null;
  }

  card.button("raw").remove(); // to read the same address once more would be a replay
  card.runs({start, stop: stream.stop});
  card.part("logout").addEventListener("click", logOut);
}
