// A folder that is not trusted: findings are shown, nothing is run.
import { Story } from './story.mjs';

const story = new Story('VS Code starts in a folder that is not trusted', {
  files: { 'shop.ml': 'function twice(x) {\n    return x * 2;\n}\n\nprint(twise(2));\n', 'mlpy.json': '{}\n', '.vscode/settings.json': JSON.stringify({ 'ml.server.path': '/does/not/exist' }) },
  open: 'shop.ml',
  trust: true,
}, 'twice');

story.part('findings are shown, by the program of the extension and not the one the folder names', async (page) => {
  await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).first().waitFor({ timeout: 30_000 });
  await story.squiggle().waitFor({ timeout: 30_000 });
});

story.part('nothing can be run', async (page) => {
  await page.keyboard.press('F1');
  const box = page.locator('.quick-input-widget input').first();
  await box.waitFor();
  await box.fill('>ML: ');
  const rows = page.locator('.quick-input-list .monaco-list-row');
  await rows.filter({ hasText: 'ML: Restart Language Server' }).first().waitFor();
  for (const title of ['ML: Run', 'ML: Debug', 'ML: Run with Profiling']) {
    const row = rows.filter({ has: page.locator(`.label-name:text-is("${title}")`) });
    if (await row.count()) throw new Error(`${title} is offered`);
  }
  await story.e.shot('untrusted');
  await page.keyboard.press('Escape');
});

story.end();
