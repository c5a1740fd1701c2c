// Takes the pictures of the manual: pictures.mjs FOLDER (env as for the tests). They show what the tests check.
import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { openEditor } from './harness.mjs';

const [into] = process.argv.slice(2);
const example = fs.readFileSync(path.join(import.meta.dirname, 'pictures.ml'), 'utf8');
const e = await openEditor({
  vsix: process.env.VSIX,
  files: { 'orders.ml': example, 'mlpy.json': '{}\n' },
  open: 'orders.ml',
  viewport: { width: 1120, height: 662 },
  scale: 2,
  extra: {
    'workbench.activityBar.location': 'hidden', 'workbench.sideBar.location': 'right', 'workbench.layoutControl.enabled': false, 'editor.fontFamily': 'DejaVu Sans Mono',
    'editor.fontSize': 14, 'editor.lineHeight': 21, 'editor.codeLensFontSize': 13, 'editor.matchBrackets': 'never', 'editor.occurrencesHighlight': 'off', 'editor.guides.indentation': false,
    'editor.renderLineHighlight': 'none', 'editor.scrollBeyondLastLine': false, 'editor.overviewRulerBorder': false, 'editor.overviewRulerLanes': 0, 'editor.hideCursorInOverviewRuler': true,
    'editor.scrollbar.vertical': 'hidden', 'editor.scrollbar.horizontal': 'hidden', 'editor.cursorBlinking': 'solid', 'workbench.statusBar.visible': false, 'breadcrumbs.enabled': false, 'editor.lightbulb.enabled': 'off',
    'debug.internalConsoleOptions': 'neverOpen', 'files.exclude': { '**/.mlpy': true }, 'ml.inlayHints.parameterNames': false, 'terminal.integrated.fontFamily': 'DejaVu Sans Mono',
    'terminal.integrated.fontSize': 14, 'terminal.integrated.gpuAcceleration': 'off', 'terminal.integrated.tabs.enabled': false,
  },
});
const { page } = e;
const shot = (name, clip) => page.screenshot({ path: path.join(into, `vscode-${name}.png`), clip });
const line = (text) => page.locator('.view-line', { hasText: text }).first();
const lens = (text) => page.locator('.codelens-decoration:visible', { hasText: text }).first();
const settle = () => new Promise((done) => setTimeout(done, 1500));
const away = async () => {
  await page.mouse.move(620, 640);
  await settle();
};
try {
  await lens('Run').waitFor({ timeout: 60_000 });
  await e.command('View: Toggle Primary Side Bar Visibility');
  await e.focusEditor();

  await line('total = 0').click();
  await page.keyboard.press('End');
  await page.keyboard.type(' cout = totl;', { delay: 10 });
  await page.locator('.squiggly-error, .squiggly-warning').first().waitFor();
  await settle();
  const box = await page.locator('.squiggly-error').first().boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + 4, { steps: 5 });
  await page.locator('.monaco-hover:visible', { hasText: 'totl' }).waitFor();
  await settle();
  await shot('diagnostics');
  await page.keyboard.press('Escape');
  for (let i = 0; i < ' cout = totl;'.length; i++) await page.keyboard.press('Backspace');

  await e.command('ML: Run with Profiling');
  await lens('% of execution time').waitFor({ timeout: 60_000 });
  await e.focusEditor();
  await page.keyboard.press('Control+Home');
  await away();
  await shot('lens');
  await line('function count_same').locator('span', { hasText: 'count_same' }).last().hover();
  await page.locator('.monaco-hover:visible', { hasText: 'count_same' }).waitFor();
  await settle();
  await shot('hover');
  await page.keyboard.press('Escape');

  await e.command('ML Profile: Show Flame Graph');
  const frame = page.frameLocator('iframe.webview').frameLocator('#active-frame');
  await frame.locator('.flame .frame').first().waitFor({ timeout: 30_000 });
  await frame.locator('.flame .frame', { hasText: 'count_same' }).last().hover();
  await settle();
  await shot('flame');
  await e.focusEditor();
  await e.command('View: Close Editors in Other Groups');

  // The cure: every pair is looked at once.
  await e.focusEditor();
  const fast = fs.readFileSync(path.join(import.meta.dirname, 'pictures_fast.ml'), 'utf8');
  fs.writeFileSync(path.join(e.ws, 'orders.ml'), fast);
  await line('list.slice(i + 1)').waitFor({ timeout: 20_000 });
  await e.command('ML: Run with Profiling');
  await lens(/\(was \d/).waitFor({ timeout: 60_000 });
  await e.focusEditor();
  await page.keyboard.press('Control+Home');
  await away();
  await shot('comparison');
  await lens('(was').locator('a', { hasText: '(was' }).first().click();
  const change = page.frameLocator('iframe.webview').last().frameLocator('#active-frame');
  await change.locator('.summary').waitFor({ timeout: 30_000 });
  await e.focusEditor();
  await settle();
  await shot('change');
  await e.focusEditor();
  await e.command('View: Close Editors in Other Groups');

  await e.focusEditor();
  await line('a = list').click();
  await page.keyboard.press('F9');
  await page.locator('.glyph-margin-widgets [class*="codicon-debug-breakpoint"]').first().waitFor();
  await e.command('ML: Debug');
  await page.locator('.debug-top-stack-frame-line').waitFor({ timeout: 60_000 });
  await page.locator('.debug-variables', { hasText: 'count' }).waitFor();
  await away();
  await shot('debugger');
  await e.debugButton('stop');
  await page.locator('.debug-top-stack-frame-line').waitFor({ state: 'detached' });

  // Neovim, in the editor's terminal.
  const toolchain = path.join(e.root, 'ed', fs.readdirSync(path.join(e.root, 'ed')).find((f) => f.startsWith('mlpy.')), 'toolchain');
  const plugin = path.resolve(import.meta.dirname, '../../neovim');
  const parser = path.join(e.root, 'ml.so');
  spawnSync(path.join(plugin, 'parser.sh'), [parser]);
  fs.writeFileSync(path.join(e.root, 'init.lua'), `vim.opt.runtimepath:prepend('${plugin}')
vim.cmd('filetype plugin on | runtime! plugin/mlpy.lua ftdetect/mlpy.lua | set number termguicolors background=light laststatus=0 noruler noshowcmd noswapfile shortmess+=F signcolumn=no')
vim.opt.fillchars = { eob = ' ' }
vim.cmd('highlight Normal guifg=#24292f guibg=#ffffff | highlight LspCodeLens guifg=#6e7781 gui=italic | highlight LineNr guifg=#8c959f')
vim.cmd('highlight Function guifg=#8250df | highlight Statement guifg=#cf222e gui=NONE | highlight Number guifg=#0550ae | highlight Comment guifg=#6e7781 | highlight Identifier guifg=#24292f | highlight Operator guifg=#24292f | highlight Delimiter guifg=#57606a')
require('mlpy').setup({ cmd = '${toolchain}/bin/mlpy' })
vim.treesitter.require_language('ml', '${parser}')
vim.api.nvim_create_autocmd('FileType', { pattern = 'ml', callback = function(ev) vim.treesitter.highlighter.new(vim.treesitter.get_parser(ev.buf, 'ml')) end })
`);
  await e.command('View: Close All Editors');
  await e.command('Terminal: Create New Terminal');
  await page.locator('.terminal.xterm').first().waitFor();
  await e.command('View: Toggle Maximized Panel');
  await page.locator('.terminal.xterm').first().click();
  await page.keyboard.type(`clear; nvim -u ${e.root}/init.lua -i NONE orders.ml\n`, { delay: 5 });
  const drawn = (text) => page.locator('.terminal.xterm .xterm-rows > div', { hasText: text }).first();
  await drawn('% of execution time').waitFor({ timeout: 60_000 });
  await settle();
  await page.screenshot({ path: path.join(into, 'neovim-lens.png'), clip: await page.locator('.terminal.xterm').first().boundingBox() });
  await page.keyboard.type(':qa!\n');
} catch (error) {
  await shot('failed').catch(() => {});
  throw error;
} finally {
  await e.stop();
}
