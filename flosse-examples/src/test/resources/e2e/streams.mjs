// Reads streams of the examples server with the npm packages "eventsource" and "eventsource-parser", and prints the events as
// one line of JSON. Arguments: the directory that contains node_modules, and the URL of the server.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [directory, base] = process.argv.slice(2);
const require = createRequire(directory + "/");
const load = async (name) => import(pathToFileURL(require.resolve(name)).href);
const { EventSource } = await load("eventsource");
const { createParser } = await load("eventsource-parser");

/** Returns the events of a response, or the first `max` events of an endless stream. */
async function parse(path, headers = {}, init = {}, max = Infinity) {
  const response = await fetch(base + path, { ...init, headers: { accept: "text/event-stream", ...headers } });
  const events = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  const decoder = new TextDecoder();
  for await (const bytes of response.body) {
    parser.feed(decoder.decode(bytes, { stream: true }));
    if (events.length >= max) break; // closes the connection
  }
  return events.map(({ id, event, data }) => ({ id, event, data }));
}

/** Returns the events of an EventSource until it closes for good, and how often it opened. */
function listen(path, names) {
  return new Promise((resolve) => {
    const events = [];
    let opens = 0;
    const source = new EventSource(base + path);
    source.addEventListener("open", () => opens++);
    for (const name of ["message", ...names]) {
      source.addEventListener(name, (e) => {
        if (e.data !== undefined) events.push({ event: name, data: e.data, id: e.lastEventId });
      });
    }
    source.addEventListener("error", (e) => {
      if (source.readyState === EventSource.CLOSED) resolve({ events, opens, code: e.code ?? null });
    });
  });
}

const post = { method: "POST", body: JSON.stringify({ prompt: "Hello big world" }) };
const basic = (user) => ({ authorization: "Basic " + Buffer.from(user + ":" + user).toString("base64") });
const names = ["progress", "complete", "update", "greet", "y", "tick", "item", "end"];

console.log(JSON.stringify({
  styles: await parse("/sse/styles"),
  secure: await parse("/sse/secure", { "x-api-key": "secret" }),
  me: await parse("/sse/me", basic("ann")),
  admin: await parse("/sse/admin", basic("root")),
  fail: await parse("/sse/fail"),
  complete: await parse("/sse/complete", {}, post),
  ticks: await parse("/sse/ticks?every=PT0.01S", {}, {}, 3),
  idle: await parse("/sse/idle", {}, {}, 1),
  limited: await parse("/sse/limited", {}, {}, 1),
  failFirst: (await fetch(base + "/sse/fail-first")).status,
  burst: (await parse("/sse/burst?n=5000")).length,
  sourceProgress: await listen("/sse/progress?steps=3&delay=PT0.01S", names),
  sourceStyles: await listen("/sse/styles", names),
  sourceResume: await listen("/sse/resume?from=1&to=20&every=PT0S", names),
}));
process.exit(0);
