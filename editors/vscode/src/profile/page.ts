// The viewer of `.mlprof` files: a page in a webview (src/viewer) that gets the profile as one message.
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Services } from '../services';
import { projectOf, readProfile, type Profile } from './file';
import type { Change, ToPage, View } from './messages';
import type { Profiles } from './profiles';

class Document implements vscode.CustomDocument {
  constructor(readonly uri: vscode.Uri, readonly profile: Profile) {}
  dispose(): void {}
}

class ProfilePage implements vscode.CustomReadonlyEditorProvider<Document> {
  private readonly views = new Map<string, View>(); // that pages are to show, by the URI of their profile
  private readonly shown = new vscode.EventEmitter<void>();

  constructor(private readonly services: Services) {}

  // Opens the profile beside the text.
  async show(file: string, view: View): Promise<void> {
    const uri = vscode.Uri.file(file);
    this.views.set(uri.toString(), view);
    await vscode.commands.executeCommand('vscode.openWith', uri, 'ml.profile', vscode.ViewColumn.Beside);
    this.shown.fire();
  }

  async openCustomDocument(uri: vscode.Uri): Promise<Document> {
    return new Document(uri, await readProfile(uri.fsPath));
  }

  resolveCustomEditor(document: Document, panel: vscode.WebviewPanel): void {
    const dist = vscode.Uri.joinPath(this.services.context.extensionUri, 'dist');
    const { webview } = panel;
    webview.options = { enableScripts: true, localResourceRoots: [dist] };
    webview.html = html(webview, vscode.Uri.joinPath(dist, 'viewer.js'));
    const id = document.uri.toString();
    let ready = false;
    const send = () => {
      if (!ready) return;
      const view = this.views.get(id);
      this.views.delete(id);
      void webview.postMessage({ ...pageOf(document.profile, this.services.profiles), view } satisfies ToPage);
    };
    const watch = vscode.Disposable.from(this.services.profiles.onChange(send), this.shown.event(() => this.views.has(id) && send()));
    panel.onDidDispose(() => watch.dispose());
    webview.onDidReceiveMessage((message: { type: string; path?: string; line?: number }) => {
      if (message.type === 'ready') {
        ready = true;
        send();
      }
      if (message.type === 'open' && message.path) void open(path.resolve(projectOf(document.uri.fsPath), message.path), message.line ?? 1);
    });
  }
}

async function open(file: string, line: number): Promise<void> {
  const place = new vscode.Range(Math.max(0, line - 1), 0, Math.max(0, line - 1), 0);
  try {
    const other = vscode.window.visibleTextEditors.find((e) => e.document.uri.fsPath === file)?.viewColumn;
    await vscode.window.showTextDocument(vscode.Uri.file(file), { selection: place, viewColumn: other ?? vscode.ViewColumn.Beside });
  } catch {
    void vscode.window.showWarningMessage(`The source ${file} is not there.`);
  }
}

// Only what the page draws; texts of files stay here.
function pageOf(profile: Profile, profiles: Profiles): ToPage {
  const { shown, baseline } = profiles;
  return {
    type: 'profile',
    program: profile.run.program,
    startedAt: profile.run.started_at,
    mlNs: profile.totals.ml_ns,
    wallNs: profile.totals.wall_ns,
    files: profile.files.map((f) => ({ path: f.path, name: f.name, ns: f.self_ns })),
    functions: profile.functions.map((f) => ({ name: f.name, file: f.file, line: f.line, ml: f.kind === 'ml', calls: f.calls, self: f.self_ns, total: f.cum_ns, peak: f.own_peak_bytes ?? 0 })),
    stacks: (profile.stacks ?? []).map((s) => ({ frames: s.frames, lines: s.lines, self: s.self_ns })),
    baseline: baseline && shown?.profile.run.id === profile.run.id ? baselineOf(profile, baseline.profile, profiles) : undefined,
  };
}

function ownTimes(profile: Profile): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const f of profile.functions) if (f.kind === 'ml') sums[f.name] = (sums[f.name] ?? 0) + f.self_ns;
  return sums;
}

function baselineOf(profile: Profile, base: Profile, profiles: Profiles): ToPage['baseline'] {
  const before = ownTimes(base);
  const now = ownTimes(profile);
  const verdicts = new Map(profiles.comparison?.functions.map((f) => [f.name, f.self.verdict]));
  const changes = [...new Set([...Object.keys(now), ...Object.keys(before)])]
    .map((name): Change => ({ name, before: before[name], now: now[name], verdict: verdicts.get(name) ?? '' }))
    .filter((c) => c.before || c.now)
    .sort((a, b) => Math.abs((b.now ?? 0) - (b.before ?? 0)) - Math.abs((a.now ?? 0) - (a.before ?? 0)));
  return { startedAt: base.run.started_at, mlNs: base.totals.ml_ns, functions: before, changes };
}

function html(webview: vscode.Webview, script: vscode.Uri): string {
  const policy = `default-src 'none'; script-src ${webview.cspSource}; style-src 'unsafe-inline'`;
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"></head>` +
    `<body><main id="page"></main><script src="${webview.asWebviewUri(script).toString()}"></script></body></html>`;
}

// The result opens the shown profile, if there is one.
export function addProfilePage(services: Services): (view: View) => Promise<void> {
  const page = new ProfilePage(services);
  services.context.subscriptions.push(vscode.window.registerCustomEditorProvider('ml.profile', page, { supportsMultipleEditorsPerDocument: true, webviewOptions: { retainContextWhenHidden: true } }));
  return async (view) => {
    const file = services.profiles.shown?.file;
    if (file) await page.show(file, view);
  };
}
