// The parts of the page that are no chart: functions, files, and what has changed since the baseline.
import type { Change, ToPage } from '../profile/messages';
import { duration as time, percent } from '../profile/wording';
import { change, element, type Fn } from './parts';

export interface Sources {
  open(fn: Fn): void;
  openFile(path: string): void;
}

function table(into: HTMLElement, columns: string[]): HTMLTableSectionElement {
  const made = element('table');
  const head = made.createTHead().insertRow();
  for (const name of columns) head.append(element('th', name));
  into.append(made);
  return made.createTBody();
}

function link(name: string, act: () => void): HTMLButtonElement {
  const made = element('button', name, { class: 'link' });
  made.addEventListener('click', act);
  return made;
}

function meter(share: number): HTMLMeterElement {
  return element('meter', '', { min: '0', max: '100', value: String(share) });
}

export function functions(profile: ToPage, into: HTMLElement, search: string, sources: Sources): void {
  const body = table(into, ['Function', 'File', 'Share', 'Own time', 'Total', 'Calls', ...(profile.baseline ? ['Change'] : [])]);
  for (const fn of profile.functions.filter((f) => f.ml && f.name.includes(search)).sort((a, b) => b.self - a.self)) {
    const row = body.insertRow();
    row.insertCell().append(link(fn.name, () => sources.open(fn)));
    row.insertCell().textContent = fn.file === null ? '' : `${profile.files[fn.file]?.name ?? ''}:${fn.line}`;
    const share = (100 * fn.self) / Math.max(1, profile.mlNs);
    row.insertCell().append(element('span', percent(share)), meter(share));
    for (const text of [time(fn.self), time(fn.total), fn.calls.toLocaleString('en-US')]) row.insertCell().textContent = text;
    if (profile.baseline) {
      const points = change(profile, fn);
      const cell = row.insertCell();
      cell.textContent = points === undefined ? 'new' : `${points >= 0 ? '+' : '−'}${Math.abs(points).toFixed(1)} points`;
      cell.className = points !== undefined && Math.abs(points) >= 0.5 ? (points > 0 ? 'worse' : 'better') : '';
    }
  }
}

export function files(profile: ToPage, into: HTMLElement, sources: Sources): void {
  const list = element('ul', '', { class: 'files' });
  for (const file of profile.files.filter((f) => f.ns > 0).sort((a, b) => b.ns - a.ns)) {
    const share = (100 * file.ns) / Math.max(1, profile.mlNs);
    const item = element('li');
    item.append(link(file.name, () => sources.openFile(file.path)), meter(share), element('span', `${percent(share)} · ${time(file.ns)}`));
    list.append(item);
  }
  into.append(list);
}

// `1.8 times as fast`, `twice as slow` in numbers: how the new time stands to the old one.
function ratio(before: number, now: number): string {
  if (before <= 0 || now <= 0) return '';
  const times = Math.max(before / now, now / before);
  return times < 1.005 ? 'as before' : `${times.toFixed(times < 10 ? 2 : 0)}× ${now < before ? 'faster' : 'slower'}`;
}

function outcome({ before, now, verdict }: Change): { text: string; state: string } {
  if (before === undefined) return { text: 'new', state: 'worse' };
  if (now === undefined) return { text: 'gone', state: 'better' };
  if (verdict === 'noise' || verdict === 'same') return { text: verdict === 'noise' ? 'within the noise' : 'as before', state: '' };
  return { text: ratio(before, now), state: now < before ? 'better' : now > before ? 'worse' : '' };
}

export function changes(profile: ToPage, into: HTMLElement, search: string, about: string | undefined, sources: Sources): void {
  const { baseline } = profile;
  if (!baseline) return;
  const summary = element('p', `${time(baseline.mlNs)} in ML code before, ${time(profile.mlNs)} now`, { class: 'summary' });
  const noise = baseline.changes.length > 0 && baseline.changes.every((c) => c.verdict === 'noise' || c.verdict === 'same');
  const all = noise ? 'within the noise' : ratio(baseline.mlNs, profile.mlNs);
  if (all) summary.append(': ', element('strong', all, { class: noise ? '' : profile.mlNs <= baseline.mlNs ? 'better' : 'worse' }));
  into.append(summary);
  const body = table(into, ['Function', 'Own time before', 'Now', 'Difference', '']);
  for (const one of baseline.changes.filter((c) => c.name.includes(search))) {
    const row = body.insertRow();
    const fn = profile.functions.find((f) => f.ml && f.name === one.name);
    row.insertCell().append(fn ? link(one.name, () => sources.open(fn)) : one.name);
    for (const ns of [one.before, one.now]) row.insertCell().textContent = ns === undefined ? '' : time(ns);
    const points = (one.now ?? 0) - (one.before ?? 0);
    row.insertCell().textContent = points === 0 ? '' : `${points > 0 ? '+' : '−'}${time(Math.abs(points))}`;
    const { text, state } = outcome(one);
    const cell = row.insertCell();
    cell.textContent = text;
    cell.className = state;
    if (one.name === about) {
      row.className = 'about';
      requestAnimationFrame(() => row.scrollIntoView({ block: 'nearest' }));
    }
  }
}
