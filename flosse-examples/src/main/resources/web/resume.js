import {byFetch, bySource} from "/web/stream.js";
import {colour, prepare} from "/web/ticks.js";

// Items 1 to 1000 over as many connections as it takes. Page script can't cut an EventSource and keep its last id, so a
// drop closes it and carries on by fetch, with the header that the browser would send.

const TO = 1000;

export function resume(card) {
  const colours = {};
  const strip = card.part("strip");
  let seen, last, lost, doubled, connections, scheduled = false, current;

  const source = bySource(card, {onStart: clear, onOpen: connected, onEvent: take});
  const fetched = byFetch(card, {
    onStart: connected,
    onEvent: take,
    request: () => ({headers: {"Last-Event-ID": String(last), "Accept": "text/event-stream"}}),
    say: result,
  });
  current = source;

  function clear() {
    seen = new Uint8Array(TO + 1);
    last = lost = doubled = connections = 0;
    draw();
  }

  function connected() {
    connections++;
    draw();
  }

  function take(event) {
    if (event.type !== "item") {
      return;
    }
    const n = Number(event.lastEventId);
    lost += Math.max(0, n - last - 1);
    doubled += seen[n] ? 1 : 0;
    seen[n] = seen[n] ? 255 : 1 + connections % 2;
    last = Math.max(last, n);
    draw();
  }

  function result() {
    const whole = last === TO && lost + doubled === 0;
    card.say(whole ? "Complete: nothing lost, nothing doubled." : `Ended at ${last}, ${lost} lost, ${doubled} doubled.`,
        whole ? "good" : "bad");
  }

  function draw() {
    if (!scheduled) {
      scheduled = true;
      requestAnimationFrame(paint);
    }
  }

  function paint() {
    scheduled = false;
    card.set("last", last);
    card.set("connections", connections);
    card.set("lost", lost);
    card.set("doubled", doubled);
    const {context, width, height} = prepare(strip);
    for (let n = 1; n <= TO; n++) {
      if (seen[n]) {
        context.fillStyle = seen[n] === 255 ? colours.bad : colours[seen[n] - 1];
        const x = Math.floor((n - 1) / TO * width);
        context.fillRect(x, 0, Math.ceil(n / TO * width) - x, height);
      }
    }
  }

  function readColours() {
    colours[0] = colour(strip, "--accent");
    colours[1] = colour(strip, "--second");
    colours.bad = colour(strip, "--bad");
    draw();
  }

  const drop = document.createElement("button");
  drop.type = "button";
  drop.dataset.action = "drop";
  drop.textContent = "Drop the connection";
  drop.addEventListener("click", () => {
    if (card.section.dataset.state === "OPEN") {
      current.stop();
      current = fetched;
      card.log.add({note: `dropped; asking again with Last-Event-ID: ${last}`});
      fetched.start({keep: true});
    } else {
      card.say("There is no open connection to drop: start first.");
    }
  });
  card.button("stop").after(drop);

  clear();
  readColours();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", readColours);
  new ResizeObserver(draw).observe(strip);
  card.runs({
    start: () => {
      fetched.stop();
      current = source;
      source.start();
    },
    stop: () => current.stop(),
  });
}
