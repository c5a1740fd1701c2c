"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const ROW = 19, SMALLEST = 1 / 3, ROOT = 0;
  const $ = (id) => document.getElementById(id);
  const canvas = $("graph"), view = $("view"), space = $("space"), tip = $("tip"), detail = $("detail");
  const { functions, nodes, categories } = data;
  const OVERHEAD = new Set(["runtime_overhead", "parsing", "security_analysis", "transpilation", "sandbox_startup"]);

  let measure = "time";
  let graph = null;    // what is shown: see build()
  let zoom = ROOT, selected = -1;
  let pattern = "", found = null;
  let colours = {};

  // ---- numbers ----
  const number = (n) => Math.round(n).toLocaleString("en-US");
  function amount(n) {
    if (measure === "time") {
      if (n >= 1e8) return (n / 1e9).toFixed(3) + "s";
      return n >= 1e6 ? (n / 1e6).toFixed(1) + "ms" : (n / 1e3).toFixed(1) + "us";
    }
    for (const [unit, size] of [["GB", 2 ** 30], ["MB", 2 ** 20], ["KB", 1024]])
      if (n >= size) return (n / size).toFixed(1) + " " + unit;
    return n + " B";
  }
  const percent = (n, of) => (of ? (100 * n / of).toFixed(1) : "0.0") + "%";

  // ---- the graph: columns by node, node 0 is everything ----
  function build() {
    const hideMlpy = $("hide-mlpy").checked, hideLibraries = $("hide-libraries").checked;
    const hidden = functions.map((f) => {
      const category = categories[f.category];
      return (hideMlpy && OVERHEAD.has(category)) || (hideLibraries && category === "python_stdlib");
    });
    const values = measure === "time" ? nodes.self : nodes.allocated;
    const g = { parent: [-1], fn: [-1], own: [0], total: [0], depth: [0], x: [0], rows: [] };
    const known = new Map(), place = new Int32Array(nodes.fn.length);
    for (let i = 0; i < nodes.fn.length; i++) {
      const parent = nodes.parent[i] < 0 ? ROOT : place[nodes.parent[i]], fn = nodes.fn[i];
      if (hidden[fn]) {
        place[i] = parent;
        continue;
      }
      const key = parent * functions.length + fn;
      let at = known.get(key);
      if (at === undefined) {
        at = g.parent.length;
        known.set(key, at);
        g.parent.push(parent); g.fn.push(fn); g.own.push(0); g.total.push(0); g.x.push(0);
        g.depth.push(g.depth[parent] + 1);
      }
      g.own[at] += values[i];
      place[i] = at;
    }
    const children = g.parent.map(() => []);
    for (let i = g.parent.length - 1; i > 0; i--) {
      g.total[i] += g.own[i];
      g.total[g.parent[i]] += g.total[i];
      children[g.parent[i]].push(i);
    }
    for (let i = 0; i < g.parent.length; i++) {
      if (g.total[i] === 0 && i !== ROOT) continue;
      (g.rows[g.depth[i]] ||= []).push(i);
      let x = g.x[i];
      children[i].sort((a, b) => (functions[g.fn[a]].name < functions[g.fn[b]].name ? -1 : 1) || a - b);
      for (const child of children[i]) {
        g.x[child] = x;
        x += g.total[child];
      }
    }
    for (const row of g.rows) row.sort((a, b) => g.x[a] - g.x[b]);
    g.children = children;
    graph = g;
    zoom = ROOT;
    selected = -1;
    search();
  }

  // ---- drawing ----
  function readColours() {
    const style = getComputedStyle(document.documentElement), get = (name) => style.getPropertyValue(name).trim();
    colours = { back: get("--back"), text: get("--frame-text"), plain: get("--text"), found: get("--found"), panel: get("--panel"),
                stdlib: get("--stdlib"), overhead: get("--overhead"), phase: get("--phase"), hue: +get("--ml-hue"),
                light: get("--ml-light"), heat: get("--heat"), accent: get("--accent"), quiet: get("--quiet") };
  }
  function colourOf(fn) {
    if (fn < 0) return colours.panel;
    const category = categories[functions[fn].category];
    if (category === "python_stdlib") return colours.stdlib;
    if (category === "runtime_overhead") return colours.overhead;
    if (category !== "ml_code") return colours.phase;
    let hash = 7;
    for (const c of functions[fn].name) hash = (hash * 31 + c.codePointAt(0)) >>> 0;
    return `hsl(${colours.hue - 14 + hash % 34} ${74 + (hash >>> 8) % 18}% ${colours.light})`;
  }
  const label = (i) => (graph.fn[i] < 0 ? "all" : functions[graph.fn[i]].shown);
  function describe(i) {
    return `${label(i)} - ${amount(graph.total[i])}, ${percent(graph.total[i], graph.total[ROOT])} of total` +
      (i === ROOT ? "" : `; own ${amount(graph.own[i])}`);
  }
  function draw() {
    const ratio = window.devicePixelRatio || 1, width = view.clientWidth, height = Math.max(view.clientHeight, ROW);
    let deepest = graph.depth[zoom];
    const left = graph.x[zoom], span = graph.total[zoom] || 1, scale = width / span;
    for (let d = graph.rows.length - 1; d > deepest; d--) {
      if (!graph.rows[d]) continue;
      const first = firstRightOf(graph.rows[d], left);
      if (first < graph.rows[d].length && graph.x[graph.rows[d][first]] < left + span) { deepest = d; break; }
    }
    space.style.height = Math.max((deepest + 1) * ROW + 2, height) + "px";
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.height = height + "px";
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = colours.back;
    pen.fillRect(0, 0, width, height);
    pen.font = "12px system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif";
    pen.textBaseline = "middle";
    const letter = pen.measureText("n").width, top = view.scrollTop;
    for (let d = Math.floor(top / ROW); d < graph.rows.length && d * ROW < top + height; d++) {
      const row = graph.rows[d] || [], y = d * ROW - top;
      for (let k = firstRightOf(row, left); k < row.length && graph.x[row[k]] < left + span; k++) {
        const i = row[k];
        const x0 = Math.max(0, (graph.x[i] - left) * scale);
        const x1 = Math.min(width, (graph.x[i] + graph.total[i] - left) * scale), w = x1 - x0;
        if (w < SMALLEST) continue;
        const hit = found && found[i];
        pen.globalAlpha = (d < graph.depth[zoom] ? 0.45 : 1) * (found && !hit && i !== ROOT ? 0.35 : 1);
        pen.fillStyle = hit ? colours.found : colourOf(graph.fn[i]);
        pen.fillRect(x0, y, w > 2 ? w - 0.6 : w, ROW - 1);
        pen.globalAlpha = 1;
        if (i === selected) {
          pen.strokeStyle = colours.plain;
          pen.lineWidth = 2;
          pen.strokeRect(x0 + 1, y + 1, Math.max(w - 2.6, 1), ROW - 3);
        }
        const room = Math.floor((w - 8) / letter);
        if (room >= 3) {
          pen.fillStyle = i === ROOT ? colours.plain : colours.text;
          let text = label(i);
          while (text.length > 1 && pen.measureText(text).width > w - 8)
            text = text.slice(0, Math.max(1, Math.min(text.length - 2, room))) + "\u2026";
          pen.fillText(text, x0 + 4, y + ROW / 2);
        }
      }
    }
  }
  // Index in a row of the first node that reaches beyond `x`.
  function firstRightOf(row, x) {
    let low = 0, high = row.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (graph.x[row[middle]] + graph.total[row[middle]] <= x) low = middle + 1; else high = middle;
    }
    return low;
  }
  let waiting = false;
  function redraw() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  }

  // ---- zoom, selection ----
  function nodeAt(event) {
    const box = canvas.getBoundingClientRect(), d = Math.floor((event.clientY - box.top + view.scrollTop) / ROW);
    const row = graph.rows[d];
    if (!row) return -1;
    const x = graph.x[zoom] + (event.clientX - box.left) / box.width * graph.total[zoom];
    const i = row[firstRightOf(row, x)];
    return i !== undefined && graph.x[i] <= x ? i : -1;
  }
  function zoomTo(i) {
    zoom = i;
    trail();
    const top = graph.depth[i] * ROW;
    if (top < view.scrollTop || top > view.scrollTop + view.clientHeight - 3 * ROW) view.scrollTop = Math.max(0, top - 2 * ROW);
    redraw();
  }
  function trail() {
    const nav = $("trail");
    nav.textContent = "";
    const path = [];
    for (let i = zoom; i >= 0; i = graph.parent[i]) path.unshift(i);
    path.forEach((i, k) => {
      if (k) nav.append(Object.assign(document.createElement("span"), { textContent: "\u203a" }));
      const last = k === path.length - 1;
      const item = document.createElement(last ? "span" : "button");
      item.textContent = i === ROOT ? "all" : functions[graph.fn[i]].name;
      if (!last) item.onclick = () => { select(i); zoomTo(i); };
      nav.append(item);
    });
    if (zoom !== ROOT) nav.append(`  ${amount(graph.total[zoom])}, ${percent(graph.total[zoom], graph.total[ROOT])} of total`);
  }
  function select(i) {
    selected = i;
    $("spoken").textContent = i < 0 ? "" : describe(i);
    show(i < 0 ? -1 : graph.fn[i]);
    redraw();
  }
  function show(fn) {
    detail.textContent = "";
    detail.hidden = fn < 0;
    if (fn < 0) return;
    const f = functions[fn], element = (tag, text, name) => {
      const e = document.createElement(tag);
      if (text !== undefined) e.textContent = text;
      if (name) e.className = name;
      return e;
    };
    const close = element("button", "\u00d7", "close");
    close.setAttribute("aria-label", "Close");
    close.onclick = () => { select(-1); canvas.focus(); };
    const time = (ns) => { const m = measure; measure = "time"; const s = amount(ns); measure = m; return s; };
    const bytes = (n) => { const m = measure; measure = "memory"; const s = amount(n); measure = m; return s; };
    let facts = `self ${time(f.self)} (${percent(f.self, data.total)} of total), with everything below it ${time(f.cumulative)}`;
    if (f.calls) facts += `, ${f.exact ? "" : "~"}${number(f.calls)} ${f.calls === 1 ? "call" : "calls"}`;
    if (data.memory) facts += `, ${bytes(f.atPeak)} at the peak`;
    detail.append(close, element("h2", f.shown), element("p", facts));
    if (!f.lines || !f.lines.length) return;
    const table = element("table"), head = table.createTHead().insertRow();
    const hits = f.lines.some((l) => l[3] >= 0);
    for (const name of ["Line", ...(hits ? ["Hits"] : []), "Time", "Total", "% Func", "Source"]) head.append(element("th", name));
    const body = table.createTBody();
    for (const [line, self, total, count, source] of f.lines) {
      const row = body.insertRow(), heat = f.self ? self / f.self : 0;
      row.append(element("td", line, "number"));
      if (hits) row.append(element("td", count >= 0 ? number(count) : ""));
      row.append(element("td", self ? time(self) : ""), element("td", total ? time(total) : ""),
                 element("td", self ? percent(self, f.self) : ""), element("td", source));
      if (heat > 0) row.style.background = `rgba(${colours.heat}, ${0.06 + 0.4 * heat})`;
    }
    detail.append(table);
    detail.scrollTop = 0;
  }

  // ---- search ----
  function search() {
    pattern = $("search").value.trim().toLowerCase();
    found = null;
    $("matched").textContent = "";
    if (pattern) {
      const matches = functions.map((f) => f.shown.toLowerCase().includes(pattern));
      found = graph.fn.map((fn) => fn >= 0 && matches[fn]);
      let sum = 0;
      const below = new Uint8Array(graph.fn.length);  // a match stands above: its time is counted already
      for (let i = 1; i < graph.fn.length; i++) {
        below[i] = below[graph.parent[i]];
        if (found[i] && !below[i]) { sum += graph.total[i]; below[i] = 1; }
      }
      $("matched").textContent = `${percent(sum, graph.total[ROOT])} matched`;
    }
    trail();
    redraw();
  }

  // ---- events ----
  canvas.addEventListener("click", (event) => {
    const i = nodeAt(event);
    if (i < 0) return;
    select(i);
    zoomTo(i);
  });
  canvas.addEventListener("mousemove", (event) => {
    const i = nodeAt(event);
    tip.hidden = i < 0;
    if (i < 0) return;
    tip.textContent = describe(i);
    const x = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    const y = event.clientY + 18 + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 10 : event.clientY + 18;
    tip.style.left = Math.max(4, x) + "px";
    tip.style.top = y + "px";
  });
  canvas.addEventListener("mouseleave", () => { tip.hidden = true; });
  canvas.addEventListener("keydown", (event) => {
    const i = selected < 0 ? zoom : selected, row = graph.rows[graph.depth[i]] || [], k = row.indexOf(i);
    const largest = () => graph.children[i].reduce((a, b) => (a < 0 || graph.total[b] > graph.total[a] ? b : a), -1);
    const target = { ArrowUp: graph.parent[i], ArrowDown: largest(), ArrowLeft: row[k - 1], ArrowRight: row[k + 1] }[event.key];
    if (event.key === "Enter") zoomTo(i);
    else if (target !== undefined && target >= 0) {
      select(target);
      const y = graph.depth[target] * ROW;
      if (y < view.scrollTop) view.scrollTop = y;
      if (y + ROW > view.scrollTop + view.clientHeight) view.scrollTop = y + ROW - view.clientHeight;
    } else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      $("search").value = "";
      search();
      select(-1);
      zoomTo(ROOT);
    } else if (event.key === "/" && document.activeElement !== $("search")) {
      event.preventDefault();
      $("search").focus();
    }
  });
  $("search").addEventListener("input", search);
  $("reset").addEventListener("click", () => { $("search").value = ""; search(); select(-1); zoomTo(ROOT); });
  for (const id of ["hide-mlpy", "hide-libraries"]) $(id).addEventListener("change", () => { build(); show(-1); });
  for (const radio of document.querySelectorAll("input[name=measure]"))
    radio.addEventListener("change", () => { measure = radio.value; build(); show(-1); });
  view.addEventListener("scroll", redraw);
  new ResizeObserver(redraw).observe(view);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readColours(); legend(); redraw(); });

  function legend() {
    const box = $("legend");
    box.textContent = "";
    for (const [text, colour] of [["ML code", colourOf(functions.findIndex((f) => categories[f.category] === "ml_code"))],
                                  ["Python libraries", colours.stdlib], ["mlpy at run time", colours.overhead],
                                  ["compile and start-up", colours.phase]]) {
      const item = document.createElement("span"), mark = document.createElement("i");
      mark.style.background = colour;
      item.append(mark, text);
      box.append(item);
    }
    box.append(Object.assign(document.createElement("b"), { textContent: "Click zooms, Esc resets, arrows move" }));
  }

  $("program").textContent = data.program;
  $("facts").textContent = data.facts;
  if (!data.memory) $("measures").hidden = true;
  if (!data.memory) $("measures").style.display = "none";
  readColours();
  build();
  legend();
  // Begin with the lines of the function that costs most.
  show(functions.reduce((a, f, i) => (f.lines && (a < 0 || f.self > functions[a].self) ? i : a), -1));
})();
