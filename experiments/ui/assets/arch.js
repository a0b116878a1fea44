// One network: a picture of its stages, where its time goes, and what was measured of it.
import { h, table, command } from "./dom.js";
import { ms, share, parameters, macs, estimate, percent, time } from "./format.js";

// energy is what an image takes by the GPU's own readings, where it tells them.
const energy = (engine) => (engine && engine.energy_j ? `, ${(1e3 * engine.energy_j).toPrecision(3)} mJ for an image` : "");

export function network(n) {
  return h("section", { "aria-label": "Chosen network" },
    h("h2", {}, "Network ", h("code", {}, n.id)),
    h("p", { class: "code" }, n.rows),
    n.failure ? h("p", { class: "bad" }, `Failed: ${n.failure.class}: ${n.failure.message}`) : figures(n),
    n.places.length ? picture(n) : null,
    n.kernels.length ? kernels(n) : null,
    n.layers?.length ? layers(n) : null,
    n.sessions?.length ? sessions(n) : null,
    n.commands.map(command));
}

function figures(n) {
  return h("p", {}, h("b", {}, "Latency "), estimate(n.latency_ms, ms, "ms"), h("br"),
    h("b", {}, "Top-1 "), estimate(n.top1, percent, "%"), h("br"),
    `${parameters(n.params)} parameters, ${macs(n.macs)} MACs${energy(n.engine)}`, n.rebuilt ? h("span", {}, h("br"), `Builds differ by ${share(n.rebuilt.spread)}.`) : null);
}

function picture(n) {
  return h("div", {}, h("h3", {}, "Stages, and where the time goes by the latency model"),
    h("ol", { class: "arch" }, n.places.map((p) => h("li", {},
      h("div", {}, h("b", {}, p.label), h("small", {}, p.height ? `${p.height}×${p.width}, ${p.channels} channels` : `${p.channels} outputs`)),
      h("div", {}, blocks(p)),
      h("div", {}, bar(p.share), h("small", {}, `${ms(p.ms)} ms, ${share(p.share)}`), h("small", {}, `${parameters(p.params)} parameters, ${macs(p.macs)} MACs`))))),
    h("p", { class: "note" }, `${kindsOf(n)} The time is predicted by the latency model (${n.model}) for one batch, whatever was measured of the whole.`));
}

function kindsOf(n) {
  const kinds = new Map(n.places.flatMap((p) => p.blocks.map((b) => [b.letter, b.kind])));
  return `${[...kinds].map(([letter, kind]) => `${letter}: ${kind}`).join(", ")}. In a MixBlock r is the Transformer's share of the channels, k the kernel; s is the spatial reduction of attention.`;
}

function blocks(p) {
  if (!p.blocks.length) return "";
  const boxes = p.blocks.flatMap((b) => Array.from({ length: b.count }, () => {
    const box = h("span", { class: b.letter === "B" ? "block" : "block mixed", "aria-hidden": "true" }, b.letter);
    box.style.setProperty("--kind", `var(--${b.letter})`);
    return box;
  }));
  return [h("div", { class: "blocks" }, boxes), h("small", {}, p.blocks.map((b) => `${b.count} ${b.kind}${b.detail ? ` ${b.detail}` : ""}`).join(", "))];
}

// bar is a share of 1.
function bar(of) {
  const fill = h("span");
  fill.style.width = `${(100 * of).toFixed(1)}%`;
  return h("div", { class: "bar", "aria-hidden": "true" }, fill);
}

function kernels(n) {
  return h("details", {}, h("summary", {}, "Time by kind of kernel"), table("Time by kind of kernel", [
    { name: "kernel", of: (k) => k.label }, { name: "ms", n: true, of: (k) => k.ms.toFixed(3) }, { name: "share", n: true, of: (k) => share(k.share) },
  ], n.kernels));
}

function layers(n) {
  return h("details", { open: true }, h("summary", {}, "Layer profile of the engine"), table("Layer profile", [
    { name: "place", of: (l) => l.place || "(unknown)" }, { name: "ms", n: true, of: (l) => l.ms.toFixed(3) }, { name: "share", n: true, of: (l) => share(l.share) },
  ], n.layers));
}

function sessions(n) {
  return h("div", {}, h("h3", {}, "Sessions on the device"), table("Sessions on the device", [
    { name: "when", of: (s) => time(s.time) },
    { name: "median, ms", n: true, of: (s) => (s.samples ? s.median_ms.toFixed(3) : "") },
    { name: "95 %", n: true, of: (s) => (s.samples ? `[${s.low_ms.toFixed(3)}, ${s.high_ms.toFixed(3)}]` : "") },
    { name: "samples", n: true, of: (s) => s.samples || "" },
    { name: "build, s", n: true, of: (s) => (s.samples ? s.build_s.toFixed(1) : "") },
    { name: "engine, MB", n: true, of: (s) => (s.samples ? s.engine_mb.toFixed(1) : "") },
    { name: "outputs", of: (s) => s.checked },
    { name: "remarks", class: "long", of: (s) => [...(s.warnings ?? []), ...(s.failure ? [`${s.failure.class}: ${s.failure.message}`] : [])].join("; ") },
  ], n.sessions));
}
