// Profiles in VS Code, beyond the first: live cost while debugging, configurations of launch.json, every command once.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Story, soon } from './story.mjs';

const program = `// What does a round cost?

function spin(n) {
    s = 0;
    for (i = 0; i < n; i = i + 1) {
        s = s + i % 7;
    }
    return s;
}

function light(n) {
    return range(n).length;
}

rounds = ROUNDS;
for (r = 0; r < rounds; r = r + 1) {
    spin(40000);
    light(300);
}
print("done");
`;
const launch = (name, more) => ({ type: 'ml', request: 'launch', name, program: '${file}', ...more });
const story = new Story('VS Code starts with a program that runs on', {
  files: {
    'mlpy.json': '{}\n',
    'short.ml': program.replace('ROUNDS', '40'),
    'long.ml': program.replace('ROUNDS', '1000000'),
    '.vscode/launch.json': JSON.stringify({ version: '0.2.0', configurations: [
      launch('Measured', { profile: 'ml-details', noDebug: true }), launch('As a flame', { profile: ['ml-summary', 'raw'], profileOpen: 'flame', noDebug: true, memory: true }),
    ] }),
  },
  open: 'short.ml',
  extra: { 'files.simpleDialog.enable': true, 'ml.profile.keep': 2 },
  viewport: { width: 1280, height: 1000 },
}, 'function spin');
const part = story.part.bind(story);
const runs = () => {
  const folder = path.join(story.e.ws, '.mlpy/profiles');
  return fs.existsSync(folder) ? fs.readdirSync(folder).filter((f) => /^\d.*\.mlprof$/.test(f)).sort() : [];
};
const status = (text) => story.page.locator('.statusbar-item', { hasText: text }).first();
const picked = (text) => story.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: text }).first();
const view = () => story.page.frameLocator('iframe.webview').frameLocator('#active-frame');
const pick = async (typed, text) => {
  await story.page.locator('.quick-input-widget input').first().fill(typed);
  await picked(text).waitFor();
  await story.page.keyboard.press('Enter');
};
// The editor's own dialog for files is ready when it lists the folder: what is typed before, it adds its folder to.
const fileDialog = async () => {
  await story.page.locator('.quick-input-widget', { hasText: 'OK' }).locator('.monaco-list-row', { hasText: '.mlpy' }).first().waitFor();
  return story.page.locator('.quick-input-widget input').first();
};
const closePage = async () => {
  await story.e.focusEditor();
  await story.e.command('View: Close Editors in Other Groups');
};

part('a configuration of launch.json measures the run', async (page) => {
  await story.lens('Run').first().waitFor({ timeout: 60_000 });
  await story.e.choose('debug Measured', 'Measured');
  await story.lens('% of execution time').first().waitFor({ timeout: 60_000 });
  await soon('the lens is above spin', () => story.above(/% of execution time.* 40 calls/, 'function spin'));
  assert.equal(runs().length, 1);
  await story.hidePanel();
});

part('another one opens the flame graph', async () => {
  await story.e.focusEditor();
  await story.e.choose('debug As a flame', 'As a flame');
  await view().locator('.flame .frame', { hasText: 'spin' }).first().waitFor({ timeout: 60_000 });
  assert.equal(runs().length, 2);
});

