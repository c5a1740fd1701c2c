import * as vscode from 'vscode';
import { addCommands } from './commands';
import { addDebugging } from './debug/debugging';
import { addProfileCommands } from './profile/commands';
import { addProfilePage } from './profile/page';
import { Profiles } from './profile/profiles';
import { addViews } from './profile/views';
import { Server } from './server';
import { Services } from './services';
import { addTasks } from './tasks';
import { addTests } from './testing';

let services: Services | undefined;

export function activate(context: vscode.ExtensionContext): { activationMs: number } {
  const begin = performance.now();
  const all = new Services(context);
  services = all;
  all.server = new Server(all);
  all.profiles = new Profiles(all);
  context.subscriptions.push(all.server, all.profiles);
  addCommands(all);
  addDebugging(all);
  addProfileCommands(all, addProfilePage(all));
  addViews(all);
  addTasks(all);
  // Later: an editor that starts is not held up by a process that starts, and nobody runs tests yet.
  setImmediate(() => {
    void all.server.start();
    addTests(all);
  });
  const activationMs = performance.now() - begin;
  all.log.info(`activated in ${activationMs.toFixed(1)} ms`);
  return { activationMs };
}

export async function deactivate(): Promise<void> {
  await services?.server.stop();
}
