// The clients of the recipes. Arguments: the name of a recipe, and the URL of its server. Prints one line of JSON: what the client shows.

const PROMPT = "Hello big world";

const recipes = {
  async openai(base) {
    const { default: OpenAI } = await import("openai");
    const client = new OpenAI({ apiKey: "none", baseURL: `${base}/v1`, maxRetries: 0 });
    const request = (content) => ({ model: "echo", messages: [{ role: "user", content }] });
    const stream = (content) => client.chat.completions.create({ ...request(content), stream: true });
    const whole = await client.chat.completions.create(request(PROMPT));
    const runner = client.chat.completions.stream(request(PROMPT));
    return {
      whole: whole.choices[0].message.content,
      texts: await texts(await stream(PROMPT), (chunk) => chunk.choices[0].delta.content),
      message: (await runner.finalChatCompletion()).choices[0].message,
      failsLater: await failure(async () => texts(await stream("fail later"))),
      failsAtOnce: await failure(() => stream("fail at once")),
      wholeFails: await failure(() => client.chat.completions.create(request("fail later"))),
      left: await first(await stream("wait")),
    };
  },

  async anthropic(base) {
    const { default: Anthropic } = await import("@anthropic-ai/sdk");
    const client = new Anthropic({ apiKey: "none", baseURL: base, maxRetries: 0 });
    const request = (content) => ({ model: "echo", max_tokens: 1000, messages: [{ role: "user", content }] });
    const stream = (content) => client.messages.create({ ...request(content), stream: true });
    return {
      whole: (await client.messages.create(request(PROMPT))).content[0].text,
      texts: await texts(await stream(PROMPT), (event) => event.delta?.text),
      message: await client.messages.stream(request("be slow")).finalMessage(),
      failsLater: await failure(async () => texts(await stream("fail later"))),
      failsAtOnce: await failure(async () => texts(await stream("fail at once"))),
      wholeFails: await failure(() => client.messages.create(request("fail later"))),
      left: await first(await stream("wait")),
    };
  },

  async ai(base) {
    const { DefaultChatTransport, readUIMessageStream } = await import("ai");
    const headers = [];
    const transport = new DefaultChatTransport({
      api: `${base}/api/chat`,
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        headers.push(response.headers.get("x-vercel-ai-ui-message-stream"));
        return response;
      },
    });
    const send = (chatId, text, abortSignal) => transport.sendMessages({
      chatId, trigger: "submit-message", abortSignal, messages: [{ id: "1", role: "user", parts: [{ type: "text", text }] }],
    });
    const message = async (stream) => {
      let last;
      for await (const message of readUIMessageStream({ stream })) last = message;
      return last.parts.map((part) => part.text).join("");
    };
    const result = { message: await message(await send("1", PROMPT)) };
    const page = new AbortController();
    result.left = await first(await send("2", "be slow", page.signal));
    page.abort();
    result.resumed = await message(await transport.reconnectToStream({ chatId: "2" }));
    result.finished = await transport.reconnectToStream({ chatId: "2" });
    result.failsLater = await all(await send("3", "fail later"));
    result.headers = headers;
    return result;
  },

  async mcp(base) {
    const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
    const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/sdk/client/streamableHttp.js");
    const { LATEST_PROTOCOL_VERSION } = await import("@modelcontextprotocol/sdk/types.js");
    const client = new Client({ name: "test", version: "1" });
    const transport = new StreamableHTTPClientTransport(new URL(`${base}/mcp`));
    const errors = [];
    client.onerror = (error) => errors.push(error.message);
    await client.connect(transport);
    const call = (prompt, options) => client.callTool({ name: "work", arguments: { prompt } }, undefined, options);
    const progress = [];
    const stop = new AbortController();
    const result = {
      newest: LATEST_PROTOCOL_VERSION,
      revision: transport.protocolVersion,
      tools: (await client.listTools()).tools.map((tool) => tool.name),
      pong: await client.ping(),
      text: (await call(PROMPT, { onprogress: (step) => progress.push(step.progress) })).content[0].text,
      progress,
      silent: (await call("Hello")).content[0].text,
      failsLater: await failure(() => call("fail later", { onprogress: () => {} })),
      cancelled: await failure(() => call("wait", { signal: stop.signal, onprogress: () => stop.abort() })),
      errors,
    };
    await fetch(`${base}/stopped`); // until the tool has been interrupted
    const old = await fetch(`${base}/mcp`, { method: "POST", headers: { "mcp-protocol-version": "2024-11-05" }, body: "{}" });
    const foreign = await fetch(`${base}/mcp`, { method: "POST", headers: { origin: "http://evil.example" }, body: "{}" });
    result.refused = [old.status, foreign.status, (await fetch(`${base}/mcp`, { method: "DELETE" })).status];
    await client.close();
    return result;
  },

  async "ag-ui"(base) {
    const { HttpAgent } = await import("@ag-ui/client");
    const run = async (content, onText) => {
      const agent = new HttpAgent({ url: `${base}/agent`, initialMessages: [{ id: "1", role: "user", content }] });
      const result = { texts: [] };
      await agent.runAgent({}, {
        onTextMessageContentEvent: ({ event }) => {
          result.texts.push(event.delta);
          onText?.(agent);
        },
        onRunErrorEvent: ({ event }) => { result.error = event.message; },
        onRunFinishedEvent: () => { result.finished = true; },
      });
      result.messages = agent.messages.map((message) => message.content);
      return result;
    };
    return {
      answer: await run(PROMPT),
      failsLater: await run("fail later"),
      aborted: await run("wait", (agent) => agent.abortRun()),
    };
  },
};

/** Reads a stream to its end. */
async function all(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

async function texts(stream, text) {
  return (await all(stream)).map(text ?? (() => "")).filter(Boolean);
}

/** Reads the first element, and leaves. */
async function first(stream) {
  for await (const chunk of stream) return chunk;
}

/** Returns what the client says of a failure. */
async function failure(call) {
  try {
    await call();
    return null;
  } catch (error) {
    return { class: error.constructor.name, message: error.message, status: error.status, type: error.type, code: error.code };
  }
}

process.on("unhandledRejection", () => {}); // @ag-ui/client rejects a promise that nobody waits for
const [name, base] = process.argv.slice(2);
console.log(JSON.stringify(await recipes[name](base)));
process.exit(0);
