// Tasks of type "ml".
import * as vscode from 'vscode';
import type { Services } from './services';

const words: Record<string, string[]> = { run: ['run'], check: ['check'], 'format --check': ['fmt', '--check'], profile: ['run', '--profile'] };

interface Definition extends vscode.TaskDefinition {
  task: string;
  file?: string;
  args?: string[];
}

function make(services: Services, definition: Definition, scope: vscode.WorkspaceFolder | vscode.TaskScope): vscode.Task | undefined {
  const tool = services.toolchain();
  const start = words[definition.task];
  if (!tool || !start) return undefined;
  const execution = new vscode.ProcessExecution(tool.path, [...start, definition.file ?? '${file}', ...(definition.args ?? [])]);
  const task = new vscode.Task(definition, scope, definition.task, 'ml', execution, '$ml');
  if (definition.task === 'check') task.group = vscode.TaskGroup.Build;
  return task;
}

export function addTasks(services: Services): void {
  services.context.subscriptions.push(vscode.tasks.registerTaskProvider('ml', {
    provideTasks() {
      if (!vscode.workspace.isTrusted) return [];
      return Object.keys(words).map((task) => make(services, { type: 'ml', task }, vscode.TaskScope.Workspace)).filter((t) => t !== undefined);
    },
    resolveTask(task) {
      return make(services, task.definition as Definition, task.scope ?? vscode.TaskScope.Workspace);
    },
  }));
}
