// The flame chart: one box a frame, as wide as its time. Works with the mouse (click: source, double click: zoom) and the
// keyboard (arrows, Enter: source, Space: zoom, Escape: all of it again).
import type { ToPage } from '../profile/messages';
import { calls, duration as time, percent } from '../profile/wording';
import { change, element } from './parts';

interface Frame {
  fn: number; // -1: the run
  value: number;
  line: number; // where its caller called it; 0: not known
  parent: Frame | undefined;
  children: Frame[];
}

export interface Options {
  diff: boolean;
  order: 'cost' | 'source';
  search: string;
  open(fn: number): void;
}

const rowHeight = 22;
const smallest = 0.0008; // of the width

// Stacks joined from the outermost frame on.
function tree(profile: ToPage, order: Options['order']): Frame {
  const root: Frame = { fn: -1, value: 0, line: 0, parent: undefined, children: [] };
  for (const stack of profile.stacks) {
    let node = root;
    node.value += stack.self;
    stack.frames.forEach((fn, depth) => {
      const line = depth > 0 ? (stack.lines?.[depth - 1] ?? 0) : 0;
      let next = node.children.find((c) => c.fn === fn && (order === 'cost' || c.line === line));
      if (!next) node.children.push(next = { fn, value: 0, line, parent: node, children: [] });
      next.value += stack.self;
      node = next;
    });
  }
  const sort = (node: Frame) => {
    node.children.sort((a, b) => (order === 'source' && a.line !== b.line ? a.line - b.line : b.value - a.value));
    node.children.forEach(sort);
  };
  sort(root);
  return root;
}

function colour(profile: ToPage, fn: number, diff: boolean): string {
  const f = profile.functions[fn];
  if (!f) return 'hsl(210 10% 78%)';
  if (diff) {
    const since = profile.baseline?.changes.find((c) => c.name === f.name);
    if (!f.ml || !since || since.verdict === 'noise' || since.verdict === 'same') return 'hsl(210 10% 84%)';
    const { before, now = 0 } = since;
    if (before === undefined) return 'hsl(275 45% 78%)';
    const strength = Math.abs(now - before) / Math.max(1, now, before);
    return `hsl(${now > before ? 4 : 140} ${45 + 30 * strength}% ${82 - 22 * strength}%)`;
  }
  if (!f.ml) return 'hsl(208 38% 78%)';
  const heat = Math.sqrt(f.self / Math.max(1, profile.mlNs));
  return `hsl(${48 - 42 * heat} ${72 + 16 * heat}% ${76 - 16 * heat}%)`;
}

export function flame(profile: ToPage, into: HTMLElement, options: Options): void {
  const root = tree(profile, options.order);
  const nameOf = (f: Frame) => (f.fn < 0 ? profile.program : (profile.functions[f.fn]?.name ?? '?'));
  const chart = element('div', '', { class: 'flame', role: 'tree', tabindex: '0', 'aria-label': 'Flame graph' });
  const about = element('p', '', { class: 'about' });
  const boxes = new Map<Frame, HTMLElement>();
  let zoomed = root;
  let chosen = root;

  const describe = (f: Frame) => {
    const fn = profile.functions[f.fn];
    const points = fn && options.diff ? change(profile, fn) : undefined;
    const parts = [nameOf(f), `${time(f.value)} (${percent((100 * f.value) / Math.max(1, root.value))} of the run)`];
    if (fn) parts.push(`own time of the function ${time(fn.self)}`, calls(fn.calls));
    if (points !== undefined) parts.push(`${points >= 0 ? '+' : '−'}${Math.abs(points).toFixed(1)} points since the baseline`);
    return parts.join(' · ');
  };
  const choose = (f: Frame) => {
    boxes.get(chosen)?.classList.remove('chosen');
    chosen = f;
    const box = boxes.get(f);
    box?.classList.add('chosen');
    if (box) chart.setAttribute('aria-activedescendant', box.id);
    about.textContent = describe(f);
  };

  const draw = () => {
    boxes.clear();
    chart.replaceChildren();
    let depthMost = 0;
    const place = (f: Frame, left: number, width: number, depth: number) => {
      if (width < smallest) return;
      depthMost = Math.max(depthMost, depth);
      const box = element('div', width > 0.02 ? nameOf(f) : '', { class: 'frame', role: 'treeitem', id: `frame-${boxes.size}`, title: describe(f), 'aria-label': describe(f) });
      box.style.cssText = `left:${(100 * left).toFixed(3)}%;width:${(100 * width).toFixed(3)}%;top:${depth * rowHeight}px;background:${colour(profile, f.fn, options.diff)}`;
      if (options.search && !nameOf(f).toLowerCase().includes(options.search.toLowerCase())) box.classList.add('other');
      box.addEventListener('mouseenter', () => choose(f));
      box.addEventListener('click', () => options.open(f.fn));
      box.addEventListener('dblclick', () => zoom(f));
      boxes.set(f, box);
      chart.append(box);
      let at = left;
      for (const child of f.children) {
        const part = f.value > 0 ? (width * child.value) / f.value : 0;
        place(child, at, part, depth + 1);
        at += part;
      }
    };
    const outer: Frame[] = [];
    for (let f = zoomed.parent; f; f = f.parent) outer.unshift(f);
    outer.forEach((f, depth) => place({ ...f, children: [] }, 0, 1, depth));
    place(zoomed, 0, 1, outer.length);
    chart.style.height = `${(depthMost + 1) * rowHeight}px`;
    choose(boxes.has(chosen) ? chosen : zoomed);
  };
  const zoom = (f: Frame) => {
    zoomed = chosen = f;
    draw();
  };

  chart.addEventListener('keydown', (event) => {
    const among = chosen.parent?.children.filter((c) => boxes.has(c)) ?? [chosen];
    const beside = among[among.indexOf(chosen) + (event.key === 'ArrowLeft' ? -1 : 1)];
    const first = chosen.children.find((c) => boxes.has(c));
    if (event.key === 'ArrowUp' && chosen.parent && boxes.has(chosen.parent)) choose(chosen.parent);
    else if (event.key === 'ArrowDown' && first) choose(first);
    else if ((event.key === 'ArrowLeft' || event.key === 'ArrowRight') && beside) choose(beside);
    else if (event.key === 'Enter') options.open(chosen.fn);
    else if (event.key === ' ') zoom(chosen);
    else if (event.key === 'Escape') zoom(root);
    else return;
    event.preventDefault();
  });
  into.append(chart, about);
  draw();
}
