import {closed, isFull, opened} from "/web/connections.js";
import {parseFrame, readFrames} from "/web/frames.js";

// The two ways in which the page reads a stream: a real EventSource, and fetch.

const STATES = ["CONNECTING", "OPEN", "CLOSED"];
const FULL = "Five streams are open, and the sixth connection is kept for the page itself. Stop one first.";

/** Refuses a start, aloud, when the browser would make it wait. */
export function mayOpen(card) {
  if (isFull()) {
    card.say(FULL, "bad");
  }
  return !isFull();
}

/** A stream read by EventSource. It is never closed at `end`: the server's 204 does that, and the counters show it. */
export function bySource(card, {onStart = () => {}, onOpen = () => {}, onEvent = () => {}, url = () => card.url} = {}) {
  let source = null;
  let opens = 0;
  let events = 0;
  let ended = false;

  function start() {
    stop();
    if (!mayOpen(card)) {
      return;
    }
    opens = events = 0;
    ended = false;
    card.reset();
    onStart();
    source = new EventSource(url());
    opened(card);
    source.addEventListener("open", onopen);
    source.addEventListener("error", onerror);
    for (const type of ["message", ...card.section.dataset.events.split(" ")]) {
      // a frame "event: open" is dispatched under the same name as the connection's own open; only a frame has data
      source.addEventListener(type, event => event instanceof MessageEvent && dispatch(event));
    }
    card.say("");
    update();
  }

  function onopen(event) {
    if (event instanceof MessageEvent) {
      return;
    }
    opens++;
    opened(card);
    card.set("opens", opens);
    onOpen();
    update();
  }

  function onerror(event) {
    if (event instanceof MessageEvent) { // a frame "event: error"
      dispatch(event);
      card.say("The server reported an error and cut the stream.", "bad");
      return;
    }
    update();
    closed(card);
    if (source.readyState === EventSource.CLOSED) {
      card.say(ended ? `Complete${opens === 1 ? ". It ran once" : ` over ${opens} connections`}, and the browser has stopped.`
          : "The browser gave up: no stream was answered.", ended ? "good" : "bad");
    } else if (ended) {
      card.say("Complete. The browser asks once more …", "good");
    } else {
      card.log.add({note: "connection lost; the browser reconnects"});
    }
  }

  function dispatch(event) {
    events++;
    ended ||= event.type === "end";
    card.set("events", events);
    card.log.add({type: event.type, data: event.data, lastEventId: event.lastEventId});
    onEvent(event);
  }

  function stop(sentence = "Stopped.") {
    if (source && source.readyState !== EventSource.CLOSED) {
      source.close();
      closed(card);
      update();
      card.say(sentence);
    }
  }

  function update() {
    card.state(STATES[source.readyState]);
  }

  return {start, stop};
}

/** A stream read by fetch; `request` gives the options of fetch for this start. */
export function byFetch(card, {onStart = () => {}, onEvent = () => {}, onFrames = () => {}, onEnd = () => {},
    request = () => ({}), say = answered} = {}) {
  let running = null;
  let events = 0;

  async function start({keep = false} = {}) {
    stop();
    if (!mayOpen(card)) {
      return;
    }
    if (keep) {
      events = Number(card.part("events").textContent);
    } else {
      events = 0;
      card.reset();
    }
    onStart();
    const mine = running = new AbortController();
    opened(mine);
    card.state("CONNECTING");
    card.say("");
    try {
      const response = await open(card.url, mine.signal, request());
      card.set("http", `${response.status} ${response.statusText}`.trim());
      card.section.dataset.refused = response.ok ? "" : "yes";
      if (response.ok) {
        card.state("OPEN");
        await readFrames(response.body, take);
      } else {
        card.log.add({note: await response.text()});
      }
      say(card, response);
      onEnd(response);
    } catch (problem) {
      if (!mine.signal.aborted) {
        card.say(`The connection broke: ${problem.message}`, "bad");
      }
    } finally {
      closed(mine);
      if (running === mine) {
        running = null;
        card.state("CLOSED");
      }
    }
  }

  function take(frames, bytes) {
    card.log.add(...frames.slice(-30));
    for (const frame of frames) {
      const event = parseFrame(frame);
      if (event) {
        events++;
        onEvent(event);
      }
    }
    card.set("events", events);
    onFrames(frames, bytes, events);
  }

  function stop() {
    if (running) {
      running.abort();
      closed(running);
      running = null;
      card.state("CLOSED");
      card.say("Stopped.");
    }
  }

  return {start, stop};
}

/** Fetches a stream. Without the browser's own credentials, or a 401 would open its log-in window over the page. */
export function open(url, signal, options = {}) {
  return fetch(url, {signal, cache: "no-store", credentials: "omit", ...options});
}

function answered(card, response) {
  const challenge = response.headers.get("WWW-Authenticate");
  const wait = response.headers.get("Retry-After");
  if (response.ok) {
    card.say("The stream has ended.", "good");
  } else {
    card.say(`Refused before the first byte: ${response.status}`
        + (challenge ? `, challenge ${challenge}` : "") + (wait ? `, Retry-After ${wait} s` : "") + ".", "bad");
  }
}
