// The page that shows a `.mlprof`: flame graph, table of functions, share of each file.
import flamegraph from 'd3-flame-graph';
import { select } from 'd3-selection';
import flameStyle from '../../node_modules/d3-flame-graph/dist/d3-flamegraph.css';
import type { ToPage } from '../profile/messages';
import style from './page.css';

declare function acquireVsCodeApi(): { postMessage(message: object): void; getState(): State | undefined; setState(state: State): void };
interface State { tab: string; search: string }
interface Frame { name: string; value: number; children: Frame[]; fn: number }
type Fn = ToPage['functions'][number];

const editor = acquireVsCodeApi();
const sheet = document.createElement('style');
sheet.textContent = flameStyle + style;
document.head.append(sheet);
const page = document.getElementById('page') as HTMLElement;

function element<K extends keyof HTMLElementTagNameMap>(tag: K, text = '', attributes: Record<string, string> = {}): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

const time = (ns: number) => (ns >= 1e9 ? `${(ns / 1e9).toFixed(2)} s` : ns >= 1e6 ? `${(ns / 1e6).toFixed(1)} ms` : `${(ns / 1e3).toFixed(0)} µs`);
const percent = (part: number) => `${part >= 9.95 ? Math.round(part) : part.toFixed(1)}%`;

// Stacks joined from the outermost frame on.
function tree(profile: ToPage): Frame {
  const root: Frame = { name: profile.program, value: 0, children: [], fn: -1 };
  for (const stack of profile.stacks) {
    let node = root;
    node.value += stack.self;
    for (const fn of stack.frames) {
      let next = node.children.find((c) => c.fn === fn);
      if (!next) node.children.push(next = { name: profile.functions[fn]?.name ?? '?', value: 0, children: [], fn });
      next.value += stack.self;
      node = next;
    }
  }
  return root;
}

// Change of the share of the function against the baseline, in points of a percent; undefined: not there.
function change(profile: ToPage, fn: Fn): number | undefined {
  const before = profile.baseline?.functions[fn.name];
  if (!profile.baseline || before === undefined) return undefined;
  return 100 * (fn.self / profile.mlNs - before / profile.baseline.mlNs);
}

function colour(profile: ToPage, fn: Fn | undefined, diff: boolean): string {
  if (!fn) return 'hsl(210 8% 70%)';
  if (diff) {
    const points = change(profile, fn);
    if (points === undefined) return 'hsl(275 40% 72%)';
    return `hsl(${points > 0 ? 5 : 135} ${Math.min(75, 10 + 4 * Math.abs(points))}% ${80 - Math.min(25, Math.abs(points))}%)`;
  }
  if (!fn.ml) return 'hsl(205 35% 72%)';
  const heat = Math.sqrt(fn.self / Math.max(1, profile.mlNs));
  return `hsl(${50 - 45 * heat} ${65 + 20 * heat}% ${74 - 18 * heat}%)`;
}

function source(profile: ToPage, fn: Fn | undefined): void {
  const file = fn && fn.file !== null ? profile.files[fn.file] : undefined;
  if (fn && file && fn.line > 0) editor.postMessage({ type: 'open', path: file.path, line: fn.line });
}

function flame(profile: ToPage, into: HTMLElement, diff: boolean, search: string): void {
  const chart = flamegraph<Frame>().width(Math.max(300, into.clientWidth)).cellHeight(20).inverted(true).sort(true).minFrameSize(1).transitionDuration(0).tooltip(false)
    .getName((node) => node.data.name)
    .label((node) => `${node.data.name}: ${time(node.data.value)} (${percent((100 * node.data.value) / profile.wallNs)} of the run)`)
    .setColorMapper((node) => colour(profile, profile.functions[node.data.fn], diff))
    .onClick((node) => source(profile, profile.functions[node.data.fn]));
  select(into).datum(tree(profile)).call(chart);
  if (search) chart.search(search);
}

function table(profile: ToPage, into: HTMLElement, search: string): void {
  const sheet = element('table');
  const head = sheet.createTHead().insertRow();
  for (const name of ['Function', 'File', 'Share', 'Own time', 'Total', 'Calls', ...(profile.baseline ? ['Change'] : [])]) head.append(element('th', name));
  const body = sheet.createTBody();
  const wanted = profile.functions.filter((f) => f.ml && f.name.includes(search)).sort((a, b) => b.self - a.self);
  for (const fn of wanted) {
    const row = body.insertRow();
    const link = element('button', fn.name, { class: 'link' });
    link.addEventListener('click', () => source(profile, fn));
    row.insertCell().append(link);
    row.insertCell().textContent = fn.file === null ? '' : `${profile.files[fn.file]?.name ?? ''}:${fn.line}`;
    const share = (100 * fn.self) / Math.max(1, profile.mlNs);
    const cell = row.insertCell();
    cell.append(element('span', percent(share)), element('meter', '', { min: '0', max: '100', value: String(share) }));
    for (const text of [time(fn.self), time(fn.total), fn.calls.toLocaleString('en-US')]) row.insertCell().textContent = text;
    if (profile.baseline) {
      const points = change(profile, fn);
      const cell = row.insertCell();
      cell.textContent = points === undefined ? 'new' : `${points >= 0 ? '+' : '−'}${Math.abs(points).toFixed(1)} points`;
      cell.className = points !== undefined && Math.abs(points) >= 0.5 ? (points > 0 ? 'worse' : 'better') : '';
    }
  }
  into.append(sheet);
}

function files(profile: ToPage, into: HTMLElement): void {
  const list = element('ul', '', { class: 'files' });
  for (const file of profile.files.filter((f) => f.ns > 0).sort((a, b) => b.ns - a.ns)) {
    const share = (100 * file.ns) / Math.max(1, profile.mlNs);
    const item = element('li');
    const link = element('button', file.name, { class: 'link' });
    link.addEventListener('click', () => editor.postMessage({ type: 'open', path: file.path, line: 1 }));
    item.append(link, element('meter', '', { min: '0', max: '100', value: String(share) }), element('span', `${percent(share)} · ${time(file.ns)}`));
    list.append(item);
  }
  into.append(list);
}

function draw(profile: ToPage): void {
  const state: State = editor.getState() ?? { tab: 'Flame graph', search: '' };
  const title = element('h1', profile.program);
  title.append(element('small', ` ${time(profile.wallNs)} · ${new Date(profile.startedAt).toLocaleString()}`));
  const bar = element('nav');
  const into = element('section', '', { class: 'content' });
  const search = element('input', '', { type: 'search', placeholder: 'Search functions', value: state.search, 'aria-label': 'Search functions' });
  const show = () => {
    editor.setState(state);
    for (const button of bar.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.textContent === state.tab));
    into.replaceChildren();
    if (state.tab === 'Functions') table(profile, into, state.search);
    else if (state.tab === 'Files') files(profile, into);
    else flame(profile, into, state.tab === 'Change', state.search);
  };
  for (const name of ['Flame graph', ...(profile.baseline ? ['Change'] : []), 'Functions', 'Files']) {
    const button = element('button', name);
    button.addEventListener('click', () => {
      state.tab = name;
      show();
    });
    bar.append(button);
  }
  search.addEventListener('input', () => {
    state.search = search.value;
    show();
  });
  bar.append(search);
  page.replaceChildren(title, bar, into);
  new ResizeObserver(show).observe(page);
}

window.addEventListener('message', (event: MessageEvent<ToPage>) => {
  if (event.data.type === 'profile') draw(event.data);
});
editor.postMessage({ type: 'ready' });
