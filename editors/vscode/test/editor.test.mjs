// What a person sees in VS Code. Each part starts from what the one before left; one window serves them all.
import test from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { openEditor } from './harness.mjs';

const program = `// Which pairs of orders are the same?

function total_of(prices) {
    total = 0;
    for (price in prices) {
        total = total + price;
    }
    return total;
}

function make_orders(n) {
    made = [];
    for (i = 0; i < n; i = i + 1) {
        made.push({id: i, customer: i % 97, total: total_of(range(i % 400))});
    }
    return made;
}

function find_repeated(list) {
    found = 0;
    for (a in list) {
        for (b in list) {
            if (a.customer == b.customer && a.total == b.total) {
                found = found + 1;
            }
        }
    }
    return found;
}

orders = make_orders(4000);
print(find_repeated(orders.slice(0, 900)));
`;
const shots = process.env.SHOTS;
let e;
let good = true;
const part = (name, act) => test(name, { timeout: 120_000 }, async (t) => {
  if (!e) return t.skip('the editor did not start');
  try {
    await act(e.page, t);
  } catch (error) {
    good = false;
    await e.shot(`FAIL-${name.replace(/\W+/g, '-')}`).catch(() => {});
    await e.page.keyboard.press('Escape').catch(() => {});
    throw error;
  }
});

const lens = (text) => e.page.locator('.codelens-decoration:visible', { hasText: text });
const line = (text) => e.page.locator('.view-line', { hasText: text }).first();
// Is there a lens with the text directly above the line that begins with the header, as drawn?
async function above(text, header) {
  const b = await line(header).boundingBox();
  for (const one of await lens(text).all()) {
    const a = await one.boundingBox();
    if (a && b && b.y > a.y && b.y - a.y < 1.8 * b.height) return true;
  }
  return false;
}
async function soon(what, holds, ms = 10_000) {
  for (const end = Date.now() + ms; !(await holds()); await new Promise((r) => setTimeout(r, 50))) {
    if (Date.now() > end) assert.fail(`not within ${ms} ms: ${what}`);
  }
}
async function typeAtLineEnd(text, typed) {
  await e.focusEditor();
  await line(text).click();
  await e.page.keyboard.press('End');
  await e.page.keyboard.type(typed);
}
async function hidePanel() {
  if (await e.page.locator('.part.panel').isVisible()) await e.command('View: Hide Panel');
}
async function serverLog() {
  const files = fs.readdirSync(path.join(e.root, 'ud'), { recursive: true }).filter((f) => /exthost.*ML\.log$/.test(f));
  return files.map((f) => fs.readFileSync(path.join(e.root, 'ud', f), 'utf8')).join('\n');
}

test('VS Code starts with the extension', { timeout: 180_000 }, async () => {
  e = await openEditor({ vsix: process.env.VSIX, files: { 'orders.ml': program, 'mlpy.json': '{}\n' }, open: 'orders.ml', shots });
  await e.page.locator('.view-line', { hasText: 'find_repeated' }).first().waitFor();
});

part('an undefined name gets a squiggle while typing, which goes when it is corrected', async (page) => {
  await typeAtLineEnd('found = 0', ' fuond;');
  await page.locator('.squiggly-error, .squiggly-warning').first().waitFor({ timeout: 30_000 });
  await e.command('Problems: Focus on Problems View');
  await page.locator('.markers-panel', { hasText: "unknown identifier 'fuond'" }).waitFor();
  await e.shot('diagnostics');
  await e.focusEditor();
  for (let i = 0; i < ' fuond;'.length; i++) await page.keyboard.press('Backspace');
  await page.locator('.squiggly-error, .squiggly-warning').first().waitFor({ state: 'detached' });
  await hidePanel();
});

part('hover shows the function', async (page) => {
  await line('print(find_repeated').locator('span', { hasText: 'find_repeated' }).last().hover();
  await page.locator('.monaco-hover:visible', { hasText: 'find_repeated' }).waitFor();
  await e.shot('hover');
  await page.keyboard.press('Escape');
  await page.mouse.move(700, 600);
});

part('Run with Profiling puts the cost above the function', async (page) => {
  await e.focusEditor();
  await e.command('ML: Run with Profiling');
  await lens('% of execution time').first().waitFor({ timeout: 60_000 });
  await hidePanel();
  await soon('the lens is above find_repeated', () => above(/\d+(\.\d)?% of execution time.* 1 call/, 'function find_repeated'));
  await page.locator('.statusbar-item', { hasText: /\d s|\d ms/ }).first().waitFor();
  await e.shot('lens');
});

