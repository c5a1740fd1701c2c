// The page that shows a `.mlprof`: flame graph, change since the baseline, functions, files.
import type { ToPage, View } from '../profile/messages';
import { duration as time } from '../profile/wording';
import { flame, type Options } from './flame';
import style from './page.css';
import { element } from './parts';
import { changes, files, functions, type Sources } from './tables';

declare function acquireVsCodeApi(): { postMessage(message: object): void; getState(): State | undefined; setState(state: State): void };
interface State { tab: View['tab']; search: string; order: Options['order'] }

const editor = acquireVsCodeApi();
const sheet = document.createElement('style');
sheet.textContent = style;
document.head.append(sheet);
const page = document.getElementById('page') as HTMLElement;

function sourcesOf(profile: ToPage): Sources {
  const post = (path: string, line: number) => editor.postMessage({ type: 'open', path, line });
  return {
    open(fn) {
      const file = fn.file !== null ? profile.files[fn.file] : undefined;
      if (file && fn.line > 0) post(file.path, fn.line);
    },
    openFile: (path) => post(path, 1),
  };
}

function draw(profile: ToPage): void {
  const state: State = { tab: 'Flame graph', search: '', order: 'cost', ...editor.getState(), ...(profile.view && { tab: profile.view.tab, search: '' }) };
  if (!profile.baseline && state.tab === 'Change') state.tab = 'Flame graph';
  const sources = sourcesOf(profile);
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
    flame(profile, into, { diff: state.tab === 'Change', order: state.order, search: state.search, open: (at) => {
      const fn = profile.functions[at];
      if (fn) sources.open(fn);
    } });
  };
  const show = () => {
    editor.setState(state);
    for (const button of bar.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.textContent === state.tab));
    into.replaceChildren();
    if (state.tab === 'Functions') functions(profile, into, state.search, sources);
    else if (state.tab === 'Files') files(profile, into, sources);
    else {
      if (state.tab === 'Change') changes(profile, into, state.search, profile.view?.name, sources);
      chart();
    }
  };
  const tabs: View['tab'][] = ['Flame graph', ...(profile.baseline ? ['Change' as const] : []), 'Functions', 'Files'];
  for (const name of tabs) {
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
