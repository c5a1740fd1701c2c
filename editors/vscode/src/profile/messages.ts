// What the extension sends to the page of the profile viewer. Times in nanoseconds.
export interface ToPage {
  type: 'profile';
  program: string;
  startedAt: string;
  mlNs: number;
  wallNs: number;
  files: { path: string; name: string; ns: number }[];
  functions: { name: string; file: number | null; line: number; ml: boolean; calls: number; self: number; total: number; peak: number }[];
  stacks: { frames: number[]; lines: number[] | undefined; self: number }[]; // `lines`: where each frame stood
  baseline?: { mlNs: number; functions: Record<string, number> } | undefined;
}
