// Functions `test_NAME()` without parameters are tests, and so is a file `*_test.ml` or `test_*.ml` without any. Each runs in
// a process of its own: a function as a program that imports its file and calls it, a file as it is.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { Coverage } from './coverage';
import { readProfile } from './profile/file';
import type { Services } from './services';

const pattern = '**/*.ml';
const most = 2000; // files to look into
const wholeFile = /(^test_.*|_test)\.ml$/;
const driverPrefix = '_mlpy_';
const header = /^function\s+(test_\w+)\s*\(\s*\)/gm;

const isDriver = (uri: vscode.Uri) => path.basename(uri.path).startsWith(driverPrefix);

class Tests {
  private readonly controller = vscode.tests.createTestController('ml', 'ML');

  constructor(private readonly services: Services) {
    const { controller } = this;
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    services.context.subscriptions.push(controller, watcher,
      watcher.onDidCreate((uri) => this.readFile(uri)), watcher.onDidChange((uri) => this.readFile(uri)),
      watcher.onDidDelete((uri) => controller.items.delete(uri.toString())),
      vscode.workspace.onDidChangeTextDocument((e) => {
        if (e.document.languageId === 'ml' && (controller.items.get(e.document.uri.toString()) || e.document.getText().includes('test_'))) this.read(e.document.uri, e.document.getText());
      }));
    controller.resolveHandler = async (item) => {
      if (!item) await this.find();
    };
    controller.refreshHandler = () => this.find();
    controller.createRunProfile('Run', vscode.TestRunProfileKind.Run, (request, stop) => this.run(request, stop, []), true);
    controller.createRunProfile('Debug', vscode.TestRunProfileKind.Debug, (request) => this.debug(request));
    const coverages = new WeakMap<vscode.TestRun, Coverage>();
    controller.createRunProfile('Coverage', vscode.TestRunProfileKind.Coverage, async (request, stop) => {
      const coverage = new Coverage();
      await this.run(request, stop, [], coverage, (run) => coverages.set(run, coverage));
    }).loadDetailedCoverage = async (run, file) => coverages.get(run)?.details(file.uri.fsPath) ?? [];
    controller.createRunProfile('Profile', vscode.TestRunProfileKind.Run, (request, stop) => this.run(request, stop, ['--profile']));
  }

  private async find(): Promise<void> {
    await Promise.all((await vscode.workspace.findFiles(pattern, '**/{.mlpy,node_modules}/**', most)).map((uri) => this.readFile(uri)));
  }

  private async readFile(uri: vscode.Uri): Promise<void> {
    const bytes = isDriver(uri) ? undefined : await vscode.workspace.fs.readFile(uri).then((b) => b, () => undefined); // it may be gone
    if (bytes) this.read(uri, Buffer.from(bytes).toString('utf8'));
  }

  private read(uri: vscode.Uri, text: string): void {
    const base = path.basename(uri.path);
    if (isDriver(uri)) return;
    const file = this.controller.createTestItem(uri.toString(), base, uri);
    for (const m of text.matchAll(header)) {
      const name = m[1] ?? '';
      const line = text.slice(0, m.index).split('\n').length - 1;
      const item = this.controller.createTestItem(`${uri.toString()}#${name}`, name, uri);
      item.range = new vscode.Range(line, 0, line, m[0].length);
      file.children.add(item);
    }
    if (file.children.size > 0 || wholeFile.test(base)) this.controller.items.add(file);
    else this.controller.items.delete(uri.toString());
  }

  private leaves(request: vscode.TestRunRequest): vscode.TestItem[] {
    const found: vscode.TestItem[] = [];
    const add = (item: vscode.TestItem) => {
      if (request.exclude?.includes(item)) return;
      if (item.children.size > 0) item.children.forEach(add);
      else found.push(item);
    };
    if (request.include) request.include.forEach(add);
    else this.controller.items.forEach(add);
    return found;
  }

  private async run(request: vscode.TestRunRequest, stop: vscode.CancellationToken, options: string[], coverage?: Coverage, begun?: (run: vscode.TestRun) => void): Promise<void> {
    const tool = this.services.needToolchain();
    if (!tool || !vscode.workspace.isTrusted) return;
    const run = this.controller.createTestRun(request);
    begun?.(run);
    for (const item of this.leaves(request)) {
      if (stop.isCancellationRequested) run.skipped(item);
      else await this.one(run, item, tool.path, options, stop, coverage);
    }
    coverage?.report(run);
    run.end();
  }

