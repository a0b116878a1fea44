// The plot of accuracy against latency: candidates, front with intervals, published networks, budget.
import { h, select, check } from "./dom.js";
import { Plot, markers, mark, sample, extent } from "./plot.js";
import { ms, percent, parameters, macs, interval } from "./format.js";

// What may stand on an axis, as columns of candidates, of the front and figures of references.
const axes = {
  latency: { label: "latency of one batch, ms", of: (c) => c.latency_ms, reference: (r) => r.latency_ms?.value },
  top1: { label: "ImageNet top-1, %", of: (c) => c.top1, reference: (r) => r.top1?.value },
  bound: { label: "lower bound of top-1, %", of: (c) => c.top1_bound, reference: (r) => r.objective?.accuracy },
  params: { label: "parameters, millions", of: (c) => c.params_m, reference: (r) => r.params / 1e6 },
  macs: { label: "MACs of one image, 10⁹", of: (c) => c.macs_g, reference: (r) => r.macs / 1e9 },
};

// Points of accuracy below the best that are in sight near the budget: who has that much time wants no less.
const pointsInSight = 12;

// farOff is how many times as long as the slowest network of the front a budget may be to be in sight itself.
const farOff = 1.5;

// Intervals of so many networks of a front can be told apart.
const mostIntervals = 12;

export class Pareto {
  constructor(run, choose) {
    this.run = run;
    this.choose = choose;
    this.show = { x: "latency", y: "top1", near: true, intervals: true, references: true, candidates: true };
    this.plot = new Plot("Accuracy against latency of the run's networks; the table below has the front's figures", 420, () => this.paint());
    this.tip = h("div", { class: "tip", hidden: true });
    const canvas = this.plot.canvas;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", "Pareto plot: the left and right arrow keys go along the front, Enter shows the network. The table below has the same figures.");
    canvas.addEventListener("pointermove", (e) => this.hover(this.nearest(e)));
    canvas.addEventListener("pointerleave", () => this.hover(null));
    canvas.addEventListener("click", (e) => { const at = this.nearest(e); if (at?.id) this.choose(at.id); });
    canvas.addEventListener("keydown", (e) => this.key(e));
    this.legend = h("ul", { class: "legend" });
    this.note = h("p", { class: "note" });
    this.plot.figure.append(this.tip);
    this.element = h("section", {}, h("h2", {}, "Accuracy against latency"), this.controls(), this.plot.figure, this.legend, this.note);
  }

  controls() {
    const set = (key) => (value) => { this.show[key] = value; this.plot.draw(); };
    return h("div", { class: "controls" },
      select("Across", [["latency", "latency"], ["params", "parameters"], ["macs", "MACs"]], this.show.x, set("x")),
      select("Up", [["top1", "top-1"], ["bound", "lower bound of top-1"]], this.show.y, set("y")),
      select("Range", [["near", "near the budget"], ["all", "everything"]], "near", (v) => set("near")(v === "near")),
      check("intervals", true, set("intervals")), check("published networks", true, set("references")), check("other candidates", true, set("candidates")));
  }

  update() {
    this.at = new Map(this.run.view.front.candidate.map((c, i) => [c, i]));
    this.drawLegend();
    this.plot.draw();
  }

  // column is an axis' values of the front, whose latency counts all its sessions.
  column(axis) {
    const f = this.run.view.front;
    if (axis === "latency") return f.latency_ms;
    if (axis === "top1") return f.top1;
    if (axis === "bound") return f.top1_bound;
    return f.candidate.map((c) => axes[axis].of(this.run.candidates)[c] ?? NaN);
  }

