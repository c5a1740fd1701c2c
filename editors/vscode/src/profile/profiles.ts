// The profile that is shown, and the runs that are saved.
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Services } from '../services';
import { projectOf, readProfile, share, type Profile, type ProfileFunction } from './file';

export interface Shown {
  readonly file: string;
  readonly project: string;
  readonly profile: Profile;
}

export interface Cost {
  readonly fn: ProfileFunction;
  readonly uri: vscode.Uri | undefined;
  readonly percent: number; // own time
}

export class Profiles implements vscode.Disposable {
  private now: Shown | undefined;
  private before: Shown | undefined;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onChange = this.changed.event;

  constructor(private readonly services: Services) {
    const watcher = vscode.workspace.createFileSystemWatcher('**/.mlpy/profiles/*.mlprof');
    const look = () => this.changed.fire();
    watcher.onDidCreate(look);
    watcher.onDidDelete(look);
    services.context.subscriptions.push(watcher);
  }

  get shown(): Shown | undefined {
    return this.now;
  }

  // What the shown run is compared with: the one chosen, else the one before.
  get baseline(): Shown | undefined {
    return this.before;
  }

  async load(file: string): Promise<void> {
    const profile = await readProfile(file);
    const shown = { file, project: projectOf(file), profile };
    if (this.now && this.now.profile.run.program === profile.run.program && this.now.profile.run.id !== profile.run.id) this.before = this.now;
    this.now = shown;
    await vscode.commands.executeCommand('setContext', 'ml.hasProfile', true);
    this.changed.fire();
    await this.services.server.ask('mlpy/profile/load', { uri: vscode.Uri.file(file).toString() });
  }

  async setBaseline(file: string): Promise<void> {
    this.before = { file, project: projectOf(file), profile: await readProfile(file) };
    this.changed.fire();
    if (this.now) await this.services.server.ask('mlpy/profile/compare', { base: vscode.Uri.file(file).toString(), head: this.now.profile.run.id });
  }

  async clear(): Promise<void> {
    this.now = this.before = undefined;
    await vscode.commands.executeCommand('setContext', 'ml.hasProfile', false);
    this.changed.fire();
    await this.services.server.ask('mlpy/profile/clear', {});
  }

  // The settings that say what is shown have changed.
  refresh(): void {
    this.changed.fire();
  }

  // ML functions with a cost, the most expensive first.
  costs(): Cost[] {
    const shown = this.now;
    if (!shown) return [];
    return shown.profile.functions
      .filter((fn) => fn.kind === 'ml' && fn.self_ns > 0)
      .map((fn) => ({ fn, uri: uriOf(shown, fn), percent: share(shown.profile, fn.self_ns) }))
      .sort((a, b) => b.percent - a.percent);
  }

  // Saved runs of the workspace, newest first.
  async saved(): Promise<string[]> {
    const files = await vscode.workspace.findFiles('**/.mlpy/profiles/*.mlprof', null, 500);
    return files.map((f) => f.fsPath).filter((f) => path.basename(f) !== 'latest.mlprof').sort((a, b) => path.basename(b).localeCompare(path.basename(a)));
  }

  async remove(file: string): Promise<void> {
    await fs.rm(file, { force: true });
    this.changed.fire();
  }

  dispose(): void {
    this.changed.dispose();
  }
}

export function uriOf(shown: Shown, fn: ProfileFunction): vscode.Uri | undefined {
  const file = fn.file === null ? undefined : shown.profile.files[fn.file];
  return file ? vscode.Uri.file(path.resolve(shown.project, file.path)) : undefined;
}
