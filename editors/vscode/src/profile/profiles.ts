// The profile that is shown, and the runs that are saved.
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Services } from '../services';
import { projectOf, readProfile, share, type Profile, type ProfileFunction } from './file';

const latestName = 'latest.mlprof';

export interface Shown {
  readonly file: string;
  readonly project: string;
  readonly profile: Profile;
}

// What the server says to `mlpy/profile/compare`, as far as it is shown. Times in nanoseconds.
export interface Comparison {
  readonly functions: readonly { readonly name: string; readonly self: { readonly verdict: string } }[];
}

export interface Cost {
  readonly fn: ProfileFunction;
  readonly uri: vscode.Uri | undefined;
  readonly percent: number; // own time
}

export class Profiles implements vscode.Disposable {
  private now: Shown | undefined;
  private before: Shown | undefined;
  private chosen = false; // `before`, by a person
  private compared: Comparison | undefined;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onChange = this.changed.event;

  // Runs were saved or deleted.
  readonly onRuns: vscode.Event<void>;

  constructor(private readonly services: Services) {
    const watcher = vscode.workspace.createFileSystemWatcher('**/.mlpy/profiles/*.mlprof');
    const runs = new vscode.EventEmitter<void>();
    this.onRuns = runs.event;
    const latest = (uri: vscode.Uri) => {
      if (path.basename(uri.path) === latestName) void this.follow(uri.fsPath);
      else runs.fire();
    };
    // A server that was started anew knows nothing.
    const again = services.server.onStarted(() => this.now && this.tellServer(this.now.file, this.before));
    services.context.subscriptions.push(again, watcher, runs, watcher.onDidCreate(latest), watcher.onDidChange(latest), watcher.onDidDelete(() => runs.fire()));
  }

  get shown(): Shown | undefined {
    return this.now;
  }

  // What the shown run is compared with: the one chosen, else the one before.
  get baseline(): Shown | undefined {
    return this.before;
  }

  // Of the shown run with the baseline; undefined when the server has not said anything.
  get comparison(): Comparison | undefined {
    return this.compared;
  }

  // Resolves when the server shows it. `about`: the run in the file, when it is known before the file is read.
  async load(file: string, about?: { id: string; program: string }): Promise<void> {
    const reading = readProfile(file);
    const { id, program } = about ?? (await reading).run;
    const last = this.now;
    if (last?.profile.run.id === id) return;
    const base = [this.chosen ? this.before : undefined, last].find((one) => one?.profile.run.program === program);
    const told = this.tellServer(file, base);
    const profile = await reading;
    this.chosen &&= base === this.before;
    this.before = base;
    this.now = { file, project: projectOf(file), profile };
    this.changed.fire();
    void vscode.commands.executeCommand('setContext', 'ml.hasProfile', true);
    await told;
    if (this.compared) this.changed.fire();
  }

  // One message for a run and its comparison.
  private async tellServer(file: string, base: Shown | undefined): Promise<void> {
    const { server } = this.services;
    const uri = vscode.Uri.file(file).toString();
    if (this.before && !base) void server.ask('mlpy/profile/clear', { baseline: true });
    this.compared = base && (await server.ask<Comparison>('mlpy/profile/compare', { base: base.profile.run.id, head: uri }));
    if (!this.compared) await server.ask('mlpy/profile/load', { uri });
  }

  // A run in a terminal has saved its profile.
  private async follow(file: string): Promise<void> {
    if (!this.services.setting('profile.autoLoad', true)) return;
    const profile = await readProfile(file).catch(() => undefined);
    if (!profile || (this.now && profile.run.started_at <= this.now.profile.run.started_at)) return;
    await this.load(path.join(path.dirname(file), `${profile.run.id}.mlprof`)).catch(() => this.load(file)).catch((error: unknown) => this.services.log.warn(String(error)));
  }

  async setBaseline(file: string): Promise<void> {
    this.before = { file, project: projectOf(file), profile: await readProfile(file) };
    this.chosen = true;
    if (this.now) this.compared = await this.services.server.ask<Comparison>('mlpy/profile/compare', { base: vscode.Uri.file(file).toString(), head: this.now.profile.run.id });
    this.changed.fire();
  }

  async clear(): Promise<void> {
    this.now = this.before = this.compared = undefined;
    this.chosen = false;
    await vscode.commands.executeCommand('setContext', 'ml.hasProfile', false);
    this.changed.fire();
    await this.services.server.ask('mlpy/profile/clear', {});
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
    return files.map((f) => f.fsPath).filter((f) => path.basename(f) !== latestName).sort((a, b) => path.basename(b).localeCompare(path.basename(a)));
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
