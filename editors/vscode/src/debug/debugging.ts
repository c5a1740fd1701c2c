// Running and debugging: configurations, the adapter, profiles of finished sessions, values beside the code.
import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { activeFile, type Services } from '../services';
import { driver } from '../testing';
import { output } from '../toolchain';
import { Adapter } from './adapter';
import { Live } from './live';
import { MeasuredRuns, type ProfileEvent } from './measured';

const profiled = (services: Services) => ({ profile: services.setting('profile.default', 'ml-details'), noDebug: true });

class Configurations implements vscode.DebugConfigurationProvider {
  constructor(private readonly services: Services) {}

  // F5 without launch.json arrives empty.
  resolveDebugConfiguration(_folder: vscode.WorkspaceFolder | undefined, config: vscode.DebugConfiguration): vscode.ProviderResult<vscode.DebugConfiguration> {
    if (!config.type && !config.request && !config.name) {
      if (!activeFile()) return undefined;
      config = { type: 'ml', request: 'launch', name: 'Debug file', program: '${file}' };
    }
    if (!vscode.workspace.isTrusted) {
      void vscode.window.showErrorMessage('Programs are not run in a folder that is not trusted.');
      return undefined;
    }
    if (config.request === 'launch') {
      config['program'] ??= '${file}';
      const python = this.services.setting('pythonPath', '');
      if (python) config['pythonPath'] ??= python;
    }
    const keep = this.services.chosen<number>('profile.keep');
    if (config['profile'] && keep !== undefined) config['profileKeep'] ??= keep;
    return config;
  }

  resolveDebugConfigurationWithSubstitutedVariables(folder: vscode.WorkspaceFolder | undefined, config: vscode.DebugConfiguration): vscode.ProviderResult<vscode.DebugConfiguration> {
    if (config.request !== 'launch') return config;
    const program = String(config['program']);
    const base = folder?.uri.fsPath ?? (path.isAbsolute(program) ? path.dirname(program) : process.cwd());
    config['cwd'] ??= base;
    config['program'] = path.resolve(String(config['cwd']), program);
    return this.services.needToolchain() ? config : undefined;
  }
}

class Dynamic implements vscode.DebugConfigurationProvider {
  constructor(private readonly services: Services) {}

  provideDebugConfigurations(): vscode.DebugConfiguration[] {
    const file = { type: 'ml', request: 'launch', program: '${file}' };
    return [{ ...file, name: 'Debug file' }, { ...file, name: 'Stop on entry', stopOnEntry: true }, { ...file, name: 'Run with profiling', ...profiled(this.services) },
      { ...file, name: 'Profile + memory', ...profiled(this.services), memory: true }];
  }
}

function adapter(services: Services, measured: MeasuredRuns, session: vscode.DebugSession): vscode.DebugAdapterDescriptor | undefined {
  const { debugServer: port, toolPath, program } = session.configuration as { debugServer?: unknown; toolPath?: unknown; program?: unknown };
  if (typeof port === 'number') return new vscode.DebugAdapterServer(port);
  const mlpy = typeof toolPath === 'string' && toolPath ? toolPath : services.needToolchain()?.path;
  const folder = typeof program === 'string' ? path.dirname(program) : session.workspaceFolder?.uri.fsPath;
  if (!mlpy) return undefined;
  measured.begin(session);
  return new vscode.DebugAdapterInlineImplementation(new Adapter(mlpy, folder && existsSync(folder) ? folder : undefined, services, () => measured.end(session)));
}

// Starts the program in the editor (or the given one) after saving it.
async function launch(uri: unknown, extra: object): Promise<boolean> {
  const file = activeFile(uri);
  if (!file) {
    void vscode.window.showInformationMessage('Open an ML file first.');
    return false;
  }
  await vscode.workspace.openTextDocument(file).then((d) => (d.isDirty ? d.save() : true));
  const test = (uri as { test?: unknown } | undefined)?.test;
  const name = typeof test === 'string' ? test : path.basename(file.fsPath);
  const program = typeof test === 'string' ? await driver(file.fsPath, test) : file.fsPath;
  if (program !== file.fsPath) {
    const ended = vscode.debug.onDidTerminateDebugSession((session) => {
      if (session.configuration['program'] !== program) return;
      ended.dispose();
      void fs.rm(program, { force: true });
    });
  }
  return vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(file), { type: 'ml', request: 'launch', name, program, cwd: path.dirname(file.fsPath), ...extra });
}

