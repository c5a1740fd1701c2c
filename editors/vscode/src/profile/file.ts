// A `.mlprof` file (docs/profile-format.md) as the editor needs it.
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { promisify } from 'node:util';

export interface ProfileFunction {
  name: string;
  file: number | null; // in `files`
  line: number; // from 1
  end_line?: number;
  kind: string;
  calls: number;
  calls_exact: boolean;
  self_ns: number;
  cum_ns: number;
  own_peak_bytes?: number;
}

export interface Profile {
  run: { id: string; started_at: string; program: string; debugged?: boolean };
  collection: { mode: string; samples?: number; complete?: boolean };
  totals: { wall_ns: number; elapsed_ns?: number; ml_ns: number; peak_bytes?: number; calls: number };
  files: { path: string; name: string; self_ns: number; calls: number; ml?: boolean }[];
  functions: ProfileFunction[];
  edges?: { caller: number | null; callee: number; line?: number; calls: number; cum_ns: number }[];
  lines?: { function: number; line: number; hits: number | null; self_ns: number }[];
  stacks?: { frames: number[]; lines?: number[]; self_ns: number }[];
}

// Rejects with a sentence for the user.
export async function readProfile(file: string): Promise<Profile> {
  const bytes = await fs.readFile(file);
  const name = path.basename(file);
  let value: unknown;
  try {
    const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? await unzip(bytes) : bytes;
    value = JSON.parse(plain.toString('utf8'));
  } catch {
    throw new Error(`${name} is not a profile of mlpy.`);
  }
  const head = value as { format?: unknown; version?: unknown; functions?: unknown; totals?: unknown; files?: unknown };
  if (typeof value !== 'object' || value === null || head.format !== 'mlpy-profile') throw new Error(`${name} is not a profile of mlpy.`);
  if (typeof head.version !== 'number' || head.version > 1) throw new Error(`${name} was written by a newer mlpy: update this extension.`);
  if (!Array.isArray(head.functions) || !Array.isArray(head.files) || !head.totals) throw new Error(`${name} is not complete.`);
  return value as Profile;
}

async function unzip(bytes: Buffer): Promise<Buffer> {
  const zlib = await import('node:zlib'); // half of what loading the extension would cost
  return promisify(zlib.gunzip)(bytes);
}

// Paths in a profile are relative to the project: the folder of `.mlpy`, else that of the file.
export function projectOf(file: string): string {
  const folder = path.dirname(file);
  const inside = path.basename(folder) === 'profiles' && path.basename(path.dirname(folder)) === '.mlpy';
  return inside ? path.dirname(path.dirname(folder)) : folder;
}

// Share of the time in ML code, in percent.
export function share(profile: Profile, ns: number): number {
  return profile.totals.ml_ns > 0 ? (100 * ns) / profile.totals.ml_ns : 0;
}
