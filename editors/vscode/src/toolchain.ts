// Where `mlpy` is and what it can do.
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';

export interface Toolchain {
  readonly path: string;
  readonly from: 'settings' | 'extension' | 'PATH';
}

// In the order of: the setting, the one inside the extension, PATH. Undefined: there is none.
export function findToolchain(extensionPath: string): Toolchain | undefined {
  const name = process.platform === 'win32' ? 'mlpy.exe' : 'mlpy';
  const chosen = vscode.workspace.getConfiguration('ml').get<string>('server.path', '').trim();
  if (chosen) {
    const full = chosen.startsWith('~/') ? path.join(os.homedir(), chosen.slice(2)) : chosen;
    return isProgram(full) ? { path: full, from: 'settings' } : undefined;
  }
  const bundled = path.join(extensionPath, 'toolchain', 'bin', name);
  if (isProgram(bundled)) return { path: bundled, from: 'extension' };
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    if (folder && isProgram(path.join(folder, name))) return { path: path.join(folder, name), from: 'PATH' };
  }
  return undefined;
}

function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

export async function explainMissing(): Promise<void> {
  const chosen = vscode.workspace.getConfiguration('ml').get<string>('server.path', '');
  const why = chosen ? `There is no program ${chosen} (setting ml.server.path).` : 'mlpy was not found: it is not on PATH.';
  const settings = 'Open Settings';
  const help = 'How to Install';
  const answer = await vscode.window.showErrorMessage(`${why} Errors while typing, running and profiling need it.`, settings, help);
  if (answer === settings) await vscode.commands.executeCommand('workbench.action.openSettings', 'ml.server.path');
  if (answer === help) await vscode.commands.executeCommand('workbench.action.openWalkthrough', 'mlpy.mlpy#start');
}

// Standard output of a short command. Rejects when it cannot be started or takes longer than ten seconds.
export function output(program: string, args: readonly string[], cwd?: string): Promise<string> {
  return new Promise((done, failed) => {
    execFile(program, [...args], { timeout: 10_000, maxBuffer: 64 << 20, cwd }, (error, stdout, stderr) => {
      if (error && error.code !== 0 && !stdout) failed(new Error(stderr.trim() || error.message));
      else done(stdout);
    });
  });
}