  // range chooses what is in sight: all, or what lies about the front and the budget.
  range() {
    const { plot, show } = this, view = this.run.view, c = this.run.candidates;
    const fx = this.column(show.x), fy = this.column(show.y);
    const reach = fx.length ? Math.min(view.budget_ms, farOff * Math.max(...fx)) : view.budget_ms;
    const all = (axis) => axes[axis].of(c).filter((_, i) => c.failure[i] < 0);
    if (!show.near || !fy.length) {
      [plot.x.low, plot.x.high] = extent([...all(show.x), ...fx, ...(show.x === "latency" ? [reach] : [])], 0.03);
      [plot.y.low, plot.y.high] = extent([...all(show.y), ...fy], 0.03);
    } else {
      const most = show.x === "latency" ? reach : Math.max(...fx);
      [plot.x.low, plot.x.high] = [0, most * 1.2];
      const best = Math.max(...fy);
      [plot.y.low, plot.y.high] = [Math.max(best - pointsInSight, Math.min(...fy) - 1), best + 2];
    }
    plot.x.low = Math.max(0, plot.x.low);
    plot.y.high = Math.min(plot.y.high, 100);
    [plot.x.label, plot.y.label] = [axes[show.x].label, axes[show.y].label];
  }

  paint() {
    const { plot, show } = this;
    if (!this.run.candidates || !this.at) return;
    this.range();
    plot.axes();
    plot.clip((g) => {
      if (show.candidates) this.cloud(g);
      if (show.x === "latency") this.budget(g);
      this.front(g);
      if (show.references) this.published(g);
    });
  }

  // cloud draws the candidates that are not on the front; those that a filter leaves out are fainter.
  cloud(g) {
    const { plot, show } = this, c = this.run.candidates, kept = this.run.kept;
    const xs = axes[show.x].of(c), ys = axes[show.y].of(c);
    const size = xs.length < 500 ? 4 : 2.4;
    let outside = 0;
    for (const pass of kept ? [false, true] : [true]) {
      g.globalAlpha = kept ? (pass ? 0.9 : 0.12) : 0.4;
      g.fillStyle = kept && pass ? plot.ink.second : plot.ink.dot;
      for (let i = 0; i < xs.length; i++) {
        if (c.failure[i] >= 0 || (kept && kept[i] !== pass)) continue;
        const x = plot.px(xs[i]), y = plot.py(ys[i]);
        if (x < 0 || x > plot.width || y < 0 || y > plot.height) outside++;
        else g.fillRect(x - size / 2, y - size / 2, size, size);
      }
    }
    g.globalAlpha = 1;
    this.note.textContent = outside ? `${outside.toLocaleString("en")} candidates lie outside this range.` : "";
  }

  budget(g) {
    const { plot } = this, i = plot.inner, at = plot.px(this.run.view.budget_ms), x = Math.min(at, i.left + i.width);
    g.strokeStyle = plot.ink.bad;
    g.setLineDash([6, 4]);
    g.lineWidth = 1.5;
    if (at === x) { g.beginPath(); g.moveTo(x, i.top); g.lineTo(x, i.top + i.height); g.stroke(); }
    g.setLineDash([]);
    g.fillStyle = plot.ink.bad;
    g.font = "12px system-ui, sans-serif";
    g.textAlign = "right";
    g.textBaseline = "top";
    g.fillText(`budget ${this.run.view.budget_ms} ms${at === x ? "" : " →"}`, x - 5, i.top + 2);
  }

  published(g) {
    const { plot, show } = this;
    const inSight = this.run.view.references.map((r) => ({ name: r.name, x: plot.px(axes[show.x].reference(r)), y: plot.py(axes[show.y].reference(r)) }))
      .filter(({ x, y }) => x >= 0 && x <= plot.width && y >= 0 && y <= plot.height);
    const taken = inSight.map(({ x, y }) => [x - 5, y - 5, x + 5, y + 5]);
    g.font = "11px system-ui, sans-serif";
    g.textBaseline = "middle";
    g.textAlign = "left";
    const { left, top, width, height } = plot.inner;
    for (const { name, x, y } of inSight) {
      mark(g, markers.published, x, y, 4, plot.ink.reference, plot.ink.page);
      // A name stands where it covers neither another one nor a marker: right, left, above or below.
      const w = g.measureText(name).width;
      const box = [[x + 8, y], [x - 8 - w, y], [x - w / 2, y - 13], [x - w / 2, y + 13]].map(([bx, by]) => [bx, by - 6, bx + w, by + 6])
        .find((b) => b[0] > left && b[2] < left + width && b[1] > top && b[3] < top + height && !taken.some((t) => b[0] < t[2] && b[2] > t[0] && b[1] < t[3] && b[3] > t[1]));
      if (!box) continue;
      taken.push(box);
      g.strokeStyle = plot.ink.panel;
      g.lineWidth = 3;
      g.strokeText(name, box[0], box[1] + 6);
      g.fillStyle = plot.ink.reference;
      g.fillText(name, box[0], box[1] + 6);
    }
  }

