// Runs a program without stops for an mlpy that has no debug adapter: `mlpy run` behind the few requests that
// the editor needs for "Run" and "Run with Profiling".
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import * as vscode from 'vscode';

interface Message {
  type: string;
  seq: number;
  command?: string;
  arguments?: Record<string, unknown>;
}

export class Runner implements vscode.DebugAdapter {
  private readonly sent = new vscode.EventEmitter<vscode.DebugProtocolMessage>();
  readonly onDidSendMessage = this.sent.event;
  private seq = 1;
  private child: ChildProcess | undefined;

  constructor(private readonly mlpy: string) {}

  handleMessage(message: vscode.DebugProtocolMessage): void {
    const request = message as unknown as Message;
    const args = request.arguments ?? {};
    switch (request.command) {
      case 'initialize':
        this.answer(request, { supportsConfigurationDoneRequest: true, supportsTerminateRequest: true });
        return this.event('initialized');
      case 'launch':
        if (args['noDebug'] !== true) return this.refuse(request, 'This mlpy has no debugger; update it, or use Run.');
        this.answer(request);
        return this.start(args);
      case 'threads':
        return this.answer(request, { threads: [{ id: 1, name: 'main' }] });
      case 'terminate':
        this.child?.kill('SIGTERM');
        return this.answer(request);
      case 'disconnect':
        this.child?.kill('SIGKILL');
        return this.answer(request);
      case 'setBreakpoints':
        return this.answer(request, { breakpoints: [] });
      default:
        this.answer(request);
    }
  }

  dispose(): void {
    this.child?.kill('SIGKILL');
    this.sent.dispose();
  }

  private start(args: Record<string, unknown>): void {
    const program = String(args['program']);
    const words = ['run', program];
    if (args['pythonPath']) words.push('--python', String(args['pythonPath']));
    const kinds = reports(args['profile']);
    if (kinds.length > 0) words.push('--profile', ...kinds.flatMap((k) => ['--report', k]));
    if (kinds.length > 0 && args['profileMode']) words.push('--profile-mode', String(args['profileMode']));
    if (typeof args['profileRate'] === 'number') words.push('--profile-interval', String(1000 / args['profileRate']));
    if (args['capabilities'] === 'all') words.push('--allow-all');
    if (args['forceTranspile'] === true) words.push('--force-transpile');
    if (Array.isArray(args['args']) && args['args'].length > 0) words.push('--', ...args['args'].map(String));

    const cwd = typeof args['cwd'] === 'string' ? args['cwd'] : path.dirname(program);
    const started = Date.now();
    const child = spawn(this.mlpy, words, { cwd, env: { ...process.env, ...(args['env'] as Record<string, string> | undefined) }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    for (const category of ['stdout', 'stderr'] as const) {
      const decoder = new StringDecoder('utf8');
      child[category].on('data', (bytes: Buffer) => this.event('output', { category, output: decoder.write(bytes) }));
    }
    child.once('error', (error) => this.event('output', { category: 'stderr', output: `${error.message}\n` }));
    child.once('close', (code, signal) => {
      const saved = kinds.length > 0 ? latestProfile(program, started) : undefined;
      if (saved) this.event('mlpy/profile', { schema: 1, kind: 'final', path: saved, uri: vscode.Uri.file(saved).toString(), open: args['profileOpen'] ?? 'lens', exitCode: code, signal });
      this.event('exited', { exitCode: code ?? 1 });
      this.event('terminated');
    });
  }

  private answer(request: Message, body?: object): void {
    this.send({ type: 'response', request_seq: request.seq, command: request.command, success: true, body });
  }

  private refuse(request: Message, message: string): void {
    this.send({ type: 'response', request_seq: request.seq, command: request.command, success: false, message, body: { error: { id: 1, format: message, showUser: true } } });
    this.event('terminated');
  }

  private event(event: string, body?: object): void {
    this.send({ type: 'event', event, body });
  }

  private send(message: object): void {
    this.sent.fire({ seq: this.seq++, ...message } as vscode.DebugProtocolMessage);
  }
}

function reports(profile: unknown): string[] {
  if (profile === true) return ['ml-summary'];
  if (typeof profile === 'string') return [profile];
  return Array.isArray(profile) ? profile.map(String) : [];
}

// What the run has saved: below the folder of the project file, else beside the program.
function latestProfile(program: string, since: number): string | undefined {
  for (let folder = path.dirname(program); ; folder = path.dirname(folder)) {
    const file = path.join(folder, '.mlpy', 'profiles', 'latest.mlprof');
    const written = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (written >= since - 50) return file;
    if (folder === path.dirname(folder)) return undefined;
  }
}
