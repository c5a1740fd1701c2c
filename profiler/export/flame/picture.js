(() => {
  // The picture is complete without this: here a click makes a frame as wide as the picture, and the box searches.
  const svg = document.currentScript.closest("svg"), LETTER = 6.6;
  const frames = [...svg.querySelectorAll("g.f")].map((g) => {
    const [rect, text] = [g.querySelector("rect"), g.querySelector("text")];
    const [x, width] = [+rect.getAttribute("x"), +g.dataset.w];
    return { g, rect, text, x, width, depth: +rect.getAttribute("y"), title: g.querySelector("title").textContent,
             name: g.dataset.n, colour: rect.getAttribute("fill") };
  });
  const [left, right] = [+svg.dataset.left, +svg.dataset.right];
  const find = svg.querySelector("#find"), reset = svg.querySelector("#reset"), found = svg.querySelector("#found");

  function zoom(to) {
    const [begin, width] = to ? [to.x, to.width] : [left, right - left];
    const scale = (right - left) / width;
    for (const f of frames) {
      const above = to && f.depth < to.depth && f.x <= begin + 1e-3 && f.x + f.width >= begin + width - 1e-3;
      const x = above ? left : left + (f.x - begin) * scale, w = above ? right - left : f.width * scale;
      const seen = x + w > left + 1e-3 && x < right - 1e-3 && (!to || above || f.depth >= to.depth) && w >= 0.3;
      f.g.style.display = seen ? "" : "none";
      f.g.style.opacity = above ? 0.5 : 1;
      if (!seen) continue;
      f.rect.setAttribute("x", x);
      f.rect.setAttribute("width", Math.max(w - 0.5, 0.3));
      if (!f.text) f.text = f.g.appendChild(document.createElementNS(svg.namespaceURI, "text"));
      const room = Math.floor((w - 6) / LETTER);
      f.text.setAttribute("x", x + 3);
      f.text.setAttribute("y", f.depth + 12.5);
      f.text.textContent = room < 3 ? "" : f.name.length > room ? f.name.slice(0, room - 2) + ".." : f.name;
    }
    reset.style.display = to ? "" : "none";
  }
  function search(word) {
    let width = 0, end = -1;
    const hits = frames.filter((f) => word && f.name.toLowerCase().includes(word.toLowerCase()));
    for (const f of frames) f.rect.setAttribute("fill", f.colour);
    for (const f of hits) f.rect.setAttribute("fill", "#e0409a");
    for (const f of hits.sort((a, b) => a.x - b.x || b.width - a.width)) {
      width += Math.max(0, f.x + f.width - Math.max(f.x, end));
      end = Math.max(end, f.x + f.width);
    }
    found.textContent = word ? `${hits.length} frame${hits.length === 1 ? "" : "s"}, ${(100 * width / (right - left)).toFixed(1)}% of total` : "";
  }
  for (const f of frames) f.g.addEventListener("click", () => zoom(f));
  reset.addEventListener("click", () => zoom(null));
  find.addEventListener("input", () => search(find.value));
  svg.querySelector("#tools").style.display = "";
})();
