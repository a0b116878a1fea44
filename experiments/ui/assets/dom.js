// What is drawn of the database goes through here as text, never as HTML.

// h makes an element: h("td", {class: "n"}, "text", child). Attributes that begin with "on" are listeners; null children are left out.
export function h(name, attributes = {}, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) e.addEventListener(key.slice(2), value);
    else if (value === true) e.setAttribute(key, "");
    else if (value !== false && value != null) e.setAttribute(key, value);
  }
  e.append(...children.flat().filter((c) => c != null));
  return e;
}

// table makes a table that scrolls by itself where it is wide. A column is {name, n: right-aligned, of: row => cell, class}.
export function table(label, columns, rows, mark = () => "") {
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    h("table", {},
      h("thead", {}, h("tr", {}, columns.map((c) => h("th", { scope: "col", class: c.n && "n" }, c.name)))),
      h("tbody", {}, rows.map((row) => h("tr", { class: mark(row) || null }, columns.map((c) => h("td", { class: c.n ? "n" : c.class }, c.of(row))))))));
}

// command shows a command line with a button that copies it. Away from this machine a page without TLS has no clipboard; then
// the line is selected.
export function command({ does, line }) {
  const code = h("code", {}, line);
  const copy = h("button", { type: "button", "aria-label": `Copy: ${does}`, onclick: async () => {
    if (!navigator.clipboard) { getSelection().selectAllChildren(code); return; }
    await navigator.clipboard.writeText(line);
    copy.textContent = "copied";
    setTimeout(() => { copy.textContent = "copy"; }, 1500);
  } }, "copy");
  return h("div", {}, h("div", { class: "note" }, does), h("div", { class: "command" }, code, copy));
}

// select makes a labelled choice.
export function select(label, options, value, change) {
  const s = h("select", { onchange: () => change(s.value) }, options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)));
  return h("label", {}, `${label} `, s);
}

// check makes a labelled check box.
export function check(label, checked, change) {
  const c = h("input", { type: "checkbox", checked, onchange: () => change(c.checked) });
  return h("label", {}, c, ` ${label}`);
}

// colour reads one of the style sheet's colours for a canvas.
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
