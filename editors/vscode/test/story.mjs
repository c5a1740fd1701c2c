// A story in one window: parts that start from what the one before left.
import test from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { openEditor } from './harness.mjs';

const errorsShown = 4000; // last characters of a log

// Holds `holds` within `ms`?
export async function soon(what, holds, ms = 10_000) {
  for (const end = Date.now() + ms; !(await holds()); await new Promise((r) => setTimeout(r, 50))) {
    if (Date.now() > end) assert.fail(`not within ${ms} ms: ${what}`);
  }
}

// Adds to the numbers of build/editors/figures.json: {name: {value, unit, bar}}.
export function figure(name, value, unit, bar) {
  const file = process.env.FIGURES;
  console.log(`${name}: ${value} ${unit} (bar: ${bar} ${unit})`);
  if (!file) return;
  const all = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
  all[name] = { value, unit, bar, ok: value <= bar };
  fs.writeFileSync(file, JSON.stringify(all, null, 2) + '\n');
}

export class Story {
  failures = 0;

  // `options` as of openEditor; `seen` is a text of the file that is opened.
  constructor(title, options, seen) {
    test(title, { timeout: 180_000 }, async () => {
      this.e = await openEditor({ vsix: process.env.VSIX, shots: process.env.SHOTS, ...options });
      if (seen) await this.line(seen).waitFor();
    });
  }

  get page() {
    return this.e.page;
  }

  // One part of the story; after two failures the others make no sense.
  part(name, act) {
    test(name, { timeout: 120_000 }, async (t) => {
      if (!this.e || this.failures > 1) return t.skip(this.e ? 'two parts have failed' : 'the editor did not start');
      try {
        await act(this.e.page, t);
      } catch (error) {
        this.failures++;
        await this.e.shot(`FAIL-${name.replace(/\W+/g, '-')}`).catch(() => {});
        await this.e.page.keyboard.press('Escape').catch(() => {});
        throw error;
      }
    });
  }

  end() {
    test('the editor is closed', async () => {
      if (!this.e) return;
      if (this.failures > 0) {
        console.error(fs.readFileSync(this.e.log, 'utf8').split('\n').filter((l) => !l.includes('spdlog')).join('\n').slice(-errorsShown));
        console.error(this.e.consoleLog.filter((l) => !/spdlog|vsda/.test(l)).slice(-15).join('\n').slice(-errorsShown));
      }
      await this.e.stop({ keep: this.failures > 0 });
      console.log(JSON.stringify(this.e.marks));
    });
  }

  lens(text) {
    return this.page.locator('.codelens-decoration:visible', { hasText: text });
  }

  line(text) {
    return this.page.locator('.view-line', { hasText: text }).first();
  }

  squiggle() {
    return this.page.locator('.squiggly-error, .squiggly-warning').first();
  }

  // Is there a lens with the text directly above the line that begins with the header, as drawn?
  async above(text, header) {
    const b = await this.line(header).boundingBox();
    for (const one of await this.lens(text).all()) {
      const a = await one.boundingBox();
      if (a && b && b.y > a.y && b.y - a.y < 1.8 * b.height) return true;
    }
    return false;
  }

  async typeAtLineEnd(text, typed) {
    await this.e.focusEditor();
    await this.line(text).click();
    await this.page.keyboard.press('End');
    await this.page.keyboard.type(typed, { delay: 5 });
  }

  async erase(count) {
    for (let i = 0; i < count; i++) await this.page.keyboard.press('Backspace');
  }

  async hidePanel() {
    if (await this.page.locator('.part.panel').isVisible()) await this.e.command('View: Hide Panel');
  }

  // When, by Date.now(), a cost is drawn above a function for the first time from now on: `await (await lensShown())()`.
  lensShown() {
    const watching = this.page.evaluate(() => {
      window.costDrawn = 0;
      const look = () => {
        if (!window.costDrawn && [...document.querySelectorAll('.codelens-decoration')].some((n) => /% of execution time/.test(n.textContent ?? ''))) window.costDrawn = Date.now();
      };
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    return async () => {
      await watching;
      return this.page.evaluate(() => window.costDrawn);
    };
  }

  // When the next `mlpy run` of the extension ends. On a busy machine it may be over between two looks: then its profile says.
  async programEnd() {
    const began = Date.now(), saved = path.join(this.e.ws, '.mlpy/latest.mlprof');
    let pid;
    for (; !pid; await new Promise((r) => setTimeout(r, 10))) {
      [pid] = this.processes(' run ');
      const written = fs.statSync(saved, { throwIfNoEntry: false })?.mtimeMs;
      if (!pid && written > began) return written;
      if (Date.now() > began + 30_000) throw new Error('no program was started');
    }
    while (fs.existsSync(`/proc/${pid}`)) await new Promise((r) => setTimeout(r, 2));
    return Date.now();
  }

  // Processes of the extension's own programs, by a word of their command line.
  processes(word) {
    return fs.readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
      try {
        const line = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return line.startsWith(path.join(this.e.root, 'ed')) && line.includes(word);
      } catch {
        return false;
      }
    });
  }
}
