// The language server: start, restarts, status, and the messages about profiles.
import * as vscode from 'vscode';
import type { CloseAction, LanguageClientOptions } from 'vscode-languageclient/lib/common/api';
import { Lenses } from './lenses';
import type { Services } from './services';
import { explainMissing } from './toolchain';

// Commands that this extension runs itself when a lens or an action names them.
const clientCommands = ['ml.run', 'ml.debug', 'ml.runProfiled', 'ml.profile.showCallers', 'ml.profile.showDiff', 'ml.profile.compare', 'ml.profile.clear',
  'ml.showReferences', 'editor.action.rename', 'editor.action.triggerSuggest', 'editor.action.triggerParameterHints'];
const maxRestarts = 4;
const restartWindow = 3 * 60_000;

export class Server implements vscode.Disposable {
  private client: import('./client.js').Client | undefined;
  private library: typeof import('./client.js') | undefined;
  private readonly item = vscode.languages.createLanguageStatusItem('ml.server', { language: 'ml' });
  private readonly started = new vscode.EventEmitter<void>();
  readonly onStarted = this.started.event;
  private readonly lenses = new Lenses();
  private crashes: number[] = [];
  private jobs = 0; // that the server has announced and not ended

  constructor(private readonly services: Services) {
    this.item.name = 'ML language server';
    this.item.command = { title: 'Show output', command: 'ml.showOutput' };
    this.show('starting');
  }

  get running(): boolean {
    return this.client !== undefined && this.client.state === this.library?.State.Running;
  }

  // Costs above functions and at lines come from the server.
  get showsProfiles(): boolean {
    return this.running && profileVersion(this.client?.initializeResult?.capabilities.experimental) >= 1;
  }

  async start(): Promise<void> {
    const tool = this.services.toolchain();
    if (!tool) {
      this.show('error', 'mlpy was not found');
      void explainMissing();
      return;
    }
    // Not `import`: what it finds out about names exported by CommonJS does not survive the minifier.
    this.library ??= require('./client.js') as typeof import('./client.js');
    const { Client, ErrorAction, RevealOutputChannelOn, State } = this.library;
    this.services.log.info(`language server: ${tool.path} (${tool.from})`);
    const env = { ...process.env, ...this.services.setting<Record<string, string>>('server.extraEnv', {}) };
    const program = { command: tool.path, args: ['lsp', ...this.services.setting<string[]>('server.args', [])], env };
    const options: LanguageClientOptions = {
      documentSelector: [{ language: 'ml', scheme: 'file' }, { language: 'ml', scheme: 'untitled' }],
      synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher('**/{*.ml,mlpy.json}') },
      initializationOptions: { clientCommands },
      outputChannel: this.services.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      middleware: {
        provideCodeLenses: (document, stop, next) => this.lenses.answer(() => next(document, stop), stop),
        handleWorkDoneProgress: (token, params, next) => {
          this.work(params.kind);
          next(token, params);
        },
      },
      errorHandler: {
        error: (_error, _message, count) => ({ action: (count ?? 0) <= 3 ? ErrorAction.Continue : ErrorAction.Shutdown, handled: true }),
        closed: () => ({ action: this.closed(), handled: true }),
      },
    };
    const client = new Client(program, options, this.services.ownCommands, this.lenses);
    this.client = client;
    client.onDidChangeState((e) => {
      this.jobs = 0;
      if (e.newState === State.Running) queueMicrotask(() => this.started.fire());
      this.show(e.newState === State.Running ? 'ready' : e.newState === State.Starting ? 'starting' : 'stopped');
    });
    try {
      await client.start();
    } catch (error) {
      this.show('error', String(error));
    }
  }

  // A program starts whose costs will be shown (Lenses.expect).
  expectCosts(): () => void {
    return this.lenses.expect();
  }

  async restart(): Promise<void> {
    const old = this.client;
    this.client = undefined;
    this.crashes = [];
    await old?.dispose().catch(() => undefined);
    await this.start();
  }

  // Undefined when the server cannot answer, or is not there.
  async ask<T>(method: string, params: unknown): Promise<T | undefined> {
    if (!this.running || (method.startsWith('mlpy/profile/') && !this.showsProfiles)) return undefined;
    try {
      return await this.client?.sendRequest<T>(method, params);
    } catch (error) {
      this.services.log.warn(`${method}: ${String(error)}`);
      return undefined;
    }
  }

  canExecute(command: string): boolean {
    return this.running && (this.client?.initializeResult?.capabilities.executeCommandProvider?.commands.includes(command) ?? false);
  }

  execute<T>(command: string, argument: unknown): Promise<T | undefined> {
    return this.ask<T>('workspace/executeCommand', { command, arguments: [argument] });
  }

  async stop(): Promise<void> {
    const old = this.client;
    this.client = undefined;
    await old?.dispose(2000).catch(() => undefined);
  }

  dispose(): void {
    this.item.dispose();
    this.lenses.dispose();
    this.started.dispose();
  }

  // The process has ended by itself: start it again, if it does not do so too often.
  private closed(): CloseAction {
    const { CloseAction } = this.library!;
    const now = Date.now();
    this.crashes = [...this.crashes.filter((t) => now - t < restartWindow), now];
    if (this.crashes.length <= maxRestarts) return CloseAction.Restart;
    this.show('error', 'ended five times in three minutes');
    void this.explainCrashes();
    return CloseAction.DoNotRestart;
  }

  private async explainCrashes(): Promise<void> {
    const log = 'Show Output';
    const again = 'Restart';
    const answer = await vscode.window.showErrorMessage('The ML language server ended five times in three minutes and was not started again.', log, again);
    if (answer === log) this.services.log.show();
    if (answer === again) await this.restart();
  }

  private work(kind: 'begin' | 'report' | 'end'): void {
    if (kind === 'report') return;
    this.jobs = Math.max(0, this.jobs + (kind === 'begin' ? 1 : -1));
    if (this.running) this.show(this.jobs > 0 ? 'busy' : 'ready');
  }

  private show(state: 'starting' | 'ready' | 'busy' | 'stopped' | 'error', detail = ''): void {
    this.item.text = `mlpy: ${state}`;
    this.item.detail = detail;
    this.item.busy = state === 'starting' || state === 'busy';
    this.item.severity = state === 'error' ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
  }
}

function profileVersion(experimental: unknown): number {
  const version = (experimental as { mlProfile?: { version?: unknown } } | undefined)?.mlProfile?.version;
  return typeof version === 'number' ? version : 0;
}