part('the comparison shows what has changed', async (page) => {
  await story.e.focusEditor();
  await story.hidePanel();
  await story.lens(/\(was \d/).first().waitFor({ timeout: 30_000 });
  await story.lens(/% \(was/).first().locator('a', { hasText: '(was' }).first().click();
  await view().locator('.summary', { hasText: 'in ML code before' }).waitFor({ timeout: 30_000 });
  await view().locator('tr', { hasText: 'spin' }).waitFor();
  await view().locator('nav button[aria-pressed="true"]', { hasText: 'Change' }).waitFor();
  await story.e.shot('change');
  await view().locator('.link', { hasText: 'spin' }).click();
  await story.line('function spin').waitFor();
});

part('no more runs stay than ml.profile.keep says', async () => {
  const [oldest, older] = runs();
  await closePage();
  await story.e.choose('debug Measured', 'Measured');
  await soon('a third run has come', () => !runs().slice(-1).includes(older));
  await soon('the first one has gone', () => runs().length === 2 && runs()[0] === older && !runs().includes(oldest));
  await story.hidePanel();
});

part('hot spots and callers', async (page) => {
  await story.e.command('ML Profile: Next Hot Spot');
  await status(/spin: \d.*of execution time/).waitFor();
  await story.e.command('ML Profile: Show Callers and Callees');
  await page.locator('.quick-input-widget', { hasText: /spin: own \d.*in all \d/ }).waitFor();
  await picked('(top level)').waitFor();
  await page.keyboard.press('Escape');
  await story.e.focusEditor();
});

part('the profile is written in another format', async (page) => {
  await story.e.choose('>ML Profile: Export...', 'ML Profile: Export...');
  await pick('svg', 'svg');
  const box = await fileDialog();
  await soon('a name is proposed', async () => (await box.inputValue()).endsWith('profile.svg'));
  await page.keyboard.press('Enter');
  const file = path.join(story.e.ws, 'profile.svg');
  await soon('the file is there', () => fs.existsSync(file) && fs.readFileSync(file, 'utf8').includes('</svg>'));
  await page.locator('.notification-toast', { hasText: 'Written' }).waitFor();
  await story.e.command('Notifications: Clear All Notifications');
});

part('costs are hidden, shown, cleared and loaded', async (page) => {
  await story.e.focusEditor();
  const costs = () => story.lens('% of execution time').or(story.lens('% (was'));
  await story.e.command('ML Profile: Toggle Profile in the Text');
  await soon('no costs', async () => (await costs().count()) === 0);
  await story.e.command('ML Profile: Toggle Profile in the Text');
  await costs().first().waitFor();
  await story.e.command('ML Profile: Clear Profile');
  await soon('no costs', async () => (await costs().count()) === 0);
  await story.e.choose('>ML Profile: Load Profile...', 'ML Profile: Load Profile...');
  const box = await fileDialog();
  await box.fill(path.join(story.e.ws, '.mlpy/profiles/'));
  await page.locator('.quick-input-list .monaco-list-row', { hasText: runs()[1] }).first().click();
  await story.lens('% of execution time').first().waitFor();
});

part('a run is compared with a saved one', async () => {
  await story.e.choose('>ML Profile: Compare with...', 'ML Profile: Compare with...');
  await picked('short.ml').waitFor();
  await story.page.keyboard.press('Enter');
  await view().locator('.summary', { hasText: 'in ML code before' }).waitFor({ timeout: 30_000 });
  await closePage();
  await story.e.choose('>ML Profile: Set as Baseline', 'ML Profile: Set as Baseline');
  await picked('short.ml').waitFor();
  await story.page.keyboard.press('Enter');
  await story.e.focusEditor();
  await story.lens(/% \(was/).first().waitFor();
});

part('runs are opened and deleted in their view', async (page) => {
  await story.e.command('ML Profile: Focus on Runs View');
  const rows = page.locator('.pane', { hasText: 'Runs' }).locator('.monaco-list-row', { hasText: 'short.ml' });
  await soon('two runs', async () => (await rows.count()) === 2);
  await rows.filter({ hasText: 'baseline' }).first().click();
  await page.frameLocator('iframe.webview').last().frameLocator('#active-frame').locator('.flame .frame', { hasText: 'spin' }).first().waitFor({ timeout: 30_000 });
  await story.e.shot('runs');
  await rows.filter({ hasText: 'baseline' }).first().hover();
  await rows.filter({ hasText: 'baseline' }).locator('.codicon-trash').click();
  await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Delete' }).click();
  await soon('one run', async () => (await rows.count()) === 1);
  assert.equal(runs().length, 1);
  await story.e.command('View: Close All Editors');
});

part('profiling starts and stops while a program is debugged', async (page) => {
  await story.e.command('View: Show Explorer');
  await page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'long.ml' }).first().dblclick();
  await story.line('rounds = 1000000').waitFor();
  await story.e.focusEditor();
  await story.lens('Run').first().waitFor({ timeout: 30_000 });
  await story.e.command('ML: Debug');
  await page.locator('.debug-toolbar .action-label.codicon-debug-pause:not(.disabled)').first().waitFor({ timeout: 60_000 });
  await page.locator('.debug-toolbar .codicon-flame').first().click();
  const live = page.locator('.pane', { hasText: 'Live Cost' });
  await live.locator('.monaco-list-row', { hasText: /spin\s*\d+(\.\d)?%/ }).first().waitFor({ timeout: 30_000 });
  await story.e.shot('live');
  await page.locator('.debug-toolbar .codicon-stop-circle').first().click();
  await story.lens('% of execution time').first().waitFor({ timeout: 30_000 });
  await soon('the lens is above spin', () => story.above(/% of execution time/, 'function spin'));
  await live.waitFor({ state: 'hidden' });
  await story.e.debugButton('stop');
  await page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
});

story.end();
