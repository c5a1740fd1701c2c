// Costs above functions for an mlpy whose language server does not show profiles (Server.showsProfiles).
// An edit above a function moves its lens: every line keeps an offset until the next run.
import * as vscode from 'vscode';
import type { Services } from '../services';
import { bytesText, clock, percent } from './file';
import type { Cost } from './profiles';

interface Place {
  line: number; // from 0, in the text of now
  gone: boolean;
  edited: boolean;
  readonly end: { line: number };
  readonly cost: Cost;
}

export class Lenses implements vscode.CodeLensProvider, vscode.Disposable {
  private places = new Map<string, Place[]>();
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;
  private readonly listeners: vscode.Disposable[];

  constructor(private readonly services: Services) {
    this.listeners = [
      services.profiles.onLoading(() => this.changed.fire()),
      services.profiles.onChange((loaded) => this.reset(loaded)),
      services.server.onProfileChanged(() => this.changed.fire()),
      vscode.workspace.onDidChangeTextDocument((e) => this.move(e)),
      vscode.languages.registerCodeLensProvider({ language: 'ml', scheme: 'file' }, this),
    ];
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    await this.services.profiles.loading;
    const surface = this.services.setting<string>('profile.surface', 'auto');
    const shown = this.services.profiles.shown;
    if (!shown || this.services.server.showsProfiles || surface === 'off' || surface === 'inlay') return [];
    const least = this.services.setting('profile.minPercent', 0.1);
    const full = this.services.setting('profile.detail', 'full') === 'full';
    const base = new Map<string, number>();
    const before = this.services.profiles.baseline?.profile;
    for (const fn of before?.functions ?? []) {
      if (fn.kind === 'ml' && before) base.set(fn.name, (100 * fn.self_ns) / Math.max(1, before.totals.ml_ns));
    }
    return (this.places.get(document.uri.toString()) ?? []).filter((p) => !p.gone && p.cost.percent >= least && p.line < document.lineCount)
      .map((p) => {
        const parts = [`${p.edited ? '~' : ''}${percent(p.cost.percent)}${was(base.get(p.cost.fn.name), p.cost.percent)} of execution time`];
        if (full && p.cost.fn.calls > 0) parts.push(`${p.cost.fn.calls_exact ? '' : '~'}${p.cost.fn.calls.toLocaleString('en-US')} ${p.cost.fn.calls === 1 ? 'call' : 'calls'}`);
        if (full && (p.cost.fn.own_peak_bytes ?? 0) >= 1024) parts.push(bytesText(p.cost.fn.own_peak_bytes ?? 0));
        const title = parts.join(' · ') + (p.edited ? ` (edited since ${clock(shown.profile.run.started_at)})` : '');
        return new vscode.CodeLens(new vscode.Range(p.line, 0, p.line, 0), { title, command: 'ml.profile.showCallers', arguments: [{ name: p.cost.fn.name }] });
      });
  }

  dispose(): void {
    vscode.Disposable.from(...this.listeners).dispose();
    this.changed.dispose();
  }

  private reset(loaded: boolean): void {
    this.places = new Map();
    for (const cost of this.services.profiles.costs()) {
      if (!cost.uri || cost.fn.line < 1 || cost.fn.name === '(top level)') continue;
      const key = cost.uri.toString();
      const list = this.places.get(key) ?? [];
      list.push({ line: cost.fn.line - 1, gone: false, edited: false, end: { line: Math.max(cost.fn.line, cost.fn.end_line ?? 0) - 1 }, cost });
      this.places.set(key, list);
    }
    // A loading profile has been announced; to say it again would begin the editor's wait anew.
    if (!loaded) this.changed.fire();
  }

  private move(event: vscode.TextDocumentChangeEvent): void {
    const places = this.places.get(event.document.uri.toString());
    if (!places) return;
    for (const change of event.contentChanges) {
      const first = change.range.start.line;
      const last = change.range.end.line;
      const shift = change.text.split('\n').length - 1 - (last - first);
      for (const p of places) {
        // A change that ends at the begin of the header is above it.
        const above = last < p.line || (last === p.line && change.range.end.character === 0);
        if (above) {
          p.line += shift;
          p.end.line += shift;
        } else if (first < p.line) {
          p.gone = true;
        } else if (first <= p.end.line) {
          p.edited = true;
          p.end.line += shift;
        }
      }
    }
    this.changed.fire();
  }
}

function was(before: number | undefined, now: number): string {
  return before === undefined || percent(before) === percent(now) ? '' : ` (was ${percent(before)})`;
}
