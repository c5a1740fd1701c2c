// Starts code-server on a throw-away profile and a headless Chromium on it.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';

// CS_NODE = the Node that runs code-server, CS_ENTRY = its out/node/entry.js
const { CS_NODE: NODE = process.execPath, CS_ENTRY: ENTRY, CHROMIUM = '/usr/bin/chromium' } = process.env;

export const settings = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'chat.disableAIFeatures': true,
  'git.enabled': false,
  'window.commandCenter': false,
  'editor.minimap.enabled': false,
  'editor.stickyScroll.enabled': false,
  'files.hotExit': 'off',
  'debug.openDebug': 'openOnSessionStart',
};

export async function openEditor({ vsix, files, open, extra = {}, shots, dev, tests, trust = false, viewport = { width: 1280, height: 800 }, scale = 1 }) {
  const t0 = performance.now(), marks = {};
  const mark = (k) => { marks[k] = Math.round(performance.now() - t0); };
  const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'ed-')));
  const ud = path.join(root, 'ud'), ed = path.join(root, 'ed'), ws = path.join(root, 'ws'), cfg = path.join(root, 'cs.yaml');
  for (const d of [path.join(ud, 'User'), ed, ws]) fs.mkdirSync(d, { recursive: true });
  fs.writeFileSync(path.join(ud, 'User', 'settings.json'), JSON.stringify({ ...settings, ...(trust && { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.banner': 'never' }), ...extra }));
  fs.writeFileSync(cfg, 'auth: none\ncert: false\n');
  for (const [n, t] of Object.entries(files)) { fs.mkdirSync(path.dirname(path.join(ws, n)), { recursive: true }); fs.writeFileSync(path.join(ws, n), t); }
  // No gallery: the server would otherwise ask the public one at start-up.
  const env = { ...process.env, EXTENSIONS_GALLERY: '{"serviceUrl":""}' };
  delete env.PORT; delete env.PASSWORD; delete env.VSCODE_IPC_HOOK_CLI;
  const common = ['--config', cfg, '--user-data-dir', ud, '--extensions-dir', ed];
  if (vsix) {
    const r = spawnSync(NODE, [ENTRY, ...common, '--install-extension', vsix], { env, encoding: 'utf8' });
    if (r.status !== 0) throw new Error('install-extension: ' + r.stdout + r.stderr);
    mark('vsix installed');
  }

  const log = path.join(root, 'server.log'), fd = fs.openSync(log, 'w');
  const server = spawn(NODE, [ENTRY, ...common, '--auth', 'none', '--bind-addr', '127.0.0.1:0', '--disable-telemetry', '--disable-update-check',
    ...(trust ? [] : ['--disable-workspace-trust']), '--disable-getting-started-override'], { env, stdio: ['ignore', fd, fd], detached: true });
  const ended = new Promise((ok) => server.once('exit', ok));
  process.once('SIGTERM', () => process.exit(1));
  process.once('exit', () => { try { process.kill(-server.pid, 'SIGKILL'); } catch {} });   // if the runner dies first
  let browser;
  const stop = async ({ keep = false } = {}) => {
    await browser?.close().catch(() => {});
    try { process.kill(-server.pid, 'SIGTERM'); } catch {}
    const hard = setTimeout(() => { try { process.kill(-server.pid, 'SIGKILL'); } catch {} }, 5000);
    await ended; clearTimeout(hard); fs.closeSync(fd);
    if (!keep) fs.rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    let base;
    for (const end = Date.now() + 30000; ;) {
      const m = /server listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(fs.readFileSync(log, 'utf8'));
      if (m && (await fetch(m[1] + '/healthz').catch(() => 0)).ok) { base = m[1]; break; }
      if (Date.now() > end || server.exitCode !== null) throw new Error('server did not start: ' + fs.readFileSync(log, 'utf8'));
      await new Promise((ok) => setTimeout(ok, 50));
    }
    mark('server up');
    browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
    mark('browser up');
    const ctx = await browser.newContext({ viewport, deviceScaleFactor: scale, reducedMotion: 'reduce' });
    const page = await ctx.newPage();
    const consoleLog = [];
    page.on('console', (m) => consoleLog.push(`${m.type()}: ${m.text()}`));
    page.on('pageerror', (e) => consoleLog.push('pageerror: ' + e));
    const host = new URL(base).host;
    const remote = (p) => `vscode-remote://${host}${p}`;
    const payload = [];
    if (open) payload.push(['openFile', remote(path.posix.join(ws, open))]);
    // Built workbenches ignore extensionDevelopmentPath/extensionTestsPath in the URL's payload, so put the
    // same two options into the configuration that the page is served with.
    let testsDone;
    if (dev || tests) {
      const uri = (p) => ({ $mid: 1, scheme: 'vscode-remote', authority: host, path: p });
      await page.addInitScript((opt) => document.addEventListener('readystatechange', () => {
        const meta = document.getElementById('vscode-workbench-web-configuration');   // "interactive" comes before the module scripts
        if (document.readyState !== 'interactive' || !meta) return;
        const c = JSON.parse(meta.dataset.settings);
        c.developmentOptions = { ...c.developmentOptions, ...opt };
        meta.dataset.settings = JSON.stringify(c);
      }), { extensions: dev ? [uri(dev)] : [], ...(tests && { extensionTestsPath: uri(tests) }) });
      let done;
      testsDone = new Promise((ok) => { done = ok; });
      await page.exposeFunction('codeAutomationExit', done);                           // the workbench calls it with the exit code
    }
    await page.goto(`${base}/?${new URLSearchParams({ folder: ws, payload: JSON.stringify(payload) })}`);
    if (open) { await page.locator('.monaco-editor .view-line').first().waitFor({ timeout: 60000 }); mark('editor shown'); }
    const shot = async (n) => { if (shots) await page.screenshot({ path: path.join(shots, n + '.png') }); };
    // Chooses the row with the text after typing into the box that F1 opens.
    const choose = async (typed, text) => {
      const box = page.locator('.quick-input-widget input').first();
      // The row that Enter takes: a list that is still being filled has another one, or none.
      const row = page.locator('.quick-input-list .monaco-list-row.focused', { hasText: text }).first();
      const typeIt = async (timeout) => {
        await page.keyboard.press('F1');
        await box.waitFor({ timeout });
        await box.fill(typed, { timeout });
        await row.waitFor({ timeout });
      };
      // An editor that gets the focus a moment late closes the box again.
      for (let more = 3; ; more--) {
        try {
          await typeIt(more > 0 ? 5_000 : 30_000);
          break;
        } catch (e) {
          if (more === 0) throw e;
          marks.retries = (marks.retries ?? 0) + 1;
          await page.keyboard.press('Escape');
        }
      }
      await page.keyboard.press('Enter');
    };
    const command = async (title) => {
      await choose('>' + title, title);
      await page.locator('.quick-input-widget input').first().waitFor({ state: 'hidden' });
    };
    // Code lenses are (re)computed only while the text has the focus: a blur cancels a pending
    // request and leaves inert, cached text. So give the focus back before looking for a live lens.
    const focusEditor = async () => {
      await page.keyboard.press('Control+1');     // View: Focus First Editor Group
      await page.locator('.monaco-editor.focused').first().waitFor();
    };
    // Buttons, not F5/F10: a key pressed in the moment before the "stopped" context is set does nothing.
    const debugButton = (name) => page.locator(`.debug-toolbar .action-label.codicon-debug-${name}:not(.disabled)`).first().click();
    // Act, look for the effect, act again (only for acts that may be repeated).
    const until = async (act, seen, { tries = 4, each = 5000 } = {}) => {
      for (let i = 1; ; i++) {
        await act();
        try { return await seen.waitFor({ timeout: each }); } catch (e) { if (i === tries) throw e; }
        marks.retries = (marks.retries ?? 0) + 1;
      }
    };
    const rss = () => ps(server.pid);
    return { page, ws, root, testsDone, marks, mark, shot, command, choose, debugButton, focusEditor, until, stop, consoleLog, rss, serverPid: server.pid, log };
  } catch (e) { await stop({ keep: true }); e.message += `\n(profile kept: ${root})`; throw e; }
}
// RSS in MiB of a process and all it started.
function ps(pid) {
  const rows = spawnSync('ps', ['-eo', 'pid=,ppid=,rss='], { encoding: 'utf8' }).stdout.trim().split('\n').map((l) => l.trim().split(/\s+/).map(Number));
  const kids = new Set([pid]); for (let n = -1; n !== kids.size;) { n = kids.size; for (const [p, pp] of rows) if (kids.has(pp)) kids.add(p); }
  return Math.round(rows.filter(([p]) => kids.has(p)).reduce((a, [, , r]) => a + r, 0) / 1024);
}
