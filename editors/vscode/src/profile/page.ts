// The viewer of `.mlprof` files: a page in a webview (src/viewer) that gets the profile as one message.
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Services } from '../services';
import { projectOf, readProfile, type Profile } from './file';
import type { ToPage } from './messages';

class Document implements vscode.CustomDocument {
  constructor(readonly uri: vscode.Uri, readonly profile: Profile) {}
  dispose(): void {}
}

class ProfilePage implements vscode.CustomReadonlyEditorProvider<Document> {
  constructor(private readonly services: Services) {}

  async openCustomDocument(uri: vscode.Uri): Promise<Document> {
    return new Document(uri, await readProfile(uri.fsPath));
  }

  resolveCustomEditor(document: Document, panel: vscode.WebviewPanel): void {
    const dist = vscode.Uri.joinPath(this.services.context.extensionUri, 'dist');
    const { webview } = panel;
    webview.options = { enableScripts: true, localResourceRoots: [dist] };
    webview.html = html(webview, vscode.Uri.joinPath(dist, 'viewer.js'));
    const send = () => webview.postMessage(pageOf(document.profile, this.baseline(document)));
    const watch = this.services.profiles.onChange(send);
    panel.onDidDispose(() => watch.dispose());
    webview.onDidReceiveMessage((message: { type: string; path?: string; line?: number }) => {
      if (message.type === 'ready') void send();
      if (message.type === 'open' && message.path) void open(path.resolve(projectOf(document.uri.fsPath), message.path), message.line ?? 1);
    });
  }

  private baseline(document: Document): Profile | undefined {
    const { shown, baseline } = this.services.profiles;
    return shown?.profile.run.id === document.profile.run.id ? baseline?.profile : undefined;
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
function pageOf(profile: Profile, base: Profile | undefined): ToPage {
  return {
    type: 'profile',
    program: profile.run.program,
    startedAt: profile.run.started_at,
    mlNs: profile.totals.ml_ns,
    wallNs: profile.totals.wall_ns,
    files: profile.files.map((f) => ({ path: f.path, name: f.name, ns: f.self_ns })),
    functions: profile.functions.map((f) => ({ name: f.name, file: f.file, line: f.line, ml: f.kind === 'ml', calls: f.calls, self: f.self_ns, total: f.cum_ns, peak: f.own_peak_bytes ?? 0 })),
    stacks: (profile.stacks ?? []).map((s) => ({ frames: s.frames, lines: s.lines, self: s.self_ns })),
    baseline: base && { mlNs: base.totals.ml_ns, functions: Object.fromEntries(base.functions.filter((f) => f.kind === 'ml').map((f) => [f.name, f.self_ns])) },
  };
}

function html(webview: vscode.Webview, script: vscode.Uri): string {
  const policy = `default-src 'none'; script-src ${webview.cspSource}; style-src 'unsafe-inline'`;
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"></head>` +
    `<body><main id="page"></main><script src="${webview.asWebviewUri(script).toString()}"></script></body></html>`;
}

export function addProfilePage(services: Services): void {
  services.context.subscriptions.push(vscode.window.registerCustomEditorProvider('ml.profile', new ProfilePage(services), { supportsMultipleEditorsPerDocument: true, webviewOptions: { retainContextWhenHidden: true } }));
}