export function addDebugging(services: Services): void {
  const live = new Live(services);
  const measured = new MeasuredRuns(services);
  const { registerDebugConfigurationProvider: provide, registerDebugAdapterDescriptorFactory: make } = vscode.debug;
  services.context.subscriptions.push(
    provide('ml', new Configurations(services)),
    provide('ml', new Dynamic(services), vscode.DebugConfigurationProviderTriggerKind.Dynamic),
    make('ml', { createDebugAdapterDescriptor: (session) => adapter(services, measured, session) }),
    vscode.debug.onDidReceiveDebugSessionCustomEvent((e) => {
      if (e.session.type !== 'ml' || e.event !== 'mlpy/profile') return;
      const profile = e.body as ProfileEvent;
      if (profile.kind === 'partial' && profile.exitCode === undefined) live.show(e.session, profile.top ?? []);
      else void measured.take(e.session, profile);
    }),
    vscode.commands.registerCommand('ml.run', (uri) => launch(uri, { noDebug: true })),
    vscode.commands.registerCommand('ml.debug', (uri) => launch(uri, {})),
    vscode.commands.registerCommand('ml.runProfiled', (uri) => launch(uri, profiled(services))),
    vscode.commands.registerCommand('ml.pickProcess', pickProcess),
    vscode.languages.registerEvaluatableExpressionProvider('ml', { provideEvaluatableExpression: dotted }),
    vscode.languages.registerInlineValuesProvider('ml', { provideInlineValues: values }),
  );
}

async function pickProcess(): Promise<string | undefined> {
  const lines = (await output('ps', ['-eo', 'pid=,args='])).split('\n').map((l) => /^\s*(\d+)\s+(.*)$/.exec(l)).filter((m) => m !== null);
  const items = lines.filter((m) => /mlpy|\.ml\b/.test(m[2] ?? '') && !/\b(lsp|dap)\b/.test(m[2] ?? '')).map((m) => ({ label: m[1] ?? '', description: m[2] ?? '' }));
  return (await vscode.window.showQuickPick(items, { placeHolder: 'Process to attach to' }))?.label;
}

// `orders[i].customer`: what is under the mouse and everything left of it.
function dotted(document: vscode.TextDocument, position: vscode.Position): vscode.EvaluatableExpression | undefined {
  const word = document.getWordRangeAtPosition(position, /[A-Za-z_]\w*/);
  if (!word) return undefined;
  const before = document.lineAt(position.line).text.slice(0, word.start.character);
  const left = /(?:[A-Za-z_]\w*(?:\[[^[\]]*\])*\.)*$/.exec(before)?.[0] ?? '';
  const range = new vscode.Range(word.start.translate(0, -left.length), word.end);
  return new vscode.EvaluatableExpression(range, document.getText(range));
}

// Names that are assigned or looped over between the begin of the function and the stop.
function values(document: vscode.TextDocument, view: vscode.Range, context: vscode.InlineValueContext): vscode.InlineValue[] {
  const found: vscode.InlineValue[] = [];
  const last = Math.min(context.stoppedLocation.end.line, view.end.line);
  for (let n = view.start.line; n <= last; n++) {
    const text = document.lineAt(n).text;
    const seen = new Set<string>();
    for (const m of text.matchAll(/(?<![.\w])([A-Za-z_]\w*)\s*(?==(?![=>])|\s+in\s)/g)) {
      const name = m[1] ?? '';
      if (seen.has(name) || /^\s*(\/\/|#)/.test(text)) continue;
      seen.add(name);
      found.push(new vscode.InlineValueVariableLookup(new vscode.Range(n, m.index, n, m.index + name.length), name));
    }
  }
  return found;
}
