// What the tabs of the page share.
import type { ToPage } from '../profile/messages';

export type Fn = ToPage['functions'][number];

export function element<K extends keyof HTMLElementTagNameMap>(tag: K, text = '', attributes: Record<string, string> = {}): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// Change of the share of the function against the baseline, in points of a percent; undefined: not there.
export function change(profile: ToPage, fn: Fn): number | undefined {
  const before = profile.baseline?.functions[fn.name];
  if (!profile.baseline || before === undefined) return undefined;
  return 100 * (fn.self / profile.mlNs - before / profile.baseline.mlNs);
}