  front(g) {
    const { plot, show } = this, f = this.run.view.front;
    const xs = this.column(show.x), ys = this.column(show.y);
    if (show.intervals && show.y === "top1" && show.x === "latency") {
      g.strokeStyle = plot.ink.accent;
      g.globalAlpha = 0.7;
      g.lineWidth = 1;
      g.beginPath();
      for (const i of this.spread(xs, ys)) {
        const x = plot.px(xs[i]), y = plot.py(ys[i]);
        g.moveTo(x, plot.py(f.top1_low[i])); g.lineTo(x, plot.py(f.top1_high[i]));
        g.moveTo(plot.px(f.latency_low_ms[i]), y); g.lineTo(plot.px(f.latency_high_ms[i]), y);
      }
      g.stroke();
      g.globalAlpha = 1;
    }
    if (show.x === "latency" && show.y === "bound") plot.line([...xs].reverse(), [...ys].reverse(), plot.ink.accent, { stepped: true, width: 1.2 });
    const size = xs.length > 150 ? 2.4 : 3.6;
    for (let i = xs.length - 1; i >= 0; i--) mark(g, markers[f.latency_source[i]] || markers.predicted, plot.px(xs[i]), plot.py(ys[i]), size, plot.ink.accent, plot.ink.page);
    this.ring(g, this.run.chosen, plot.ink.ink);
    if (this.hovered) this.ring(g, this.hovered.id, plot.ink.accent);
  }

  // spread are networks of the front whose intervals are drawn: evenly over what is in sight, and the chosen one.
  spread(xs, ys) {
    const { plot } = this, f = this.run.view.front;
    const seen = f.id.map((_, i) => i).filter((i) => xs[i] >= plot.x.low && xs[i] <= plot.x.high && ys[i] >= plot.y.low && ys[i] <= plot.y.high);
    const gap = plot.inner.width / mostIntervals;
    let last = Infinity;
    return seen.filter((i) => {
      const x = plot.px(xs[i]), take = Math.abs(x - last) >= gap || seen.length <= mostIntervals;
      if (take) last = x;
      return take || f.id[i] === this.run.chosen;
    });
  }

  ring(g, id, ink) {
    const at = this.place(id);
    if (!at) return;
    g.strokeStyle = ink;
    g.lineWidth = 2;
    g.beginPath();
    g.arc(at.x, at.y, 8, 0, 2 * Math.PI);
    g.stroke();
  }

  place(id) {
    const { plot, show } = this, c = this.run.candidates, f = this.run.view.front;
    const i = f.id.indexOf(id);
    if (i >= 0) return { x: plot.px(this.column(show.x)[i]), y: plot.py(this.column(show.y)[i]) };
    const j = c.id.indexOf(id);
    return j < 0 ? null : { x: plot.px(axes[show.x].of(c)[j]), y: plot.py(axes[show.y].of(c)[j]) };
  }

  // nearest finds what lies within a finger's breadth of the pointer; the front and published networks come first.
  nearest(event) {
    const { plot, show } = this, box = plot.canvas.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top;
    let best = null;
    const offer = (px, py, bonus, found) => {
      const d = Math.hypot(px - x, py - y) - bonus;
      if (d < (best?.d ?? 12)) best = { d, x: px, y: py, ...found() };
    };
    const v = this.run.view, c = this.run.candidates;
    if (!c || !this.at) return null;
    const fx = this.column(show.x), fy = this.column(show.y);
    v.front.id.forEach((id, i) => offer(plot.px(fx[i]), plot.py(fy[i]), 5, () => ({ id, text: this.frontText(i) })));
    if (show.references) for (const r of v.references) offer(plot.px(axes[show.x].reference(r)), plot.py(axes[show.y].reference(r)), 4, () => ({ text: referenceText(r) }));
    if (show.candidates) {
      const xs = axes[show.x].of(c), ys = axes[show.y].of(c);
      for (let i = 0; i < xs.length; i++) if (c.failure[i] < 0 && !this.at.has(i)) offer(plot.px(xs[i]), plot.py(ys[i]), 0, () => ({ id: c.id[i], text: candidateText(c, i) }));
    }
    return best;
  }

