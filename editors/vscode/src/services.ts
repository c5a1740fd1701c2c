// What the parts of the extension share. Made once by `activate`, passed to each part.
import * as vscode from 'vscode';
import type { Profiles } from './profile/profiles';
import type { Server } from './server';
import { explainMissing, findToolchain, type Toolchain } from './toolchain';

export class Services {
  readonly log = vscode.window.createOutputChannel('ML', { log: true });
  server!: Server;
  profiles!: Profiles;

  constructor(readonly context: vscode.ExtensionContext) {
    context.subscriptions.push(this.log);
  }

  toolchain(): Toolchain | undefined {
    return findToolchain(this.context.extensionPath);
  }

  // The toolchain, or undefined after the user was told what to do.
  needToolchain(): Toolchain | undefined {
    const tool = this.toolchain();
    if (!tool) void explainMissing();
    return tool;
  }

  // Those this extension registers; a server may offer commands of the same name to editors without them.
  get ownCommands(): ReadonlySet<string> {
    const { contributes } = this.context.extension.packageJSON as { contributes: { commands: { command: string }[] } };
    return new Set(contributes.commands.map((c) => c.command));
  }

  setting<T>(name: string, otherwise: T): T {
    return vscode.workspace.getConfiguration('ml').get<T>(name, otherwise);
  }

  // What a person set; the default of the manifest is left to the project.
  chosen<T>(name: string): T | undefined {
    const set = vscode.workspace.getConfiguration('ml').inspect<T>(name);
    return set?.workspaceFolderValue ?? set?.workspaceValue ?? set?.globalValue;
  }
}

// What an error says, for a person.
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// The file a command is about: given by a menu (a Uri) or a lens of the server ({uri}), else the one in the editor.
export function activeFile(given?: unknown): vscode.Uri | undefined {
  if (given instanceof vscode.Uri) return given;
  const named = (given as { uri?: unknown } | undefined)?.uri;
  if (typeof named === 'string') return vscode.Uri.parse(named);
  const document = vscode.window.activeTextEditor?.document;
  return document?.languageId === 'ml' ? document.uri : undefined;
}
