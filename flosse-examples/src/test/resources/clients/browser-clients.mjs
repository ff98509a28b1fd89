// The clients that run in a browser. The query of the page names the client. Puts its results into window.results.
import { eventSource, run } from "./scenarios.mjs";

const PACKAGES = "/files/node_modules/";

/** Loads a script that is no module. */
function script(path) {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = PACKAGES + path;
    element.onload = resolve;
    element.onerror = reject;
    document.head.append(element);
  });
}

/** Adds an element that lives until the signal aborts. */
function element(html, signal) {
  const div = document.createElement("div");
  div.innerHTML = html;
  document.body.append(div);
  signal.addEventListener("abort", () => div.remove());
  return div;
}

const loaders = {
  chromium: async () => eventSource((url) => new EventSource(url)),

  async "event-source-polyfill"() {
    await script("event-source-polyfill/src/eventsource.js");
    return eventSource((url) => new EventSourcePolyfill(url));
  },

  // The handlers are those of its README. The application stops at the event "end".
  async "fetch-event-source"() {
    const { fetchEventSource } = await import(PACKAGES + "@microsoft/fetch-event-source/lib/esm/index.js");
    return async (url, event, signal) => {
      const complete = new AbortController();
      signal.addEventListener("abort", () => complete.abort());
      await fetchEventSource(url, {
        signal: complete.signal,
        openWhenHidden: true,
        async onopen(response) {
          if (response.ok) return;
          const { status } = response;
          throw status >= 400 && status < 500 && status !== 429 ? { fatal: true, status } : { status };
        },
        onmessage(message) {
          // An empty frame, such as one with only a retry field, is a message for this client.
          event(message.event, message.id, message.data);
          if (message.event === "end") complete.abort();
        },
        onclose() {
          throw new Error("closed");
        },
        onerror(error) {
          if (error.fatal) throw error;
        },
      });
    };
  },

  async "htmx-2"() {
    await script("htmx-2/dist/htmx.js");
    await script("htmx-ext-sse/sse.js");
    return (url, event, signal) =>
      new Promise((resolve) => {
        const div = element(
          `<div hx-ext="sse" sse-connect="${url}" sse-close="end"><pre sse-swap="message,named,error"></pre></div>`, signal);
        div.addEventListener("htmx:sseMessage", ({ detail }) => event(detail.type, detail.lastEventId, detail.data));
        div.addEventListener("htmx:sseClose", () => resolve());
        signal.addEventListener("abort", () => htmx.remove(div));
        htmx.process(div);
      });
  },

  async "htmx-4"() {
    await script("htmx-4/dist/htmx.js");
    await script("htmx-4/dist/ext/hx-sse.js");
    return (url, event, signal) =>
      new Promise((resolve, reject) => {
        const div = element(`<div hx-sse:connect="${url}" hx-sse:close="end"></div>`, signal);
        div.addEventListener("htmx:sse:after:message", ({ detail: { message } }) => event(message.event, message.id, message.data));
        div.addEventListener("htmx:sse:close", ({ detail }) => detail.reason === "message" && resolve());
        div.addEventListener("htmx:response:error", ({ detail }) => reject(detail.ctx.response));
        signal.addEventListener("abort", () => htmx.trigger(div, "htmx:before:cleanup"));
        htmx.process(div);
      });
  },

  async datastar() {
    await import(PACKAGES + "@starfederation/datastar/dist/datastar.js");
    let read = () => {};
    document.addEventListener("datastar-sse", ({ detail }) => read(detail));
    let number = 0;
    return (url, event, signal) =>
      new Promise((resolve, reject) => {
        const id = `reader${++number}`;
        read = ({ elId, type, argsRaw }) => {
          if (type.startsWith("datastar-")) {
            if (elId === id) event(type, null, argsRaw.fragments.replace(/^<pre id="text">|<\/pre>$/g, ""));
          } else if (elId === id && type === "finished") {
            resolve();
          } else if (elId === id && type === "error") {
            reject(argsRaw);
          }
        };
        element(`<pre id="text"></pre><p id="${id}" data-on-load="@get('${url}', {openWhenHidden: true})"></p>`, signal);
      });
  },
};

window.results = [];
const name = new URLSearchParams(location.search).get("client");
const base = `${location.origin}/${name}`;
loaders[name]()
  .then((read) => run(read, base, (result) => window.results.push(result)))
  .catch((error) => (window.failure = String(error?.stack ?? error)));
