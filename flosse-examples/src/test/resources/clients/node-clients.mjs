// The clients that run in Node. Arguments: the name of a client, and the URL of its scenarios. Prints one line of JSON for each.
import { eventSource, run } from "./scenarios.mjs";

// Each function loads its package alone: undici, for one, replaces the HTTP client of Node's own fetch.
const loaders = {
  async "eventsource-4"() {
    const { EventSource } = await import("eventsource");
    return eventSource((url) => new EventSource(url));
  },

  async "eventsource-2"() {
    const { default: EventSource } = await import("eventsource-2");
    return eventSource((url) => new EventSource(url));
  },

  async undici() {
    const { EventSource } = await import("undici");
    return eventSource((url) => new EventSource(url));
  },

  // It does not tell why it has stopped, only that it has.
  async "eventsource-client"() {
    const { createEventSource } = await import("eventsource-client");
    return (url, event, signal) =>
      new Promise((resolve, reject) => {
        let complete = false;
        const source = createEventSource({
          url,
          onMessage: (message) => {
            complete ||= message.event === "end";
            event(message.event, message.id, message.data);
          },
          // It closes after this call.
          onDisconnect: () => setTimeout(() => {
            if (source.readyState === "closed") complete ? resolve() : reject(new Error("closed"));
          }),
        });
        signal.addEventListener("abort", () => source.close());
      });
  },

  async "eventsource-parser"() {
    const { EventSourceParserStream } = await import("eventsource-parser/stream");
    return async (url, event, signal) => {
      const response = await fetch(url, { headers: { accept: "text/event-stream" }, signal });
      if (!response.ok) throw response;
      const messages = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
      for await (const message of messages) event(message.event, message.id, message.data);
    };
  },

  async openai() {
    const { default: OpenAI } = await import("openai");
    return async (url, event, signal) => {
      const client = new OpenAI({ apiKey: "none", baseURL: url });
      const chunks = await client.chat.completions.create({ model: "none", messages: [], stream: true }, { signal });
      for await (const chunk of chunks) {
        const text = chunk.choices[0]?.delta.content;
        if (text) event(null, null, text);
      }
    };
  },

  async anthropic() {
    const { default: Anthropic } = await import("@anthropic-ai/sdk");
    return async (url, event, signal) => {
      const client = new Anthropic({ apiKey: "none", baseURL: url });
      const request = { model: "none", max_tokens: 1, messages: [{ role: "user", content: "Hello" }], stream: true };
      for await (const message of await client.messages.create(request, { signal })) {
        if (message.type === "content_block_delta") event(null, null, message.delta.text);
      }
    };
  },

  // After a cut the application calls reconnectToStream, as useChat does when it is told to resume.
  async ai() {
    const { DefaultChatTransport } = await import("ai");
    return async (url, event, signal) => {
      const transport = new DefaultChatTransport({ api: url });
      let chunks = await transport.sendMessages({
        chatId: "1", messages: [], trigger: "submit-message", abortSignal: signal,
      });
      while (true) {
        try {
          for await (const chunk of chunks) {
            if (chunk.type === "text-delta") event(null, null, chunk.delta);
            if (chunk.type === "error") throw new Error("error chunk");
          }
          return;
        } catch (error) {
          if (!/\/(cut|interrupted)$/.test(url) || signal.aborted) throw error;
          chunks = await transport.reconnectToStream({ chatId: "1" });
        }
      }
    };
  },

  async mcp() {
    const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/sdk/client/streamableHttp.js");
    return (url, event, signal) =>
      new Promise((resolve, reject) => {
        const transport = new StreamableHTTPClientTransport(new URL(url));
        transport.onmessage = (message) => {
          if (message.method) event(null, null, message.params.data);
          else if (message.error) reject(message.error);
          else resolve();
        };
        signal.addEventListener("abort", () => transport.close());
        const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "tool" } };
        transport.start().then(() => transport.send(call)).catch(reject);
      });
  },

  async "ag-ui"() {
    const { HttpAgent } = await import("@ag-ui/client");
    return async (url, event, signal) => {
      const agent = new HttpAgent({ url });
      signal.addEventListener("abort", () => agent.abortRun());
      let failure;
      await agent.runAgent({}, {
        onTextMessageContentEvent: ({ event: content }) => event(null, null, content.delta),
        onRunErrorEvent: ({ event: error }) => { failure = error; },
      });
      if (failure) throw failure;
    };
  },
};

// @ag-ui/client also rejects a promise that nobody waits for. It would end the process.
process.on("unhandledRejection", () => {});

const [name, base] = process.argv.slice(2);
await run(await loaders[name](), base, (result) => console.log(JSON.stringify(result)));
process.exit(0);
