// Measuring a program while it is debugged: start and stop on the debug toolbar, and the view "Live Cost" meanwhile.
import * as vscode from 'vscode';
import { sentence, type Services } from '../services';
import { calls, percent } from '../profile/wording';

export interface Top {
  name: string;
  uri?: string;
  line?: number;
  selfPct: number;
  totalPct?: number;
  calls?: number;
}

const every = 2000; // ms between snapshots

export class Live implements vscode.TreeDataProvider<Top>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private session: vscode.DebugSession | undefined;
  private timer: NodeJS.Timeout | undefined;
  private rows: readonly Top[] = [];
  private readonly parts: vscode.Disposable;

  constructor(services: Services) {
    this.parts = vscode.Disposable.from(
      vscode.window.registerTreeDataProvider('ml.liveCost', this),
      vscode.commands.registerCommand('ml.profile.start', () => this.start()),
      vscode.commands.registerCommand('ml.profile.stop', () => this.stop()),
      vscode.debug.onDidTerminateDebugSession((session) => session === this.session && this.end()),
    );
    services.context.subscriptions.push(this);
  }

  // A snapshot may arrive after the end of the measurement that it is of.
  show(session: vscode.DebugSession, rows: readonly Top[]): void {
    if (session !== this.session) return;
    this.rows = rows;
    this.changed.fire();
  }

  getTreeItem(top: Top): vscode.TreeItem {
    const item = new vscode.TreeItem(top.name);
    item.description = `${percent(top.selfPct)}${top.calls === undefined ? '' : ` · ${calls(top.calls)}`}`;
    item.iconPath = new vscode.ThemeIcon(top.selfPct >= 10 ? 'flame' : 'symbol-function');
    if (top.uri && top.line) {
      const at = new vscode.Position(top.line - 1, 0);
      item.command = { title: 'Open', command: 'vscode.open', arguments: [vscode.Uri.parse(top.uri), { selection: new vscode.Range(at, at) }] };
    }
    return item;
  }

  getChildren(of?: Top): Top[] {
    return of ? [] : [...this.rows];
  }

  dispose(): void {
    this.end();
    this.parts.dispose();
    this.changed.dispose();
  }

  private async start(): Promise<void> {
    const session = vscode.debug.activeDebugSession;
    if (session?.type !== 'ml') return void vscode.window.showInformationMessage('Start debugging an ML program first.');
    try {
      await session.customRequest('mlpy/profile/start', {});
    } catch (error) {
      return void vscode.window.showErrorMessage(`Profiling did not start: ${sentence(error)}`);
    }
    this.session = session;
    this.show(session, []);
    await vscode.commands.executeCommand('setContext', 'ml.profiling', true);
    await vscode.commands.executeCommand('ml.liveCost.focus', { preserveFocus: true });
    this.timer = setInterval(() => void session.customRequest('mlpy/profile/snapshot', {}).then(undefined, () => undefined), every);
  }

  private async stop(): Promise<void> {
    const { session } = this;
    this.end();
    try {
      await session?.customRequest('mlpy/profile/stop', {});
    } catch (error) {
      void vscode.window.showErrorMessage(`Profiling did not stop: ${sentence(error)}`);
    }
  }

  private end(): void {
    clearInterval(this.timer);
    this.session = undefined;
    void vscode.commands.executeCommand('setContext', 'ml.profiling', false);
  }
}
