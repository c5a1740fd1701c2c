// When the editor asks for lenses: a quarter of a second after it was told that they have changed, and it begins to wait
// anew when it is told again. So it is told once; what changes while it waits is there when it asks.
//
// While a measured program runs, the editor is kept asking, and the answers wait a little for the program's end. A run that
// ends while a question is open has its costs drawn at once, any other no later than a quarter of a second after.
import type * as vscode from 'vscode';

const editorWaits = 250; // ms
const patience = 350; // ms until the editor is told again that has not asked: it forgets what it was told when it loses the focus
const answerWaits = 200; // ms at most; after answers that took longer than its own wait the editor waits longer, too

export class Lenses {
  // Set by the client: asks the editor to ask for lenses.
  tell: (() => void) | undefined;

  private told = 0; // when
  private waits = false; // was told, and has not asked since
  private again: NodeJS.Timeout | undefined;
  private running = 0;
  private readonly open = new Set<() => void>(); // ends the wait of an answer

  changed(): void {
    const left = this.told + patience - Date.now();
    if (!this.waits || left <= 0) return this.tellNow();
    this.again ??= setTimeout(() => {
      this.again = undefined;
      if (this.waits) this.tellNow();
    }, left);
  }

  // A measured program starts. Call the result once when its costs are known, or when there will be none.
  expect(): () => void {
    this.running++;
    this.changed();
    return () => {
      this.running--;
      if (this.open.size === 0) this.changed();
      for (const end of [...this.open]) end();
    };
  }

  async answer<T>(ask: () => vscode.ProviderResult<T>, cancel: vscode.CancellationToken): Promise<T | null | undefined> {
    const late = Math.max(0, Date.now() - this.told - editorWaits); // everything is slow, or it waits longer
    this.waits = false;
    if (this.running === 0) return ask();
    await this.end(Math.max(0, answerWaits - late), cancel);
    if (cancel.isCancellationRequested) return undefined;
    const lenses = await ask();
    if (this.running > 0) this.changed();
    return lenses;
  }

  dispose(): void {
    clearTimeout(this.again);
    for (const end of [...this.open]) end();
  }

  private tellNow(): void {
    this.told = Date.now();
    this.waits = true;
    this.tell?.();
  }

  // Resolves when a program ends, at the latest after `ms`.
  private end(ms: number, cancel: vscode.CancellationToken): Promise<void> {
    return new Promise((done) => {
      const finish = () => {
        clearTimeout(timer);
        listener.dispose();
        this.open.delete(finish);
        done();
      };
      const timer = setTimeout(finish, ms);
      const listener = cancel.onCancellationRequested(finish);
      this.open.add(finish);
    });
  }
}