  frontText(i) {
    const f = this.run.view.front;
    return [`${f.id[i]} on the front`, f.rows[i],
      `${ms(f.latency_ms[i])} ms, ${interval(f.latency_low_ms[i], f.latency_high_ms[i], f.latency_level, ms)}, ${f.latency_source[i]}`,
      `top-1 ${percent(f.top1[i])} %, ${interval(f.top1_low[i], f.top1_high[i], f.top1_level, percent)}`];
  }

  hover(at) {
    if (!at && !this.hovered) return;
    this.hovered = at;
    this.plot.draw();
    this.tip.hidden = !at;
    this.plot.canvas.style.cursor = at?.id ? "pointer" : "";
    if (!at) return;
    this.tip.replaceChildren(...at.text.map((line) => h("div", {}, line)));
    const right = at.x > this.plot.width / 2;
    this.tip.style.left = right ? "" : `${at.x + 14}px`;
    this.tip.style.right = right ? `${this.plot.width - at.x + 14}px` : "";
    this.tip.style.top = `${Math.max(0, Math.min(at.y - 20, this.plot.height - 110))}px`;
  }

  key(event) {
    const f = this.run.view.front;
    const step = { ArrowRight: -1, ArrowLeft: 1 }[event.key];
    if (step && f.id.length) {
      const now = f.id.indexOf(this.hovered?.id ?? this.run.chosen);
      const i = Math.max(0, Math.min(f.id.length - 1, (now < 0 ? 0 : now) + step));
      this.hover({ id: f.id[i], ...this.place(f.id[i]), text: this.frontText(i) });
      event.preventDefault();
    } else if (event.key === "Enter" && this.hovered?.id) this.choose(this.hovered.id);
    else if (event.key === "Escape") this.hover(null);
  }

  drawLegend() {
    const { ink } = this.plot, f = this.run.view.front;
    if (!ink) { requestAnimationFrame(() => this.plot.ink && this.drawLegend()); return; }
    const item = (draw, text) => h("li", {}, sample(draw), text);
    const kinds = [...new Set(f.latency_source)];
    this.legend.replaceChildren(
      ...kinds.map((k) => item((g, x, y) => mark(g, markers[k] || markers.predicted, x, y, 4, ink.accent, ink.page), `on the front, latency ${k}`)),
      item((g, x, y) => mark(g, markers.published, x, y, 4, ink.reference, ink.page), "published network"),
      item((g, x, y) => { g.fillStyle = ink.dot; g.fillRect(x - 1.5, y - 1.5, 3, 3); }, "other candidate"),
      !kinds.length ? "" : item((g, x, y) => { g.strokeStyle = ink.accent; g.beginPath(); g.moveTo(x, 1); g.lineTo(x, 13); g.moveTo(x - 6, y); g.lineTo(x + 6, y); g.stroke(); },
        `intervals of some: latency ${Math.round(100 * f.latency_level)} %, top-1 ${Math.round(100 * f.top1_level)} %`));
  }
}

const referenceText = (r) => [`${r.name} (published, definition ${r.definition})`, `${ms(r.latency_ms.value)} ms, ${interval(r.latency_ms.low, r.latency_ms.high, r.latency_ms.level, ms)}, ${r.latency_ms.source}`,
  ...(r.top1 ? [`top-1 ${percent(r.top1.value)} %, ${interval(r.top1.low, r.top1.high, r.top1.level, percent)}, ${r.top1.source}`] : [])];

const candidateText = (c, i) => [c.id[i], `${ms(c.latency_ms[i])} ms, ${c.sources[c.source[i]]}`, `top-1 ${percent(c.top1[i])} %, lower bound ${percent(c.top1_bound[i])} %`,
  `${parameters(c.params_m[i] * 1e6)} parameters, ${macs(c.macs_g[i] * 1e9)} MACs`];
