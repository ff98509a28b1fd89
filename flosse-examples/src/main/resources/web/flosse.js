// Reads a stream of flosse by fetch, with any method and any headers. Copy this file: it needs no other.
//   const stream = listen("/sse/answer", {
//     method: "POST", body: JSON.stringify({prompt}), headers: {"Content-Type": "application/json"},
//     onEvent: ({name, data, id}) => show(data),
//     onEnd: () => say("complete"),
//   });
//   button.onclick = () => stream.close(); // the server notices
// - onEvent({name, data, id}): for each event but gap, error and end
// - onGap(data): events of a channel were missed
// - onError(data): the generator failed
// - onEnd(): the stream is complete
// - onCut(wait): the connection failed before the end of the stream; the next one follows in wait ms, or none if wait is null
// - onRefused(status, wait): the answer is no stream; the same wait
// - reconnect: whether to reconnect; by default for GET only, because another request might do its work twice
// - endsWithBody: whether the end of the body is the end of the stream; by default not for GET, where flosse sends an end event
// - ticket(): returns a ticket or a promise of one; called again when the server refuses a ticket that has been used

const FIRST_WAIT = 3000;
const MAX_WAIT = 30000;

/** Opens a stream. After close() no function is called any more. */
export function listen(url, {
  method = "GET", headers = {}, body, reconnect = method === "GET", endsWithBody = method !== "GET", ticket = null,
  onEvent, onGap, onError, onEnd, onCut, onRefused,
} = {}) {
  const abort = new AbortController();
  const {signal} = abort;
  let lastEventId = "";
  let retry = FIRST_WAIT;
  let attempts = 0; // connections in a row without a frame
  let usedTicket = null;

  /** Calls a function of the application. Its exception must not look like a failed connection. */
  function call(listener, ...values) {
    try {
      listener?.(...values);
    } catch (problem) {
      reportError(problem);
    }
  }

  async function request() {
    const address = new URL(url, location.href);
    if (ticket) {
      usedTicket ??= await ticket();
      address.searchParams.set("ticket", usedTicket);
    }
    const all = new Headers(headers);
    all.set("Accept", "text/event-stream, */*;q=0.1"); // to text/event-stream alone flosse answers 200 in place of 429 and 503
    lastEventId && all.set("Last-Event-ID", lastEventId);
    return fetch(address, {method, headers: all, body, signal, cache: "no-store"});
  }

  /** Passes the events on. Returns whether the stream is over. */
  async function read(response) {
    let failed = false;
    for await (const event of parse(response.body, milliseconds => retry = milliseconds)) {
      attempts = 0;
      lastEventId = event.id ?? lastEventId;
      if (event.name === "end") {
        call(onEnd);
        return true;
      } else if (event.name === "error" || event.name === "gap") {
        failed ||= event.name === "error";
        call(event.name === "gap" ? onGap : onError, event.data);
      } else if (event.data !== null) {
        call(onEvent, {...event, id: lastEventId});
      }
      if (signal.aborted) {
        return true;
      }
    }
    if (endsWithBody && !failed) {
      call(onEnd);
    }
    return failed ? !reconnect : endsWithBody;
  }

  /** Returns the wait before the next connection: longer each time, and not the same for all clients. */
  function nextWait(response) {
    const asked = 1000 * (Number(response?.headers.get("Retry-After")) || 0);
    const wait = Math.max(asked, Math.min(MAX_WAIT, retry * 2 ** Math.max(0, attempts - 1)));
    return Math.round(wait * (1 + Math.random() / 4));
  }

  async function run() {
    while (!signal.aborted) {
      const wasUsed = usedTicket !== null;
      let response = null; // stays null if there is no answer
      let isStream = true;
      attempts++;
      try {
        response = await request();
        if (response.status === 204) {
          return call(onEnd);
        }
        isStream = response.ok && /^text\/event-stream\b/.test(response.headers.get("Content-Type"));
        if (isStream && await read(response)) {
          return;
        }
      } catch (problem) {
        if (signal.aborted) {
          return;
        }
      }
      if (wasUsed && !isStream && [401, 403].includes(response.status)) {
        usedTicket = null;
        continue;
      }
      const again = reconnect && (isStream || response.status === 429 || response.status >= 500);
      const wait = again ? nextWait(response) : null;
      isStream ? call(onCut, wait) : call(onRefused, response.status, wait);
      if (!again) {
        return;
      }
      await new Promise(resolve => setTimeout(resolve, wait));
    }
  }

  run();
  return {close: () => abort.abort()};
}

/** Yields {name, data, id} for each frame; data and id are null if the frame has none. */
async function* parse(body, onRetry) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  const empty = {name: "message", data: null, id: null};
  let frame = {...empty};
  for (let {value, done} = await reader.read(); !done; {value, done} = await reader.read()) {
    const lines = (rest + value).split(/\r?\n/);
    rest = lines.pop();
    for (const line of lines) {
      const [, field, text = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
      if (line === "") {
        yield frame;
        frame = {...empty};
      } else if (field === "data") {
        frame.data = frame.data === null ? text : `${frame.data}\n${text}`;
      } else if (field === "event") {
        frame.name = text;
      } else if (field === "id") {
        frame.id = text;
      } else if (field === "retry" && /^\d+$/.test(text)) {
        onRetry(Number(text));
      }
    }
  }
}
