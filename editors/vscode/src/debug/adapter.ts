// `mlpy dap` as a child of the extension host: what it writes to its standard error goes to the output channel, which the
// editor's own way of starting an adapter does not offer.
import { spawn, type ChildProcess } from 'node:child_process';
import * as vscode from 'vscode';
import type { Services } from '../services';

const separator = '\r\n\r\n';

export class Adapter implements vscode.DebugAdapter {
  private readonly sent = new vscode.EventEmitter<vscode.DebugProtocolMessage>();
  readonly onDidSendMessage = this.sent.event;
  private readonly child: ChildProcess;
  private rest: Buffer = Buffer.alloc(0);

  // `folder`: that of the program, which names of files in a running program are relative to. `ended` may be called twice.
  constructor(mlpy: string, folder: string | undefined, services: Services, private readonly ended: () => void) {
    const child = spawn(mlpy, ['dap'], { stdio: ['pipe', 'pipe', 'pipe'], cwd: folder });
    this.child = child;
    child.stdout.on('data', (bytes: Buffer) => this.take(bytes));
    child.stdin.on('error', () => undefined); // it has ended; `close` says so
    child.stderr.on('data', (bytes: Buffer) => services.log.warn(`debug adapter: ${bytes.toString('utf8').trimEnd()}`));
    child.once('error', (error) => this.end(services, error.message));
    child.once('close', (code, signal) => this.end(services, code === 0 ? '' : `ended: ${signal ?? code}`));
  }

  handleMessage(message: vscode.DebugProtocolMessage): void {
    const text = JSON.stringify(message);
    this.child.stdin?.write(`Content-Length: ${Buffer.byteLength(text)}${separator}${text}`);
  }

  dispose(): void {
    this.child.stdin?.end();
    const { child } = this;
    if (child.exitCode === null) setTimeout(() => child.kill('SIGKILL'), 5000).unref();
  }

  private take(bytes: Buffer): void {
    this.rest = this.rest.length > 0 ? Buffer.concat([this.rest, bytes]) : bytes;
    for (;;) {
      const head = this.rest.indexOf(separator);
      const length = head < 0 ? NaN : Number(/^Content-Length: (\d+)/im.exec(this.rest.toString('latin1', 0, head))?.[1]);
      const begin = head + separator.length;
      if (!(this.rest.length >= begin + length)) return;
      const text = this.rest.toString('utf8', begin, begin + length);
      this.rest = this.rest.subarray(begin + length);
      this.sent.fire(JSON.parse(text) as vscode.DebugProtocolMessage);
    }
  }

  private end(services: Services, why: string): void {
    this.ended();
    if (why) services.log.error(`debug adapter: ${why}`);
    this.sent.fire({ seq: 0, type: 'event', event: 'terminated' } as vscode.DebugProtocolMessage);
  }
}