  private async one(run: vscode.TestRun, item: vscode.TestItem, mlpy: string, options: string[], stop: vscode.CancellationToken, coverage?: Coverage): Promise<void> {
    const { program, done } = await programOf(item);
    const folder = path.dirname(program);
    const counted = coverage && (await fs.mkdtemp(path.join(os.tmpdir(), 'mlpy-')));
    if (counted) options = ['--profile', '--profile-lines', '--profile-save', path.join(counted, 'run.mlprof'), '--profile-output', path.join(counted, 'report.txt')];
    const begin = performance.now();
    run.started(item);
    try {
      const { code, text } = await execute(mlpy, ['run', ...options, program], folder, stop);
      run.appendOutput((counted ? text.replace(/^Profiling report saved to .*\n/gm, '') : text).replace(/\r?\n/g, '\r\n'), undefined, item);
      const took = performance.now() - begin;
      if (code === 0) run.passed(item, took);
      else run.failed(item, problem(item, text, path.basename(program)), took);
      if (counted) coverage.add(await readProfile(path.join(counted, 'run.mlprof')), projectFolder(folder), (name) => name.startsWith(driverPrefix));
    } catch (error) {
      run.errored(item, new vscode.TestMessage(String(error)));
    } finally {
      await done();
      if (counted) await fs.rm(counted, { recursive: true, force: true });
    }
  }

  private async debug(request: vscode.TestRunRequest): Promise<void> {
    for (const item of this.leaves(request)) {
      const { program, done } = await programOf(item);
      const ended = new Promise<void>((done) => {
        const sub = vscode.debug.onDidTerminateDebugSession(() => {
          sub.dispose();
          done();
        });
      });
      try {
        const folder = item.uri && vscode.workspace.getWorkspaceFolder(item.uri);
        if (await vscode.debug.startDebugging(folder, { type: 'ml', request: 'launch', name: item.label, program, cwd: path.dirname(program) })) await ended;
      } finally {
        await done();
      }
    }
  }
}

async function programOf(item: vscode.TestItem): Promise<{ program: string; done(): Promise<void> }> {
  const file = item.uri?.fsPath ?? '';
  if (!item.parent) return { program: file, done: async () => undefined };
  const program = await driver(file, item.label);
  return { program, done: () => fs.rm(program, { force: true }) };
}

// What paths in the profile of a program in `folder` are relative to: the folder of the project file above it.
function projectFolder(folder: string): string {
  for (let at = folder; at !== path.dirname(at); at = path.dirname(at)) if (existsSync(path.join(at, 'mlpy.json'))) return at;
  return folder;
}

// A program beside the file that imports it and calls the test. Whoever asks for it removes it.
export async function driver(file: string, test: string): Promise<string> {
  const module = path.basename(file, '.ml');
  const program = path.join(path.dirname(file), `${driverPrefix}${process.pid}_${test}.ml`);
  await fs.writeFile(program, `import ${module};\n${module}.${test}();\n`);
  return program;
}

function execute(program: string, args: string[], cwd: string, stop: vscode.CancellationToken): Promise<{ code: number; text: string }> {
  return new Promise((done) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const cancel = stop.onCancellationRequested(() => child.kill('SIGTERM'));
    const parts: Buffer[] = [];
    child.stdout.on('data', (b: Buffer) => parts.push(b));
    child.stderr.on('data', (b: Buffer) => parts.push(b));
    child.once('error', (error) => parts.push(Buffer.from(`${error.message}\n`)));
    child.once('close', (code) => {
      cancel.dispose();
      done({ code: code ?? 1, text: Buffer.concat(parts).toString('utf8') });
    });
  });
}

// The error's own place if it is in the file of the test, else the test.
function problem(item: vscode.TestItem, text: string, driverName: string): vscode.TestMessage {
  const message = new vscode.TestMessage(/^(?:error\[\w+\] )?(\w+(?:Error|Exception)?: .*)$/m.exec(text)?.[1] ?? (text.trim() || 'failed'));
  const name = path.basename(item.uri?.fsPath ?? '');
  const place = [...text.matchAll(/(\S+\.ml):(\d+):(\d+)/g)].find((m) => path.basename(m[1] ?? '') === name && !m[1]?.endsWith(driverName));
  if (item.uri) message.location = new vscode.Location(item.uri, place ? new vscode.Position(Number(place[2]) - 1, Number(place[3]) - 1) : (item.range ?? new vscode.Range(0, 0, 0, 0)));
  return message;
}

export function addTests(services: Services): void {
  new Tests(services);
}
