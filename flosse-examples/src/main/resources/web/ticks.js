// A moving chart of the delay of each tick, drawn by hand.

const SECONDS = 20;
const GAP_BELOW = 6;

export class TickChart {
  #canvas;
  #bars = [];
  #moving = false;
  #skew = 0;
  #still = matchMedia("(prefers-reduced-motion: reduce)");

  constructor(canvas) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.#draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
  }

  clear() {
    this.#bars = [];
    this.#skew = 0;
    this.#move();
  }

  /** Adds the tick that the server stamped with `micros`, and returns its delay in milliseconds. */
  add(micros) {
    const delay = performance.timeOrigin + performance.now() - micros / 1000;
    if (this.#bars.length === 0 && Math.abs(delay) > 1000) {
      this.#skew = delay; // the two clocks differ: measure from the first tick
    }
    const ms = Math.max(0, delay - this.#skew);
    this.#bars.push({at: performance.now(), ms});
    this.#move();
    return ms;
  }

  #move() {
    if (this.#still.matches) {
      this.#draw();
    } else if (!this.#moving) {
      this.#moving = true;
      const step = () => {
        this.#draw();
        this.#moving = this.#bars.length > 0;
        if (this.#moving) {
          requestAnimationFrame(step);
        }
      };
      requestAnimationFrame(step);
    }
  }

  #draw() {
    const {context, width, height} = prepare(this.#canvas);
    const now = performance.now();
    this.#bars = this.#bars.filter(bar => now - bar.at < SECONDS * 1000 + 500);
    const highest = Math.max(1, ...this.#bars.map(bar => bar.ms));
    const power = 10 ** Math.floor(Math.log10(highest / 2));
    const step = power * [1, 2, 5, 10].find(times => power * times >= highest / 4);
    const scale = (height - GAP_BELOW - 18) / highest;
    context.font = "11px ui-monospace, Menlo, Consolas, monospace";
    for (let value = 0; value <= highest; value += step) {
      const y = Math.round(height - GAP_BELOW - value * scale) + 0.5;
      context.fillStyle = colour(this.#canvas, "--line");
      context.fillRect(0, y, width, 1);
      context.fillStyle = colour(this.#canvas, "--soft");
      if (value > 0) {
        context.fillText(`${Number(value.toPrecision(3))} ms`, 2, y - 4);
      }
    }
    context.fillStyle = colour(this.#canvas, "--accent");
    const wide = Math.min(5, width / 120);
    for (const bar of this.#bars) {
      const x = width - (now - bar.at) / (SECONDS * 1000) * width;
      const tall = Math.max(3, bar.ms * scale);
      context.globalAlpha = 0.35 + 0.65 * Math.max(0, x / width);
      context.beginPath();
      context.roundRect(x - wide, height - GAP_BELOW - tall, wide, tall, [wide / 2, wide / 2, 0, 0]);
      context.fill();
    }
    context.globalAlpha = 1;
  }
}

/** Sizes a canvas to its box in device pixels and clears it. */
export function prepare(canvas) {
  const {clientWidth: width, clientHeight: height} = canvas;
  const ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return {context, width, height};
}

export function colour(element, name) {
  return getComputedStyle(element).getPropertyValue(name).trim();
}
