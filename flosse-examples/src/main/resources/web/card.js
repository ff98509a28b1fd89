import {Log} from "/web/log.js";

// A section of the page: its buttons, counters, status line, logs and source. What it streams is set by `runs`.

export class Card {
  constructor(name) {
    this.name = name;
    this.section = document.getElementById("s-" + name);
    this.url = this.section.dataset.url;
    this.#build();
    this.log = new Log(this.part("log"));
    this.raw = new Log(this.part("raw"));
  }

  /** The element with the id `<name>-<part>`. */
  part(part) {
    return document.getElementById(this.name + "-" + part);
  }

  set(part, text) {
    const element = this.part(part);
    if (element && element.textContent !== String(text)) {
      element.textContent = text;
    }
  }

  /** Says one sentence in the status line; the tone is "", "good" or "bad". */
  say(text, tone = "") {
    this.set("status", text);
    this.section.dataset.tone = tone;
  }

  state(text) {
    this.set("state", text);
    this.section.dataset.state = text;
    this.button("stop").setAttribute("aria-disabled", String(text === "CLOSED"));
  }

  reset() {
    this.log.clear();
    this.set("opens", 0);
    this.set("events", 0);
    this.set("http", "–");
  }

  button(action) {
    return this.section.querySelector(`[data-action="${action}"]`);
  }

  /** Wires Start and Stop. With a form named `<name>-form`, Start submits it, so that Enter starts too. */
  runs({start, stop}, form = this.part("form")) {
    const startButton = this.button("start");
    if (form) {
      startButton.type = "submit";
      startButton.setAttribute("form", form.id);
      form.addEventListener("submit", event => {
        event.preventDefault();
        start();
      });
    } else {
      startButton.addEventListener("click", () => start());
    }
    this.button("stop").addEventListener("click", event => {
      if (event.currentTarget.getAttribute("aria-disabled") !== "true") {
        stop();
      }
    });
  }

  #build() {
    const {kind, source} = this.section.dataset;
    const tools = document.getElementById("tools").content.cloneNode(true);
    for (const element of tools.querySelectorAll("[data-only]")) {
      if (!element.dataset.only.split(" ").includes(kind)) {
        element.remove();
      }
    }
    for (const element of tools.querySelectorAll("[data-id]")) {
      element.id = this.name + "-" + element.dataset.id;
    }
    const title = this.section.querySelector("h3");
    title.id = this.name + "-title";
    this.section.setAttribute("aria-labelledby", title.id);
    for (const button of tools.querySelectorAll("button")) {
      button.setAttribute("aria-label", `${button.textContent}: ${title.textContent}`);
    }
    label(tools, "log", kind === "events" ? "Events as dispatched" : "Raw frames");
    label(tools, "raw", "Raw frames");
    label(tools, "source", "Source");
    this.section.append(tools);
    this.#loadsSource(source);
  }

  #loadsSource(source) {
    const details = this.section.querySelector("details.source");
    if (!source) {
      details.remove();
      return;
    }
    this.set("file", source + ".java");
    details.addEventListener("toggle", async () => {
      if (!details.open || details.dataset.loaded) {
        return;
      }
      this.set("source", "Loading …");
      try {
        const response = await fetch(`/source/${source}.java`);
        this.set("source", response.ok ? await response.text() : `No source: ${response.status}`);
        details.dataset.loaded = response.ok ? "yes" : "";
      } catch {
        this.set("source", "The server can’t be reached.");
      }
    });
  }
}

function label(tools, part, text) {
  tools.querySelector(`[data-id="${part}"]`).setAttribute("aria-label", text);
}
