// Commands that are neither about running nor about profiles.
import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { activeFile, sentence, type Services } from './services';
import { output } from './toolchain';

const scheme = 'mlpy-generated';

// Documents that mlpy generates; asked for anew when their source is saved.
class Generated implements vscode.TextDocumentContentProvider {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;

  constructor(private readonly services: Services) {
    services.context.subscriptions.push(vscode.workspace.onDidSaveTextDocument((d) => {
      for (const open of vscode.workspace.textDocuments) {
        if (open.uri.scheme === scheme && open.uri.query === d.uri.toString()) this.changed.fire(open.uri);
      }
    }));
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const tool = this.services.needToolchain();
    if (!tool) return '';
    const file = vscode.Uri.parse(uri.query).fsPath;
    const args = uri.path.endsWith('.py') ? ['transpile', file] : ['check', '--all', file];
    try {
      const text = await output(tool.path, args, path.dirname(file));
      return uri.path.endsWith('.py') ? text : securityPart(text, path.basename(file));
    } catch (error) {
      return `# ${sentence(error)}\n`;
    }
  }
}

function securityPart(text: string, name: string): string {
  const found = text.split(/\n(?=\S+:\d+:\d+: )/).filter((part) => /: (?:error|warning|info) SEC\d+:/.test(part));
  return found.length > 0 ? found.join('\n') : `${name}: nothing to report.\n`;
}

async function showGenerated(uri: unknown, name: (file: string) => string): Promise<void> {
  const file = activeFile(uri);
  if (!file) return;
  const document = await vscode.workspace.openTextDocument(vscode.Uri.from({ scheme, path: '/' + name(path.basename(file.fsPath)), query: file.toString() }));
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: true });
}

async function initProject(): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  if (!folder) {
    void vscode.window.showInformationMessage('Open a folder first.');
    return;
  }
  const file = vscode.Uri.joinPath(folder, 'mlpy.json');
  const there = await vscode.workspace.fs.stat(file).then(() => true, () => false);
  if (!there) await vscode.workspace.fs.writeFile(file, Buffer.from('{\n    "name": ' + JSON.stringify(path.basename(folder.fsPath)) + '\n}\n'));
  await vscode.window.showTextDocument(file);
}

async function associateFiles(): Promise<void> {
  const target = vscode.workspace.workspaceFolders ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  const files = vscode.workspace.getConfiguration('files');
  await files.update('associations', { ...files.get<object>('associations', {}), '*.ml': 'ml' }, target);
  for (const document of vscode.workspace.textDocuments) {
    if (document.uri.path.endsWith('.ml') && document.languageId !== 'ml') await vscode.languages.setTextDocumentLanguage(document, 'ml');
  }
}

async function selectPython(services: Services): Promise<void> {
  const names = ['python3', 'python3.11', 'python3.12', 'python3.13'];
  const known = await Promise.all(names.map(async (name) => {
    const version = await output(name, ['-c', 'import sys; print(sys.executable, sys.version.split()[0])']).catch(() => '');
    const [program, number] = version.trim().split(' ');
    return program && number ? { label: program, description: number } : undefined;
  }));
  const unique = [...new Map(known.filter((k) => k !== undefined).map((k) => [k.label, k])).values()];
  const browse = { label: 'Browse...', description: '' };
  const none = { label: 'Default', description: 'that of the project file, else python3' };
  const choice = await vscode.window.showQuickPick([...unique, none, browse], { placeHolder: services.setting('pythonPath', '') || 'Python 3.11 or newer' });
  if (!choice) return;
  const program = choice === browse ? (await vscode.window.showOpenDialog({ title: 'Python interpreter' }))?.[0]?.fsPath : choice === none ? '' : choice.label;
  if (program === undefined) return;
  await vscode.workspace.getConfiguration('ml').update('pythonPath', program, vscode.workspace.workspaceFolders ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global);
}

async function reportIssue(services: Services): Promise<void> {
  const tool = services.toolchain();
  const version = tool ? await output(tool.path, ['--version']).catch(String) : 'mlpy not found';
  const text = [`mlpy: ${version.trim()} (${tool?.from ?? '-'})`, `extension: ${services.context.extension.packageJSON.version}`,
    `editor: ${vscode.env.appName} ${vscode.version}`, `system: ${os.type()} ${os.release()} ${os.arch()}`, '', 'What I did:', '', 'What I saw:', '', 'What I expected:', ''].join('\n');
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'markdown', content: text }));
}

// A lens of the server: {textDocument: {uri}, position}.
async function showReferences(of: { textDocument: { uri: string }; position: { line: number; character: number } }): Promise<void> {
  const uri = vscode.Uri.parse(of.textDocument.uri);
  const at = new vscode.Position(of.position.line, of.position.character);
  const places = await vscode.commands.executeCommand<vscode.Location[]>('vscode.executeReferenceProvider', uri, at);
  await vscode.commands.executeCommand('editor.action.showReferences', uri, at, places);
}

// Which Python runs programs, in the language status; asked for when it may have changed.
function showPython(services: Services): void {
  const item = vscode.languages.createLanguageStatusItem('ml.python', { language: 'ml' });
  item.name = 'Python of ML programs';
  item.command = { title: 'Select', command: 'ml.selectPython' };
  const ask = async () => {
    const python = services.setting('pythonPath', '') || 'python3';
    item.text = await output(python, ['--version']).then((version) => version.trim() || python, () => `${python}: not found`);
    item.detail = services.setting('pythonPath', '') ? python : '';
  };
  services.context.subscriptions.push(item, vscode.workspace.onDidChangeConfiguration((e) => e.affectsConfiguration('ml.pythonPath') && void ask()));
  setTimeout(() => void ask(), 1000); // not while the editor starts
}

export function addCommands(services: Services): void {
  showPython(services);
  const add = vscode.commands.registerCommand;
  services.context.subscriptions.push(
    vscode.workspace.registerTextDocumentContentProvider(scheme, new Generated(services)),
    add('ml.transpilePreview', (uri) => showGenerated(uri, (name) => name.replace(/\.ml$/, '.py'))),
    add('ml.securityReport', (uri) => showGenerated(uri, (name) => `${name} security.txt`)),
    add('ml.restartServer', () => services.server.restart()),
    add('ml.showOutput', () => services.log.show()),
    add('ml.initProject', initProject),
    add('ml.associateFiles', associateFiles),
    add('ml.selectPython', () => selectPython(services)),
    add('ml.reportIssue', () => reportIssue(services)),
    add('ml.showReferences', showReferences),
    vscode.workspace.onDidChangeConfiguration((e) => {
      if (['ml.server', 'ml.trace.server'].some((s) => e.affectsConfiguration(s))) void services.server.restart();
    }),
  );
}
