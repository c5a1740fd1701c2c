// The page that shows a `.mlprof`: flame graph, table of functions, share of each file.
import type { ToPage } from '../profile/messages';
import { flame, type Options } from './flame';
import { change, element, percent, time, type Fn } from './parts';
import style from './page.css';

declare function acquireVsCodeApi(): { postMessage(message: object): void; getState(): State | undefined; setState(state: State): void };
interface State { tab: string; search: string; order: Options['order'] }

const editor = acquireVsCodeApi();
const sheet = document.createElement('style');
sheet.textContent = style;
document.head.append(sheet);
const page = document.getElementById('page') as HTMLElement;

function source(profile: ToPage, fn: Fn | undefined): void {
  const file = fn && fn.file !== null ? profile.files[fn.file] : undefined;
  if (fn && file && fn.line > 0) editor.postMessage({ type: 'open', path: file.path, line: fn.line });
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
  const state: State = { tab: 'Flame graph', search: '', order: 'cost', ...editor.getState() };
  const title = element('h1', profile.program);
  title.append(element('small', ` ${time(profile.wallNs)} · ${new Date(profile.startedAt).toLocaleString()}`));
  const bar = element('nav');
  const into = element('section', '', { class: 'content' });
  const search = element('input', '', { type: 'search', placeholder: 'Search functions', value: state.search, 'aria-label': 'Search functions' });
  const chart = () => {
    const order = element('select', '', { 'aria-label': 'Order' });
    for (const [value, text] of [['cost', 'Widest first'], ['source', 'In order of the calls']] as const) order.append(new Option(text, value, false, state.order === value));
    order.addEventListener('change', () => {
      state.order = order.value as State['order'];
      show();
    });
    into.append(order);
    flame(profile, into, { diff: state.tab === 'Change', order: state.order, search: state.search, open: (fn) => source(profile, profile.functions[fn]) });
  };
  const show = () => {
    editor.setState(state);
    for (const button of bar.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.textContent === state.tab));
    into.replaceChildren();
    if (state.tab === 'Functions') table(profile, into, state.search);
    else if (state.tab === 'Files') files(profile, into);
    else chart();
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
  show();
}

window.addEventListener('message', (event: MessageEvent<ToPage>) => {
  if (event.data.type === 'profile') draw(event.data);
});
editor.postMessage({ type: 'ready' });
