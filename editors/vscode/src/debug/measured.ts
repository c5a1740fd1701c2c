// What a session says about its measurement, from the start of the program to the load of its profile.
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { sentence, type Services } from '../services';
import type { Top } from './live';

export interface ProfileEvent {
  kind: 'final' | 'partial' | 'failed';
  path: string;
  run?: { runId: string; program: string };
  baseline?: string; // file or id
  exitCode?: number; // of a program that has ended: without it, `partial` is a snapshot of one that runs
  open?: 'lens' | 'flame' | 'report' | 'none';
  error?: string;
  top?: Top[];
}

// The server is told when a measured program starts, so that its costs are shown at once when it ends.
export class MeasuredRuns {
  private readonly shown = new Map<string, () => void>(); // by session

  constructor(private readonly services: Services) {}

  begin(session: vscode.DebugSession): void {
    const { id, configuration } = session;
    this.end(session);
    if (configuration['profile'] && configuration['noDebug']) this.shown.set(id, this.services.server.expectCosts());
  }

  async take(session: vscode.DebugSession, event: ProfileEvent): Promise<void> {
    const shown = this.shown.get(session.id);
    this.shown.delete(session.id); // the session may end before the profile is loaded
    await this.load(session, event);
    shown?.();
  }

  // The adapter has ended.
  end({ id }: vscode.DebugSession): void {
    this.shown.get(id)?.();
    this.shown.delete(id);
  }

  private async load(session: vscode.DebugSession, event: ProfileEvent): Promise<void> {
    if (event.kind === 'failed') {
      void vscode.window.showWarningMessage(`The profile could not be written: ${event.error ?? 'unknown reason'}`);
      return;
    }
    if (event.open === 'none') return;
    const { profiles } = this.services;
    try {
      await profiles.load(event.path, event.run && { id: event.run.runId, program: event.run.program });
      // Without the attribute, the event names what the session measured before.
      const baseline = session.configuration['profileBaseline'] && event.baseline && (await fileOfRun(event.baseline, path.dirname(event.path)));
      if (baseline) await profiles.setBaseline(baseline);
      if (event.open === 'flame') await vscode.commands.executeCommand('ml.profile.showFlame');
      if (event.open === 'report') await vscode.commands.executeCommand('workbench.panel.repl.view.focus');
    } catch (error) {
      void vscode.window.showWarningMessage(sentence(error));
    }
  }
}

// A saved run, by its file or its id.
async function fileOfRun(run: string, folder: string): Promise<string | undefined> {
  const file = path.isAbsolute(run) ? run : path.join(folder, run.endsWith('.mlprof') ? run : `${run}.mlprof`);
  return fs.access(file).then(() => file, () => undefined);
}
