// Runs the scenarios of ScenarioServer with one client, in Node or in a browser, and reports what the client shows.
//
// A client is a function read(url, event, signal). It calls event(name, id, data) for each event that the client shows, with null
// for what the client does not show. Its promise resolves when the client says that the stream has ended, and rejects with the
// client's error. The abort signal tells it to stop.

const SCENARIOS = ["events", "burst", "heartbeats", "cut", "interrupted", "error", "abort", "401", "403", "429", "503"];
const SILENCE_MS = 10000;
const LIMIT_MS = 60000;

/** Runs every scenario, and calls report({scenario, events, shown}) for each. */
export async function run(read, base, report) {
  for (const scenario of SCENARIOS) {
    report({ scenario, ...(await observe(read, `${base}/${scenario}`, scenario === "abort" ? 3 : Infinity)) });
    if (scenario === "abort") await fetch(`${base}/noticed`); // until the server has noticed that the client has left
  }
}

/** Reads until the client stops, nothing has happened for a while, or there are `max` events. */
async function observe(read, url, max) {
  const stop = new AbortController();
  const events = [];
  let silence;
  let goesOn;
  const limit = new Promise((resolve) => (goesOn = () => resolve("goes on")));
  const listen = () => {
    clearTimeout(silence);
    silence = setTimeout(goesOn, SILENCE_MS);
  };
  const event = (name, id, data) => {
    if (stop.signal.aborted) return;
    listen();
    events.push([name ?? null, id ?? null, short(data)]);
    if (events.length === max) stop.abort();
  };
  listen();
  const longest = setTimeout(goesOn, LIMIT_MS);
  const shown = await Promise.race([read(url, event, stop.signal).then(() => "ends", describe), limit]);
  clearTimeout(silence);
  clearTimeout(longest);
  stop.abort();
  return { events, shown };
}

/** Replaces a long text that repeats one character, so that a report is short. */
function short(data) {
  return data.length > 1000 && data === data[0].repeat(data.length) ? `${data[0]} * ${data.length}` : data;
}

function describe(error) {
  const status = [error?.status, error?.statusCode, error?.code].find((code) => code >= 400 && code <= 599);
  return status ? `error ${status}` : "error";
}

/** Returns a client that has the interface of EventSource. */
export function eventSource(create) {
  return (url, event, signal) =>
    new Promise((resolve, reject) => {
      const source = create(url);
      let complete = false;
      for (const name of ["message", "named", "error", "end"]) {
        source.addEventListener(name, (e) => {
          if (typeof e.data !== "string") return;
          complete ||= name === "end";
          event(name, e.lastEventId, e.data);
        });
      }
      source.addEventListener("error", (e) => {
        if (typeof e.data === "string") return;
        setTimeout(() => { // eventsource 2 closes after this event
          if (source.readyState !== 2) return;
          if (complete) resolve();
          else reject(e);
        });
      });
      signal.addEventListener("abort", () => {
        source.close();
        resolve();
      });
    });
}
