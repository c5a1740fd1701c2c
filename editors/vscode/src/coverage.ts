// Which lines tests have run, from profiles with counted lines: they have every statement, run or not.
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Profile } from './profile/file';

export class Coverage {
  private readonly files = new Map<string, Map<number, number>>(); // hits by line, from 0

  // `folder`: what the paths in the profile are relative to. Files for which `skip` holds are left out.
  add(profile: Profile, folder: string, skip: (name: string) => boolean): void {
    for (const { function: fn, line, hits } of profile.lines ?? []) {
      const file = profile.files[profile.functions[fn]?.file ?? -1];
      if (!file || file.ml === false || hits === null || line < 1 || skip(path.basename(file.path))) continue;
      const full = path.resolve(folder, file.path);
      const lines = this.files.get(full) ?? new Map<number, number>();
      lines.set(line - 1, (lines.get(line - 1) ?? 0) + hits);
      this.files.set(full, lines);
    }
  }

  report(run: vscode.TestRun): void {
    for (const [file, lines] of this.files) {
      const covered = [...lines.values()].filter((hits) => hits > 0).length;
      run.addCoverage(new vscode.FileCoverage(vscode.Uri.file(file), { covered, total: lines.size }));
    }
  }

  details(file: string): vscode.StatementCoverage[] {
    return [...(this.files.get(file) ?? [])].map(([line, hits]) => new vscode.StatementCoverage(hits, new vscode.Position(line, 0)));
  }
}
