// What package.json contributes, against the list of editor-protocols.md 7.1, 7.2 and 3.10 (names as of docs/editors.md).
import test from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';

const here = path.resolve(import.meta.dirname, '..');
const read = (name) => JSON.parse(fs.readFileSync(path.join(here, name), 'utf8'));
const manifest = read('package.json');
const c = manifest.contributes;
const ids = (list, key = 'id') => list.map((x) => x[key]);
const has = (list, wanted, what) => assert.deepEqual(wanted.filter((w) => !list.includes(w)), [], `missing ${what}`);

test('the language', () => {
  const [ml] = c.languages;
  assert.equal(ml.id, 'ml');
  assert.deepEqual(ml.extensions, ['.ml']);
  for (const yes of ['#!/usr/bin/env ml', '#!/usr/bin/mlpy run']) assert.match(yes, new RegExp(ml.firstLine));
  assert.doesNotMatch('#!/usr/bin/ocaml', new RegExp(ml.firstLine));
  const rules = read('language-configuration.json');
  assert.equal(rules.comments.blockComment, undefined);
  assert.equal(rules.comments.lineComment, '//');
  assert.match('total_2', new RegExp(`^(?:${rules.wordPattern})$`));
  const { start, end } = rules.folding.markers;
  for (const text of ['// #region Totals', '  #region', '// region x']) assert.match(text, new RegExp(start));
  for (const text of ['// #endregion', '#endregion']) assert.match(text, new RegExp(end));
  assert.doesNotMatch('region = 1;', new RegExp(start));
});