part('the lens stays with its function after an edit above it', async (page) => {
  const before = await line('function find_repeated').boundingBox();
  await typeAtLineEnd('// Which pairs', '\n// A line more');
  await soon('the function has moved', async () => ((await line('function find_repeated').boundingBox())?.y ?? 0) > before.y + 10);
  await soon('the lens has moved too', () => above(/% of execution time/, 'function find_repeated'));
  await e.shot('lens-after-edit');
});

part('completion offers the functions of the file', async (page) => {
  await typeAtLineEnd('print(find_repeated', '\nmake_');
  await page.keyboard.press('Control+Space');
  await page.locator('.suggest-widget.visible .monaco-list-row', { hasText: 'make_orders' }).first().waitFor();
  await e.shot('completion');
  await page.keyboard.press('Escape');
  for (let i = 0; i < '\nmake_'.length; i++) await page.keyboard.press('Backspace');
});

part('a second run shows what has changed', async (page) => {
  await line('orders = make_orders(4000)').click();
  await page.keyboard.press('End');
  for (let i = 0; i < 'make_orders(4000);'.length; i++) await page.keyboard.press('Backspace');
  await page.keyboard.type('make_orders(1000);', { delay: 5 });
  await e.command('ML: Run with Profiling');
  await lens(/\(was \d/).first().waitFor({ timeout: 60_000 });
  await hidePanel();
  await e.shot('comparison');
});

part('the hottest function is one command away', async (page) => {
  await e.command('ML Profile: Go to Hottest Function');
  await page.locator('.statusbar-item', { hasText: 'of execution time' }).first().waitFor();
});

part('the flame graph opens, and a click in it goes to the function', async (page) => {
  await e.command('ML Profile: Show Flame Graph');
  const frame = page.frameLocator('iframe.webview').frameLocator('#active-frame');
  await frame.locator('.d3-flame-graph rect').first().waitFor({ timeout: 30_000 });
  await e.shot('flame');
  await frame.locator('.d3-flame-graph .frame', { hasText: 'find_repeated' }).last().click();
  await page.locator('.editor-group-container.active .view-line', { hasText: 'function find_repeated' }).first().waitFor();
  const at = page.locator('.statusbar-item', { hasText: /Ln \d+/ }).first();
  const header = fs.readFileSync(path.join(e.ws, 'orders.ml'), 'utf8').split('\n').findIndex((l) => l.startsWith('function find_repeated')) + 1;
  await soon('the cursor is on the header', async () => (await at.textContent()).includes(`Ln ${header},`));
  await e.command('View: Close Other Editors in Group').catch(() => {});
});

part('a breakpoint is hit, and the variables are shown', async (page) => {
  await e.focusEditor();
  await line('found = found + 1').click();
  await page.keyboard.press('F9');
  await page.locator('.glyph-margin-widgets [class*="codicon-debug-breakpoint"]').first().waitFor();
  await e.command('ML: Debug');
  await page.locator('.debug-top-stack-frame-line').waitFor({ timeout: 60_000 });
  await page.locator('.debug-call-stack .stack-frame', { hasText: 'find_repeated' }).first().waitFor();
  await page.locator('.debug-variables', { hasText: 'found' }).waitFor();
  await e.shot('debugger');
  await e.debugButton('stop');
  await page.locator('.debug-top-stack-frame-line').waitFor({ state: 'detached' });
  await e.command('Remove All Breakpoints');
  await e.command('View: Show Explorer');
});

part('a language server that dies is started again', async (page) => {
  const servers = () => fs.readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
    try {
      return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').startsWith(path.join(e.root, 'ed')) && fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('lsp');
    } catch {
      return false;
    }
  });
  const [old] = servers();
  assert.ok(old, 'a server runs');
  process.kill(Number(old), 'SIGKILL');
  await soon('another server runs', async () => servers().some((pid) => pid !== old), 30_000);
  await typeAtLineEnd('found = 0', ' fuond;');
  await page.locator('.squiggly-error, .squiggly-warning').first().waitFor({ timeout: 30_000 });
});

test('the editor is closed', async () => {
  if (!e) return;
  if (!good) console.error(fs.readFileSync(e.log, 'utf8').slice(-3000), e.consoleLog.slice(-15).join('\n'), (await serverLog()).slice(-3000));
  await e.stop({ keep: !good });
  console.log(JSON.stringify(e.marks));
});
