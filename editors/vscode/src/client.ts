// The language client, in a bundle of its own (build.mjs): activation does not wait for it. It knows one way to reach a
// server, a program's standard streams, so the ways of `vscode-languageclient/node` stay out of the bundle.
import { spawn, type ChildProcess } from 'node:child_process';
import * as vscode from 'vscode';
import { BaseLanguageClient, type DynamicFeature, type ExecuteCommandRegistrationOptions, type InitializeParams, type LanguageClientOptions, type MessageTransports, type RegistrationData, type StaticFeature } from 'vscode-languageclient/lib/common/api';
import { StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver-protocol/node';
import type { Lenses } from './lenses';

export { CloseAction, ErrorAction, RevealOutputChannelOn, State } from 'vscode-languageclient/lib/common/api';

export interface Program {
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
}

const patience = 2000; // ms a server has to end after it was asked to

export class Client extends BaseLanguageClient {
  private server: ChildProcess | undefined;

  // Commands in `own` are registered by the extension; registering one twice would end the start.
  constructor(private readonly program: Program, options: LanguageClientOptions, private readonly own: ReadonlySet<string>, private readonly lenses: Lenses) {
    super('ml', 'ML Language Server', options);
  }

  override onRequest(type: unknown, handler: unknown): vscode.Disposable {
    const request = super.onRequest as (type: unknown, handler: unknown) => vscode.Disposable;
    const method = typeof type === 'string' ? type : (type as { method?: string }).method;
    if (method !== 'workspace/codeLens/refresh') return request.call(this, type, handler);
    this.lenses.tell = handler as () => void;
    return request.call(this, type, () => {
      this.lenses.changed();
      return null;
    });
  }

  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    const commands = feature as DynamicFeature<ExecuteCommandRegistrationOptions>;
    if (commands.registrationType?.method === 'workspace/executeCommand') {
      const register = commands.register.bind(commands);
      commands.register = (data: RegistrationData<ExecuteCommandRegistrationOptions>) =>
        register({ ...data, registerOptions: { ...data.registerOptions, commands: data.registerOptions.commands.filter((c) => !this.own.has(c)) } });
    }
    super.registerFeature(feature);
  }

  override stop(timeout = patience): Promise<void> {
    const server = this.server;
    this.server = undefined;
    return super.stop(timeout).finally(() => {
      if (server?.exitCode === null) setTimeout(() => server.kill('SIGKILL'), patience).unref();
    });
  }

  protected override fillInitializeParams(params: InitializeParams): void {
    super.fillInitializeParams(params);
    params.processId ??= process.pid;
  }

  protected override createMessageTransports(): Promise<MessageTransports> {
    const { command, args, env } = this.program;
    const cwd = vscode.workspace.workspaceFolders?.find((f) => f.uri.scheme === 'file')?.uri.fsPath;
    const server = spawn(command, args, { cwd, env });
    this.server = server;
    return new Promise((ready, failed) => {
      server.once('error', failed);
      server.once('spawn', () => {
        server.stderr.on('data', (text: Buffer) => this.outputChannel.append(text.toString('utf8')));
        ready({ reader: new StreamMessageReader(server.stdout), writer: new StreamMessageWriter(server.stdin) });
      });
    });
  }
}
