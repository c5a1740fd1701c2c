// What the extension sends to the page of the profile viewer. Times in nanoseconds.
export interface Change {
  name: string;
  before: number | undefined; // own time; undefined: the run did not have the function
  now: number | undefined;
  verdict: string; // `faster`, `slower`, `same`, `noise`; empty when nobody judged it
}

export interface ToPage {
  type: 'profile';
  program: string;
  startedAt: string;
  mlNs: number;
  wallNs: number;
  files: { path: string; name: string; ns: number }[];
  functions: { name: string; file: number | null; line: number; ml: boolean; calls: number; self: number; total: number; peak: number }[];
  stacks: { frames: number[]; lines: number[] | undefined; self: number }[]; // `lines`: where each frame stood
  baseline?: { startedAt: string; mlNs: number; functions: Record<string, number>; changes: Change[] } | undefined;
  view?: View | undefined; // to be shown now
}

export interface View {
  tab: 'Flame graph' | 'Change' | 'Functions' | 'Files';
  name?: string | undefined; // of the function it is about
}
