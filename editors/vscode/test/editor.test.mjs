// What a person sees in VS Code. Each part starts from what the one before left; one window serves them all.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Story, figure, soon } from './story.mjs';

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
const story = new Story('VS Code starts with the extension', { files: { 'orders.ml': program, 'mlpy.json': '{}\n' }, open: 'orders.ml', viewport: { width: 1280, height: 1000 } }, 'find_repeated');
const part = story.part.bind(story);

part('an undefined name gets a squiggle while typing, which goes when it is corrected', async (page) => {
  await story.typeAtLineEnd('found = 0', ' fuond;');
  await story.squiggle().waitFor({ timeout: 30_000 });
  await story.e.command('Problems: Focus on Problems View');
  await page.locator('.markers-panel', { hasText: "unknown identifier 'fuond'" }).waitFor();
  await story.e.shot('diagnostics');
  await story.e.focusEditor();
  await story.erase(' fuond;'.length);
  await story.squiggle().waitFor({ state: 'detached' });
  await story.hidePanel();
});

part('hover shows the function', async (page) => {
  await story.line('print(find_repeated').locator('span', { hasText: 'find_repeated' }).last().hover();
  await page.locator('.monaco-hover:visible', { hasText: 'find_repeated' }).waitFor();
  await story.e.shot('hover');
  await page.keyboard.press('Escape');
  await page.mouse.move(700, 600);
});

part('rename changes the function and its uses', async (page) => {
  await story.e.focusEditor();
  await story.line('function total_of').locator('span', { hasText: 'total_of' }).last().click();
  await page.keyboard.press('F2');
  const box = page.locator('.rename-box input');
  await box.waitFor();
  await box.fill('sum_of');
  await box.press('Enter');
  await story.line('total: sum_of(range').waitFor();
  await story.line('function sum_of(prices)').waitFor();
});

part('format puts the text in order', async (page) => {
  await story.typeAtLineEnd('// Which pairs', '\nspare   =   [ 1,2 ];');
  await story.e.command('Format Document');
  await story.line('spare = [1, 2];').waitFor();
  await page.keyboard.press('Control+Shift+K');
  await story.line('spare').waitFor({ state: 'detached' });
});

part('Run with Profiling puts the cost above the function', async (page) => {
  await story.e.focusEditor();
  const shown = story.lensShown();
  const ended = story.programEnd();
  await story.e.command('ML: Run with Profiling');
  await story.lens('% of execution time').first().waitFor({ timeout: 60_000 });
  figure('exit_to_lens', (await shown()) - (await ended), 'ms', 300);
  await story.hidePanel();
  await soon('the lens is above find_repeated', () => story.above(/\d+(\.\d)?% of execution time.* 1 call/, 'function find_repeated'));
  await story.line(/a\.customer\s==\sb\.customer.*\d+%\s·\s\d/).waitFor();
  await page.locator('.statusbar-item', { hasText: /\d s|\d ms/ }).first().waitFor();
  await story.e.shot('lens');
});

part('the lens stays with its function after an edit above it', async (page) => {
  const before = await story.line('function find_repeated').boundingBox();
  await story.typeAtLineEnd('// Which pairs', '\n// A line more');
  await soon('the function has moved', async () => ((await story.line('function find_repeated').boundingBox())?.y ?? 0) > before.y + 10);
  await soon('the lens has moved too', () => story.above(/% of execution time/, 'function find_repeated'));
  await story.e.shot('lens-after-edit');
});

part('completion offers the functions of the file', async (page) => {
  await story.typeAtLineEnd('print(find_repeated', '\nmake_');
  await page.keyboard.press('Control+Space');
  await page.locator('.suggest-widget.visible .monaco-list-row', { hasText: 'make_orders' }).first().waitFor();
  await story.e.shot('completion');
  await page.keyboard.press('Escape');
  await story.erase('\nmake_'.length);
});

part('a second run shows what has changed', async (page) => {
  await story.line('orders = make_orders(4000)').click();
  await page.keyboard.press('End');
  await story.erase('make_orders(4000);'.length);
  await page.keyboard.type('make_orders(1000);', { delay: 5 });
  await story.e.command('ML: Run with Profiling');
  await story.lens(/\(was \d/).first().waitFor({ timeout: 60_000 });
  await story.hidePanel();
  await story.e.shot('comparison');
});

part('the hottest function is one command away', async (page) => {
  await story.e.command('ML Profile: Go to Hottest Function');
  await page.locator('.statusbar-item', { hasText: 'of execution time' }).first().waitFor();
});

part('the flame graph opens, and a click in it goes to the function', async (page) => {
  await story.e.command('ML Profile: Show Flame Graph');
  const frame = page.frameLocator('iframe.webview').frameLocator('#active-frame');
  await frame.locator('.flame .frame').first().waitFor({ timeout: 30_000 });
  await story.e.shot('flame');
  await frame.locator('.flame .frame', { hasText: 'find_repeated' }).last().click();
  await page.locator('.editor-group-container.active .view-line', { hasText: 'function find_repeated' }).first().waitFor();
  const at = page.locator('.statusbar-item', { hasText: /Ln \d+/ }).first();
  const header = fs.readFileSync(path.join(story.e.ws, 'orders.ml'), 'utf8').split('\n').findIndex((l) => l.startsWith('function find_repeated')) + 1;
  await soon('the cursor is on the header', async () => (await at.textContent()).includes(`Ln ${header},`));
  await story.e.focusEditor();
  await story.e.command('View: Close Editors in Other Groups');
});

part('a breakpoint is hit, and the variables are shown', async (page) => {
  // On a busy machine the lenses may still move the line away under the click, and the key goes nowhere.
  const breakpoint = page.locator('.glyph-margin-widgets [class*="codicon-debug-breakpoint"]').first();
  await soon('the breakpoint is drawn', async () => {
    await story.e.focusEditor();
    await story.line('found = found + 1').click({ position: { x: 4, y: 8 } }); // its middle may be out of sight
    await page.keyboard.press('F9');
    return breakpoint.waitFor({ timeout: 5_000 }).then(() => true, () => false);
  }, 30_000);
  await story.e.command('ML: Debug');
  await page.locator('.debug-top-stack-frame-line').waitFor({ timeout: 60_000 });
  await page.locator('.debug-call-stack .stack-frame', { hasText: 'find_repeated' }).first().waitFor();
  await page.locator('.debug-variables', { hasText: 'found' }).waitFor();
  await story.e.shot('debugger');
  await story.e.debugButton('stop');
  await page.locator('.debug-top-stack-frame-line').waitFor({ state: 'detached' });
  await story.e.command('Remove All Breakpoints');
  await story.e.command('View: Show Explorer');
});

part('a language server that dies is started again, and shows the costs again', async (page) => {
  const servers = () => story.processes('lsp');
  const [old] = servers();
  assert.ok(old, 'a server runs');
  process.kill(Number(old), 'SIGKILL');
  await soon('another server runs', async () => servers().some((pid) => pid !== old), 30_000);
  await story.e.focusEditor();
  await soon('the cost is above find_repeated', () => story.above(/% .*of execution time/, 'function find_repeated'), 30_000);
  await story.typeAtLineEnd('found = 0', ' fuond;');
  await story.squiggle().waitFor({ timeout: 30_000 });
});

story.end();
