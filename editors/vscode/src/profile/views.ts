// The container "ML Profile": hot functions with callers and callees, and the saved runs. The status bar item.
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Services } from '../services';
import { readProfile, share, type ProfileFunction } from './file';
import { uriOf, type Shown } from './profiles';
import { calls, clock, duration, percent } from './wording';

type Hot = { kind: 'function'; index: number; note?: string } | { kind: 'group'; of: number; callers: boolean };

class HotFunctions implements vscode.TreeDataProvider<Hot> {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly services: Services) {
    services.profiles.onChange(() => this.changed.fire());
  }

  getTreeItem(node: Hot): vscode.TreeItem {
    const shown = this.services.profiles.shown;
    if (node.kind === 'group' || !shown) {
      return new vscode.TreeItem(node.kind === 'group' && node.callers ? 'called by' : 'calls', vscode.TreeItemCollapsibleState.Collapsed);
    }
    const fn = shown.profile.functions[node.index] as ProfileFunction;
    const item = new vscode.TreeItem(fn.name, vscode.TreeItemCollapsibleState.Collapsed);
    const part = share(shown.profile, fn.self_ns);
    item.description = node.note ?? `${bar(part)} ${percent(part)} · ${duration(fn.self_ns)} · ${calls(fn.calls, fn.calls_exact)}`;
    item.tooltip = `own time ${duration(fn.self_ns)}, with what it calls ${duration(fn.cum_ns)}`;
    item.iconPath = new vscode.ThemeIcon(part >= 10 ? 'flame' : 'symbol-function');
    item.contextValue = 'function';
    const uri = uriOf(shown, fn);
    if (uri && fn.line > 0) item.command = { title: 'Open', command: 'vscode.open', arguments: [uri, { selection: new vscode.Range(fn.line - 1, 0, fn.line - 1, 0) }] };
    return item;
  }

  getChildren(node?: Hot): Hot[] {
    const shown = this.services.profiles.shown;
    if (!shown) return [];
    if (!node) return this.services.profiles.costs().slice(0, 100).map((c) => ({ kind: 'function', index: shown.profile.functions.indexOf(c.fn) }));
    if (node.kind === 'function') return [{ kind: 'group', of: node.index, callers: true }, { kind: 'group', of: node.index, callers: false }];
    return around(shown, node.of, node.callers);
  }
}

function around(shown: Shown, of: number, callers: boolean): Hot[] {
  const sums = new Map<number, { calls: number; ns: number }>();
  for (const edge of shown.profile.edges ?? []) {
    const other = callers ? edge.caller : edge.callee;
    if ((callers ? edge.callee : edge.caller) !== of || other === null) continue;
    const sum = sums.get(other) ?? { calls: 0, ns: 0 };
    sums.set(other, { calls: sum.calls + edge.calls, ns: sum.ns + edge.cum_ns });
  }
  return [...sums].sort((a, b) => b[1].ns - a[1].ns)
    .map(([index, sum]) => ({ kind: 'function', index, note: `${calls(sum.calls, sum.calls > 0)} · ${duration(sum.ns)}` }));
}

function bar(part: number): string {
  const eighths = Math.round((part / 100) * 40);
  return '█'.repeat(Math.floor(eighths / 8)) + (eighths % 8 ? String.fromCodePoint(0x2590 - (eighths % 8)) : '');
}

class Runs implements vscode.TreeDataProvider<string> {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly services: Services) {
    services.profiles.onChange(() => this.changed.fire());
    services.profiles.onRuns(() => this.changed.fire());
  }

  async getTreeItem(file: string): Promise<vscode.TreeItem> {
    const item = new vscode.TreeItem(path.basename(file, '.mlprof'));
    item.resourceUri = vscode.Uri.file(file);
    item.contextValue = 'run';
    item.command = { title: 'Open', command: 'vscode.openWith', arguments: [item.resourceUri, 'ml.profile'] };
    try {
      const profile = await readProfile(file);
      item.label = `${profile.run.program} · ${clock(profile.run.started_at)}`;
      item.description = duration(profile.totals.elapsed_ns ?? profile.totals.wall_ns);
      const { shown, baseline } = this.services.profiles;
      if (baseline?.profile.run.id === profile.run.id) item.description += ' · baseline';
      if (shown?.profile.run.id === profile.run.id) item.description += ' · shown';
      item.iconPath = new vscode.ThemeIcon(shown?.profile.run.id === profile.run.id ? 'eye' : 'history');
    } catch (error) {
      item.description = String(error);
    }
    return item;
  }

  getChildren(file?: string): Promise<string[]> | string[] {
    return file ? [] : this.services.profiles.saved();
  }
}

export function addViews(services: Services): void {
  const status = vscode.window.createStatusBarItem('ml.profile', vscode.StatusBarAlignment.Left, 10);
  status.name = 'ML profile';
  status.command = 'ml.profile.goToHottest';
  const show = () => {
    const profile = services.profiles.shown?.profile;
    if (!profile) return status.hide();
    status.text = `$(watch) ${duration(profile.totals.elapsed_ns ?? profile.totals.wall_ns)} · ${clock(profile.run.started_at)}`;
    status.tooltip = `Profile of ${profile.run.program}: go to the hottest function`;
    status.show();
  };
  const badges: vscode.FileDecorationProvider = {
    provideFileDecoration(uri) {
      const shown = services.profiles.shown;
      if (!shown || !services.setting('profile.fileBadges', false)) return undefined;
      const file = shown.profile.files.find((f) => path.resolve(shown.project, f.path) === uri.fsPath);
      const part = file ? Math.min(99, Math.round(share(shown.profile, file.self_ns))) : 0;
      return part > 0 ? { badge: String(part), tooltip: `${part}% of execution time` } : undefined;
    },
  };
  services.context.subscriptions.push(status, services.profiles.onChange(show),
    vscode.window.registerFileDecorationProvider(badges),
    vscode.window.registerTreeDataProvider('ml.hotFunctions', new HotFunctions(services)),
    vscode.window.registerTreeDataProvider('ml.runs', new Runs(services)));
}
