import {byFetch} from "/web/stream.js";

// The cards that EventSource can't read, because they need a header, a method or a body of their own.

export function secure(card) {
  card.runs(byFetch(card, {request: () => ({headers: {"X-API-Key": card.part("key").value}})}));
}

/** HTTP basic with what the form holds; nobody if the user is empty. */
export function login(card) {
  card.runs(byFetch(card, {request: () => ({headers: authorization(card)})}));
}

export function authorization(card) {
  const user = card.part("user").value;
  return user ? {"Authorization": "Basic " + base64(`${user}:${card.part("password").value}`)} : {};
}

export function complete(card) {
  const text = card.part("text");
  card.runs(byFetch(card, {
    onStart: () => text.replaceChildren(),
    onEvent: ({type, data}) => {
      if (type === "token") {
        text.append(text.textContent && !/^\s/.test(data) ? " " + data : data);
      }
    },
    request: () => ({
      method: "POST",
      headers: {"Content-Type": "application/json", "Accept": "text/event-stream"},
      body: JSON.stringify({prompt: card.part("prompt").value}),
    }),
  }));
}

export function burst(card) {
  let from = 0;
  let bytes = 0;
  card.runs(byFetch(card, {
    onStart: () => {
      from = performance.now();
      bytes = 0;
      card.part("bar").value = 0;
    },
    onFrames: (frames, size, events) => {
      bytes += size;
      const seconds = Math.max(0.001, (performance.now() - from) / 1000);
      card.part("bar").value = events;
      card.set("rate", `${Math.round(events / seconds).toLocaleString("en")} events/s, `
          + `${(bytes / seconds / 1e6).toFixed(1)} MB/s`);
    },
  }));
}

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
