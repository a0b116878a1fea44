// A canvas with two axes. Everything is drawn anew when something changes: 20,000 dots take some milliseconds.
import { h, colour } from "./dom.js";

// ticks are round numbers over a range, about n of them.
export function ticks(low, high, n) {
  const raw = (high - low) / n, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= raw);
  const all = [];
  for (let v = Math.ceil(low / step) * step; v <= high + step * 1e-9; v += step) all.push(Number(v.toPrecision(10)));
  return all;
}

const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });

// markers by where a latency comes from: shape and filling say it, so that no colour is needed.
export const markers = {
  measured: { shape: "circle", filled: true },
  remeasured: { shape: "square", filled: true },
  predicted: { shape: "circle", filled: false },
  simulated: { shape: "triangle", filled: false },
  published: { shape: "diamond", filled: true },
};

export function mark(g, { shape, filled }, x, y, r, ink, page) {
  g.beginPath();
  if (shape === "circle") g.arc(x, y, r, 0, 2 * Math.PI);
  else if (shape === "square") g.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
  else {
    const corners = shape === "triangle" ? [[0, -1.2], [1.1, 0.8], [-1.1, 0.8]] : [[0, -1.3], [1.1, 0], [0, 1.3], [-1.1, 0]];
    corners.forEach(([dx, dy], i) => (i ? g.lineTo(x + r * dx, y + r * dy) : g.moveTo(x + r * dx, y + r * dy)));
    g.closePath();
  }
  g.fillStyle = filled ? ink : page;
  g.fill();
  g.lineWidth = 1.6;
  g.strokeStyle = ink;
  g.stroke();
}

// sample is a small canvas with one marker, for a legend.
export function sample(draw) {
  const c = h("canvas", { width: 36, height: 28, "aria-hidden": "true" });
  const g = c.getContext("2d");
  g.scale(2, 2);
  draw(g, 9, 7);
  return c;
}

const font = "12px system-ui, sans-serif";

// Plot keeps a canvas as wide as its place and as sharp as the screen. paint(plot) draws what is in it.
export class Plot {
  constructor(label, height, paint) {
    this.paint = paint;
    this.height = height;
    this.margin = { left: 56, right: 12, top: 10, bottom: 40 };
    this.canvas = h("canvas", { role: "img", "aria-label": label });
    this.figure = h("figure", { class: "plot" }, this.canvas);
    this.x = { low: 0, high: 1, label: "" };
    this.y = { low: 0, high: 1, label: "" };
    new ResizeObserver(() => this.draw()).observe(this.figure);
    const again = () => { if (this.figure.isConnected) this.draw(); else window.removeEventListener("theme", again); };
    window.addEventListener("theme", again);
  }

  // draw does nothing while the canvas is nowhere.
  draw() {
    const width = this.figure.clientWidth, scale = window.devicePixelRatio || 1;
    if (!width) return;
    this.width = width;
    const size = [Math.round(width * scale), Math.round(this.height * scale)];
    if (this.canvas.width !== size[0] || this.canvas.height !== size[1]) [this.canvas.width, this.canvas.height] = size;
    this.canvas.style.height = `${this.height}px`;
    const g = this.canvas.getContext("2d");
    this.g = g;
    g.setTransform(scale, 0, 0, scale, 0, 0);
    g.clearRect(0, 0, width, this.height);
    this.ink = Object.fromEntries(["page", "panel", "line", "ink", "muted", "accent", "dot", "reference", "second", "third", "bad", "band"].map((n) => [n, colour(n)]));
    this.paint(this);
  }

  get inner() {
    const m = this.margin;
    return { left: m.left, top: m.top, width: this.width - m.left - m.right, height: this.height - m.top - m.bottom };
  }

  px(v) { const i = this.inner; return i.left + ((v - this.x.low) / (this.x.high - this.x.low)) * i.width; }
  py(v) { const i = this.inner; return i.top + i.height - ((v - this.y.low) / (this.y.high - this.y.low)) * i.height; }

  // axes draws grid, numbers and labels.
  axes() {
    const { g, ink } = this, i = this.inner;
    g.font = font;
    g.lineWidth = 1;
    g.strokeStyle = ink.line;
    g.fillStyle = ink.muted;
    g.textAlign = "center";
    g.textBaseline = "top";
    for (const v of ticks(this.x.low, this.x.high, Math.max(2, i.width / 90))) {
      const x = Math.round(this.px(v)) + 0.5;
      g.beginPath(); g.moveTo(x, i.top); g.lineTo(x, i.top + i.height); g.stroke();
      g.fillText(short.format(v), x, i.top + i.height + 5);
    }
    g.fillText(this.x.label, i.left + i.width / 2, i.top + i.height + 22);
    g.textAlign = "right";
    g.textBaseline = "middle";
    for (const v of ticks(this.y.low, this.y.high, Math.max(2, i.height / 55))) {
      const y = Math.round(this.py(v)) + 0.5;
      g.beginPath(); g.moveTo(i.left, y); g.lineTo(i.left + i.width, y); g.stroke();
      g.fillText(short.format(v), i.left - 6, y);
    }
    g.save();
    g.translate(13, i.top + i.height / 2);
    g.rotate(-Math.PI / 2);
    g.textAlign = "center";
    g.fillText(this.y.label, 0, 0);
    g.restore();
  }

  // clip draws within the axes.
  clip(draw) {
    const { g } = this, i = this.inner;
    g.save();
    g.beginPath();
    g.rect(i.left, i.top, i.width, i.height);
    g.clip();
    draw(g);
    g.restore();
  }

  // line draws a polyline through points in the axes' units; stepped holds each value until the next.
  line(xs, ys, ink, { stepped = false, dash = [], width = 2 } = {}) {
    const { g } = this;
    g.beginPath();
    xs.forEach((x, i) => {
      if (i && stepped) g.lineTo(this.px(x), this.py(ys[i - 1]));
      if (i) g.lineTo(this.px(x), this.py(ys[i]));
      else g.moveTo(this.px(x), this.py(ys[i]));
    });
    g.strokeStyle = ink;
    g.lineWidth = width;
    g.setLineDash(dash);
    g.stroke();
    g.setLineDash([]);
  }
}

// extent is the range of numbers with a margin on both sides.
export function extent(values, margin = 0.05) {
  let low = Infinity, high = -Infinity;
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  if (!(low < high)) return low === high ? [low - Math.max(Math.abs(low) * 0.02, 0.5), high + Math.max(Math.abs(low) * 0.02, 0.5)] : [0, 1];
  const m = (high - low) * margin;
  return [low - m, high + m];
}
