import {Card} from "/web/card.js";
import {chat} from "/web/chat.js";
import {show} from "/web/connections.js";
import {job} from "/web/job.js";
import {limited, operations} from "/web/operations.js";
import {burst, complete, login, secure} from "/web/posts.js";
import {rawToggle} from "/web/raw.js";
import {resume} from "/web/resume.js";
import {byFetch, bySource} from "/web/stream.js";
import {ticket} from "/web/ticket.js";
import {TickChart} from "/web/ticks.js";

// The page of the examples server: one card a stream. It starts the first and waits for the rest.

show();
progress(new Card("progress"));
ticks(new Card("ticks"));
idle(new Card("idle"));
plainSource(new Card("fail"));
plainFetch(new Card("styles"));
plainFetch(new Card("fail-first"));
burst(new Card("burst"));
complete(new Card("complete"));
secure(new Card("secure"));
login(new Card("me"));
login(new Card("admin"));
ticket(new Card("ticket"));
const resumed = new Card("resume");
resume(resumed);
rawToggle(resumed);
offered();

function progress(card) {
  const bar = card.part("bar");
  const show = pct => {
    bar.value = pct;
    card.set("pct", `${pct} %`);
  };
  const stream = bySource(card, {
    onStart: () => show(0),
    onEvent: ({type, data}) => type === "progress" && show(JSON.parse(data).pct),
  });
  card.runs(stream);
  rawToggle(card);
  stream.start();
}

function ticks(card) {
  const chart = new TickChart(card.part("chart"));
  card.runs(bySource(card, {
    onStart: () => chart.clear(),
    onEvent: ({type, data}) => {
      if (type === "tick") {
        const {n, t} = JSON.parse(data);
        card.set("count", n);
        card.set("latest", `${chart.add(t).toFixed(1)} ms`);
      }
    },
  }));
  rawToggle(card);
}

function idle(card) {
  const beat = card.part("beat");
  let beats = 0;
  card.runs(bySource(card));
  rawToggle(card, {
    onFrames: frames => {
      beats += frames.filter(frame => frame.startsWith(":")).length;
      card.set("heartbeats", beats);
      beat.classList.toggle("odd");
    },
  });
}

function plainSource(card) {
  card.runs(bySource(card));
  rawToggle(card);
}

function plainFetch(card) {
  card.runs(byFetch(card));
}

/** Shows the cards of what this server offers besides. */
async function offered() {
  let features = {};
  try {
    const response = await fetch("/features");
    features = response.ok ? await response.json() : {};
  } catch {
    // nothing offered, nothing shown
  }
  const cards = {channels: ["chat", chat], jobs: ["job", job], limited: ["limited", limited], streams: ["streams", operations]};
  for (const [feature, [name, wire]] of Object.entries(cards)) {
    if (features[feature]) {
      wire(new Card(name));
      document.querySelectorAll(`[data-feature="${feature}"]`).forEach(element => element.hidden = false);
    }
  }
}
