// Commands about the loaded profile.
import * as path from 'node:path';
import * as vscode from 'vscode';
import { sentence, type Services } from '../services';
import { output } from '../toolchain';
import { readProfile } from './file';
import type { View } from './messages';
import { uriOf, type Cost } from './profiles';
import { calls, duration, percent } from './wording';

const formats = ['html', 'svg', 'speedscope', 'cpuprofile', 'folded', 'callgrind', 'pprof', 'json'];

async function choose(): Promise<vscode.Uri | undefined> {
  return (await vscode.window.showOpenDialog({ title: 'Profile', filters: { 'Profiles of mlpy': ['mlprof'] } }))?.[0];
}

async function chooseRun(services: Services, placeHolder: string): Promise<string | undefined> {
  const items = await Promise.all((await services.profiles.saved()).slice(0, 50).map(async (file) => {
    const profile = await readProfile(file).catch(() => undefined);
    return profile && profile.run.id !== services.profiles.shown?.profile.run.id
      ? { label: profile.run.program, description: new Date(profile.run.started_at).toLocaleString(), detail: duration(profile.totals.wall_ns), file } : undefined;
  }));
  const other = { label: 'Open a file...', description: '', detail: '', file: '' };
  const answer = await vscode.window.showQuickPick([...items.filter((i) => i !== undefined), other], { placeHolder });
  return answer === other ? (await choose())?.fsPath : answer?.file;
}

async function go(cost: Cost | undefined): Promise<void> {
  if (!cost?.uri) return;
  const place = new vscode.Range(cost.fn.line - 1, 0, cost.fn.line - 1, 0);
  await vscode.window.showTextDocument(cost.uri, { selection: place });
  vscode.window.setStatusBarMessage(`${cost.fn.name}: ${percent(cost.percent)} of execution time`, 5000);
}

async function showCallers(services: Services, argument: unknown): Promise<void> {
  const shown = services.profiles.shown;
  if (!shown) return;
  const given = argument as { name?: string; key?: { path?: string[] } } | undefined;
  const name = given?.name ?? given?.key?.path?.join('.');
  const cursor = vscode.window.activeTextEditor;
  const here = services.profiles.costs().filter((c) => c.uri?.fsPath === cursor?.document.uri.fsPath && c.fn.line - 1 <= (cursor?.selection.active.line ?? -1));
  const fn = name ? shown.profile.functions.find((f) => f.name === name && f.kind === 'ml') : here.sort((a, b) => b.fn.line - a.fn.line)[0]?.fn;
  if (!fn) return;
  const of = shown.profile.functions.indexOf(fn);
  const edges = (shown.profile.edges ?? []).filter((e) => e.callee === of || e.caller === of).sort((a, b) => b.cum_ns - a.cum_ns);
  const items = edges.flatMap((e) => {
    const caller = e.callee === of;
    const other = caller ? e.caller : e.callee;
    const partner = other === null ? undefined : shown.profile.functions[other];
    return partner ? [{ label: `$(${caller ? 'call-incoming' : 'call-outgoing'}) ${partner.name}`, description: `${calls(e.calls, e.calls > 0)} · ${duration(e.cum_ns)}`, partner }] : [];
  });
  const choice = await vscode.window.showQuickPick(items, { title: `${fn.name}: own ${duration(fn.self_ns)}, in all ${duration(fn.cum_ns)}`, placeHolder: items.length ? 'Callers and callees' : 'Nobody was seen calling it' });
  if (choice) await go({ fn: choice.partner, uri: uriOf(shown, choice.partner), percent: 0 });
}

async function exportProfile(services: Services): Promise<void> {
  const shown = services.profiles.shown;
  const tool = shown && services.needToolchain();
  const format = tool && (await vscode.window.showQuickPick(formats, { placeHolder: 'Format' }));
  if (!format) return;
  const target = await vscode.window.showSaveDialog({ defaultUri: vscode.Uri.file(path.join(shown.project, `profile.${format}`)) });
  if (!target) return;
  try {
    await output(tool.path, ['profile', 'export', shown.file, '--format', format, '-o', target.fsPath]);
    void vscode.window.showInformationMessage(`Written: ${target.fsPath}`);
  } catch (error) {
    void vscode.window.showErrorMessage(sentence(error));
  }
}

// `show` opens the shown profile.
export function addProfileCommands(services: Services, show: (view: View) => Promise<void>): void {
  const { profiles } = services;
  let spot = -1;
  const hot = () => profiles.costs().filter((c) => c.uri && c.percent >= services.setting('profile.lineThreshold', 1));
  const fail = (error: unknown) => void vscode.window.showErrorMessage(sentence(error));
  const add = (name: string, act: (...args: unknown[]) => Promise<unknown> | unknown) =>
    services.context.subscriptions.push(vscode.commands.registerCommand(name, async (...args: unknown[]) => {
      try {
        return await act(...args);
      } catch (error) {
        return fail(error);
      }
    }));
  const fileOf = (argument: unknown) => (argument instanceof vscode.Uri ? argument.fsPath : typeof argument === 'string' ? argument : undefined);

  profiles.onChange(() => { spot = -1; });
  add('ml.profile.load', async (file) => {
    const path = fileOf(file) ?? (await choose())?.fsPath;
    if (path) await profiles.load(path);
  });
  add('ml.profile.clear', () => profiles.clear());
  const setBaseline = async (file: unknown, what: string): Promise<boolean> => {
    const base = fileOf(file) ?? (await chooseRun(services, what));
    if (base) await profiles.setBaseline(base);
    return base !== undefined;
  };
  add('ml.profile.setBaseline', (file) => setBaseline(file, 'Baseline'));
  add('ml.profile.compare', async (file) => {
    if (await setBaseline(file, 'Run to compare with')) await show({ tab: 'Change' });
  });
  // A lens of the server says {name}.
  add('ml.profile.showDiff', async (about) => {
    const name = (about as { name?: string } | undefined)?.name;
    if (profiles.baseline) await show({ tab: 'Change', name });
    else void vscode.window.showInformationMessage('There is nothing to compare with: run the program again, or set a baseline.');
  });
  add('ml.profile.showCallers', (argument) => showCallers(services, argument));
  add('ml.profile.export', () => exportProfile(services));
  add('ml.profile.goToHottest', () => go(hot()[0]));
  add('ml.profile.nextHotSpot', () => {
    const all = hot();
    spot = all.length > 0 ? (spot + 1) % all.length : -1;
    return go(all[spot]);
  });
  add('ml.profile.showFlame', () => show({ tab: 'Flame graph' }));
  add('ml.profile.openRun', async (file) => {
    const path = fileOf(file);
    if (path) await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(path), 'ml.profile');
  });
  add('ml.profile.deleteRun', async (file) => {
    const path = fileOf(file);
    if (path && (await vscode.window.showWarningMessage('Delete this run?', { modal: true }, 'Delete')) === 'Delete') await profiles.remove(path);
  });
  add('ml.profile.toggleSurface', async () => {
    const now = services.setting<string>('profile.surface', 'auto');
    const memory = services.context.globalState;
    const next = now === 'off' ? memory.get<string>('surface', 'auto') : 'off';
    if (now !== 'off') await memory.update('surface', now);
    await vscode.workspace.getConfiguration('ml').update('profile.surface', next, vscode.ConfigurationTarget.Global);
  });
}
