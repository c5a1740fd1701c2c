// Numbers of profiles as people read them; also used by the page of the viewer.
export function percent(value: number): string {
  return value >= 9.95 || value === 0 ? `${Math.round(value)}%` : `${value.toFixed(1).replace(/\.0$/, '')}%`;
}

export function duration(ns: number): string {
  if (ns >= 1e9) return `${(ns / 1e9).toFixed(2)} s`;
  if (ns >= 1e6) return `${(ns / 1e6).toFixed(ns >= 1e7 ? 0 : 1)} ms`;
  return `${(ns / 1e3).toFixed(0)} µs`;
}

// `exact`: counted, not estimated.
export function calls(count: number, exact = true): string {
  if (count === 0 && !exact) return 'calls not counted';
  return `${exact ? '' : '~'}${count.toLocaleString('en-US')} ${count === 1 ? 'call' : 'calls'}`;
}

export function clock(iso: string): string {
  const time = new Date(iso);
  return `${String(time.getHours()).padStart(2, '0')}:${String(time.getMinutes()).padStart(2, '0')}`;
}
