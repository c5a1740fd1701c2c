// Bundles the extension. dist/extension.js is what activation reads; dist/client.js, the language client, follows when
// the server starts; dist/viewer.js is the page of the profile viewer; dist/web.js the form without a server.
import { build } from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';

const here = import.meta.dirname;
const common = { bundle: true, minify: true, absWorkingDir: here, legalComments: 'none', logLevel: 'warning' };
const node = { ...common, platform: 'node', format: 'cjs', target: 'node20' };

// Parts of the language client that our server never uses, half of what it weighs beyond the protocol: a check of the
// editor's version that `engines` makes already, notebooks, colours, type hierarchies, values from the server, and
// globs with more than `*`, `**`, `?` and `{a,b}`.
const nothing = 'getState() { return { kind: "static" } } fillClientCapabilities() {} initialize() {} clear() {}';
const feature = (name) => `exports.${name} = class { ${nothing} };`;
const replaced = {
  'semver/functions/parse': 'module.exports = (version) => version;',
  'semver/functions/satisfies': 'module.exports = () => true;',
  './notebook': feature('NotebookDocumentSyncFeature'),
  './typeHierarchy': feature('TypeHierarchyFeature'),
  './inlineValue': feature('InlineValueFeature'),
  './colorProvider': feature('ColorProviderFeature'),
  minimatch: `const one = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]', '{': '(?:', '}': ')', ',': '|' };
    exports.Minimatch = class {
      constructor(glob) { this.wanted = new RegExp('^' + glob.replace(/\\*\\*\\/|\\*\\*|[*?{},]|[.+^$()|\\[\\]\\\\]/g, (m) => one[m] ?? '\\\\' + m) + '$'); }
      makeRe() { return this.wanted; }
      match(path) { return this.wanted.test(path); }
    };`,
};
const lean = {
  name: 'lean',
  setup(b) {
    b.onResolve({ filter: /^(semver\/|minimatch$|\.\/(notebook|typeHierarchy|inlineValue|colorProvider)$)/ }, (args) =>
      replaced[args.path] && args.importer.includes('vscode-languageclient') ? { path: args.path, namespace: 'lean' } : undefined);
    b.onLoad({ filter: /.*/, namespace: 'lean' }, (args) => ({ contents: replaced[args.path] }));
  },
};

await build({ ...node, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js', external: ['vscode', './client.js'] });
await build({ ...node, entryPoints: ['src/client.ts'], outfile: 'dist/client.js', external: ['vscode'], plugins: [lean] });
await build({ ...common, entryPoints: ['src/web.ts'], outfile: 'dist/web.js', platform: 'browser', format: 'cjs', target: 'es2022', external: ['vscode'] });
await build({ ...common, entryPoints: ['src/viewer/main.ts'], outfile: 'dist/viewer.js', platform: 'browser', format: 'iife', target: 'es2022', loader: { '.css': 'text' } });

const limit = 300 * 1024;
for (const name of ['extension.js', 'client.js', 'viewer.js']) {
  const { size } = fs.statSync(path.join(here, 'dist', name));
  console.log(`dist/${name} ${(size / 1024).toFixed(0)} KB`);
  if (size > limit) {
    console.error(`${name} must stay below 300 KB`);
    process.exitCode = 1;
  }
}