test('commands, and each is registered by the code', () => {
  const profile = ['load', 'clear', 'compare', 'export', 'goToHottest', 'nextHotSpot', 'showFlame', 'showCallers', 'toggleSurface', 'setBaseline', 'start', 'stop'];
  has(ids(c.commands, 'command'), ['ml.run', 'ml.debug', 'ml.runProfiled', ...profile.map((p) => `ml.profile.${p}`), 'ml.transpilePreview', 'ml.securityReport',
    'ml.restartServer', 'ml.showOutput', 'ml.initProject', 'ml.associateFiles', 'ml.selectPython', 'ml.reportIssue'], 'commands');
  const code = fs.readdirSync(path.join(here, 'src'), { recursive: true }).filter((f) => f.endsWith('.ts')).map((f) => fs.readFileSync(path.join(here, 'src', f), 'utf8')).join('\n');
  for (const { command } of c.commands) assert.match(code, new RegExp(`(?:registerCommand|add)\\('${command.replaceAll('.', '\\.')}'`), command);
  const used = JSON.stringify([c.menus, c.keybindings, c.viewsWelcome, c.walkthroughs]).matchAll(/"command(?::|":")(ml\.[\w.]+)|\(command:(ml\.[\w.]+)\)|onCommand:(ml\.[\w.]+)/g);
  for (const m of used) assert.ok(ids(c.commands, 'command').includes(m[1] ?? m[2] ?? m[3]), m[0]);
});

test('keys: two, and none is a default of the editor', () => {
  assert.deepEqual(c.keybindings.map((k) => [k.command, k.key]), [['ml.runProfiled', 'ctrl+alt+f5'], ['ml.profile.nextHotSpot', 'alt+f8 alt+f8']]);
  assert.equal(c.keybindings[1].when, 'editorLangId == ml && ml.hasProfile');
});

test('menus', () => {
  const titles = c.menus['editor/title/run'].map((m) => c.commands.find((x) => x.command === m.command).title);
  assert.deepEqual(titles, ['Run', 'Debug', 'Run with Profiling']);
  assert.equal(c.menus['editor/context'][0].submenu, 'ml.context');
  assert.deepEqual(ids(c.menus['debug/toolBar'], 'command'), ['ml.profile.start', 'ml.profile.stop']);
  const explorer = c.menus['explorer/context'].map((m) => m.when);
  assert.ok(explorer.some((w) => w.includes('== .ml')) && explorer.some((w) => w.includes('== .mlprof')));
  has(Object.keys(c.menus), ['view/title', 'commandPalette'], 'menus');
});

test('settings and their defaults', () => {
  const wanted = {
    'server.path': '', 'server.args': [], 'server.extraEnv': {}, 'trace.server': 'off', pythonPath: '',
    'diagnostics.enable': true, 'diagnostics.scope': 'open', 'diagnostics.severity': {}, 'security.enable': true, 'security.level': 'medium',
    'format.enable': true, 'format.lineWidth': 100, 'format.quotes': 'keep', 'format.indent': 4, 'completion.autoImport': true, 'completion.snippets': true,
    'inlayHints.parameterNames': true, 'inlayHints.variableTypes': false, 'inlayHints.returnTypes': false, 'inlayHints.capabilities': false, 'inlayHints.closingBraces': false,
    'codeLens.run': true, 'codeLens.references': false, 'codeLens.performance': true,
    'profile.surface': 'auto', 'profile.minPercent': 0.1, 'profile.lineThreshold': 1, 'profile.lineBase': 'run', 'profile.detail': 'full', 'profile.autoLoad': true,
    'profile.folder': '.mlpy/profiles', 'profile.keep': 20, 'profile.default': 'ml-details', 'index.enable': true, 'index.maxFiles': 20000, memoryLimitMB: 1024, linkedEditing: false,
  };
  for (const [key, value] of Object.entries(wanted)) {
    const setting = c.configuration.properties[`ml.${key}`];
    assert.ok(setting, key);
    assert.deepEqual(setting.default, value, key);
    assert.ok(setting.markdownDescription, key);
  }
  assert.deepEqual(c.configuration.properties['ml.profile.surface'].enum, ['auto', 'lens', 'inlay', 'both', 'off']);
  assert.deepEqual(c.configuration.properties['ml.profile.lineBase'].enum, ['run', 'function']);
  assert.deepEqual(c.configuration.properties['ml.profile.detail'].enum, ['short', 'full']);
});

test('the debugger: schema, configurations, snippets', () => {
  const [ml] = c.debuggers;
  assert.deepEqual([ml.type, ml.label, ml.languages], ['ml', 'ML', ['ml']]);
  // Not trust: the editor learns late that a folder is trusted, and refuses until then. Trust is asked for when a program starts.
  assert.equal(ml.when, '!virtualWorkspace');
  const { launch, attach } = ml.configurationAttributes;
  assert.deepEqual(launch.required, ['program']);
  has(Object.keys(launch.properties), ['program', 'args', 'cwd', 'env', 'envFile', 'stopOnEntry', 'console', 'stdin', 'redirectOutput', 'pythonPath', 'toolPath', 'modulePaths', 'extensionPaths',
    'profile', 'profileMode', 'profileRate', 'profileKeep', 'profileOutput', 'profileBaseline', 'profileOpen', 'memory', 'sandbox', 'capabilities', 'justMyCode', 'stepFilters', 'showReturnValue',
    'record', 'subProcess', 'trace', 'forceTranspile', 'strictSecurity'], 'launch attributes');
  has(Object.keys(attach.properties), ['processId', 'host', 'port', 'token', 'listenSocket', 'profile', 'profileMode', 'profileKeep', 'memory', 'justMyCode', 'trace'], 'attach attributes');
  assert.deepEqual(attach.properties.processId.anyOf[0].enum, ['${command:ml.pickProcess}']);
  for (const shared of ['profile', 'profileMode', 'profileKeep', 'memory', 'justMyCode', 'trace']) assert.deepEqual(attach.properties[shared], launch.properties[shared], shared);
  for (const [name, about] of [...Object.entries(launch.properties), ...Object.entries(attach.properties)]) {
    assert.ok(about.markdownDescription, `${name}: a description`);
    assert.notEqual(about.default, undefined, `${name}: a default`);
    for (const form of [about, ...(about.anyOf ?? [])]) {
      if (form.enum) assert.equal(form.enumDescriptions?.length, form.enum.length, `${name}: descriptions of ${form.enum}`);
    }
  }
  const kinds = ['ml-summary', 'ml-details', 'dev-summary', 'dev-details', 'raw', 'all'];
  assert.deepEqual(launch.properties.profile.anyOf[1].enum, kinds);
  assert.deepEqual(launch.properties.profile.anyOf[2].items.enum, kinds);
  assert.deepEqual(ml.configurationSnippets.map((s) => s.body.name), ['Debug file', 'Debug with arguments', 'Stop on entry', 'Run with profiling', 'Profile + memory', 'Attach']);
  const profiled = ml.configurationSnippets.find((s) => s.body.name === 'Run with profiling').body;
  assert.deepEqual([profiled.profile, profiled.noDebug], ['ml-details', true]);
  assert.deepEqual(c.breakpoints, [{ language: 'ml' }]);
});

test('tokens: modifiers of our own, with colours of their own', () => {
  has(ids(c.semanticTokenModifiers), ['captured', 'unsafe', 'hot1', 'hot2', 'hot3', 'hot4'], 'modifiers');
  const scopes = c.semanticTokenScopes[0].scopes;
  const rules = c.configurationDefaults['editor.semanticTokenColorCustomizations'].rules;
  for (const m of ids(c.semanticTokenModifiers).filter((m) => m !== 'unused')) {
    assert.ok(Object.keys({ ...scopes, ...rules }).some((k) => k.split(/[.:]/).includes(m)), m);
  }
});

test('views, editor, tasks, walkthrough, activation, trust', () => {
  assert.equal(c.viewsContainers.activitybar[0].title, 'ML Profile');
  assert.deepEqual(c.views.mlProfile.map((v) => v.name), ['Hot Functions', 'Runs']);
  assert.deepEqual(c.views.debug.map((v) => [v.name, v.when]), [['Live Cost', 'ml.profiling']]);
  assert.deepEqual(c.customEditors[0].selector, [{ filenamePattern: '*.mlprof' }]);
  assert.equal(c.taskDefinitions[0].type, 'ml');
  assert.deepEqual(c.taskDefinitions[0].properties.task.enum, ['run', 'check', 'format --check', 'profile']);
  assert.equal(c.problemMatchers[0].name, 'ml');
  assert.equal(c.walkthroughs[0].steps.length, 5);
  for (const step of c.walkthroughs[0].steps) assert.ok(fs.existsSync(path.join(here, step.media.markdown)));
  has(manifest.activationEvents, ['onLanguage:ml', 'onDebugResolve:ml', 'workspaceContains:**/mlpy.json'], 'activation');
  assert.equal(manifest.capabilities.untrustedWorkspaces.supported, 'limited');
  has(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, ['ml.server.path', 'ml.server.args', 'ml.server.extraEnv', 'ml.pythonPath'], 'restricted settings');
  assert.equal(manifest.capabilities.virtualWorkspaces.supported, 'limited');
  assert.equal(c.notebooks, undefined);
});

// `${1:name}`, `${1|a,b|}`, `$0` as a person leaves them who accepts everything.
const plain = (body) => body.join('\n').replace(/\$\{\d+\|([^,|]*)[^|]*\|\}/g, '$1').replace(/\$\{\d+:([^}]*)\}/g, '$1').replace(/\$\d+/g, '');

test('the grammar accepts every snippet', { skip: !process.env.MLPY && 'MLPY is not set' }, () => {
  const snippets = read('snippets/ml.json');
  has(Object.values(snippets).map((s) => s.prefix), ['function', 'fn', 'if', 'elif', 'for', 'while', 'try', 'capability', 'import', 'throw', 'test', 'main'], 'snippets');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'snippets-'));
  try {
    for (const [name, snippet] of Object.entries(snippets)) {
      const file = path.join(folder, 'snippet.ml');
      fs.writeFileSync(file, plain(snippet.body) + '\n');
      const { stdout } = spawnSync(process.env.MLPY, ['check', file], { encoding: 'utf8' });
      assert.doesNotMatch(stdout, /error ML0[01]\d\d/, `${name}:\n${plain(snippet.body)}`);
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
