// Reads a stream by fetch, as text, frame by frame: what EventSource keeps to itself.

/** The end of a frame: a blank line. A comment is a frame of its own, and ends with its line. */
const FRAME_END = /(?<=^:.*)\n+|\n\n/m;

/** Calls onFrames with each batch of whole frames, without their line ends, and its size in bytes. */
export async function readFrames(body, onFrames) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const {value, done} = await reader.read();
    if (done) {
      break;
    }
    const frames = (rest + decoder.decode(value, {stream: true})).split(FRAME_END);
    rest = frames.pop();
    onFrames(frames, value.byteLength);
  }
  if (rest.trim()) {
    onFrames([rest], 0); // torn: the stream was cut inside a frame
  }
}

/** The event that a frame dispatches, or null for a comment or a lone retry. */
export function parseFrame(frame) {
  const event = {type: "message", data: null, lastEventId: ""};
  for (const line of frame.split("\n")) {
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") {
      event.data = event.data === null ? value : event.data + "\n" + value;
    } else if (field === "event") {
      event.type = value;
    } else if (field === "id") {
      event.lastEventId = value;
    }
  }
  return event.data === null ? null : event;
}
