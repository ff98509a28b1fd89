// Reads streams of the examples server with the npm packages "eventsource" and "eventsource-parser", and prints what they
// dispatched as one line of JSON. Arguments: the folder with node_modules, the server's address.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, base] = process.argv.slice(2);
const require = createRequire(folder + "/");
const load = async (name) => import(pathToFileURL(require.resolve(name)).href);
const { EventSource } = await load("eventsource");
const { createParser } = await load("eventsource-parser");

/** What a parser makes of the body of one answer, or of its beginning: so many events of a stream without an end. */
async function parsed(path, headers = {}, init = {}, most = Infinity) {
  const answer = await fetch(base + path, { ...init, headers: { accept: "text/event-stream", ...headers } });
  const events = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  const text = new TextDecoder();
  for await (const bytes of answer.body) {
    parser.feed(text.decode(bytes, { stream: true }));
    if (events.length >= most) break; // closes the connection
  }
  return events.map(({ id, event, data }) => ({ id, event, data }));
}

/** What an EventSource dispatches until it is closed for good, and how often it opened. */
function dispatched(path, names) {
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
  styles: await parsed("/sse/styles"),
  secure: await parsed("/sse/secure", { "x-api-key": "secret" }),
  me: await parsed("/sse/me", basic("ann")),
  admin: await parsed("/sse/admin", basic("root")),
  fail: await parsed("/sse/fail"),
  complete: await parsed("/sse/complete", {}, post),
  ticks: await parsed("/sse/ticks?every=PT0.01S", {}, {}, 3),
  idle: await parsed("/sse/idle", {}, {}, 1),
  limited: await parsed("/sse/limited", {}, {}, 1),
  failFirst: (await fetch(base + "/sse/fail-first")).status,
  burst: (await parsed("/sse/burst?n=5000")).length,
  sourceProgress: await dispatched("/sse/progress?steps=3&delay=PT0.01S", names),
  sourceStyles: await dispatched("/sse/styles", names),
  sourceResume: await dispatched("/sse/resume?from=1&to=20&every=PT0S", names),
}));
process.exit(0);
