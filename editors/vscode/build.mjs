// Bundles the extension. dist/extension.js is what activation reads; dist/client.js, the language client, follows when
// the server starts; dist/viewer.js is the page of the profile viewer; dist/web.js the form without a server.
import { build } from 'esbuild';
import { minify } from 'terser';
import fs from 'node:fs';
import path from 'node:path';

const here = import.meta.dirname;
const common = { bundle: true, minify: true, absWorkingDir: here, legalComments: 'none', logLevel: 'warning' };
const node = { ...common, platform: 'node', format: 'cjs', target: 'node20' };

// Parts of the language client that our server never uses: notebooks, colours, type hierarchies, completions
// in the line from the server, cancellation by shared memory, and globs with more than `*`, `**`, `?` and `{a,b}`.
const nothing = 'getState() { return { kind: "static" } } fillClientCapabilities() {} initialize() {} clear() {}';
const feature = (name) => `exports.${name} = class { ${nothing} };`;
const replaced = {
  './notebook': feature('NotebookDocumentSyncFeature'),
  './typeHierarchy': feature('TypeHierarchyFeature'),
  './colorProvider': feature('ColorProviderFeature'),
  './inlineCompletion': feature('InlineCompletionItemFeature'),
  // What those parts say over the wire.
  './protocol.notebook': "exports.NotebookDocumentSyncRegistrationType = { method: 'notebookDocument/sync' };",
  './protocol.typeHierarchy': '',
  './protocol.inlineCompletion': '',
  './protocol.colorProvider': '',
  './sharedArrayCancellation': 'exports.SharedArraySenderStrategy = exports.SharedArrayReceiverStrategy = undefined;',
  './utils/uuid': "exports.generateUuid = require('crypto').randomUUID;",
  minimatch: `const one = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]', '{': '(?:', '}': ')', ',': '|' };
    exports.Minimatch = class {
      constructor(glob) { this.wanted = new RegExp('^' + glob.replace(/\\*\\*\\/|\\*\\*|[*?{},]|[.+^$()|\\[\\]\\\\]/g, (m) => one[m] ?? '\\\\' + m) + '$'); }
      makeRe() { return this.wanted; }
      match(path) { return this.wanted.test(path); }
    };`,
};
const unused = new Set(['WorkspaceChange', 'TextDocument', 'TextDocumentItem', 'VersionedTextDocumentIdentifier', 'MarkedString', 'FormattingOptions', 'WorkspaceSymbol',
  'MarkupContent', 'InlineCompletionTriggerKind', 'SelectedCompletionInfo', 'StringValue', 'EOL']);
const lean = {
  name: 'lean',
  setup(b) {
    b.onResolve({ filter: /^(minimatch|\.\/[\w/]+(\.\w+)?)$/ }, (args) =>
      replaced[args.path] !== undefined && /vscode-(jsonrpc|language(client|server-protocol))/.test(args.importer) ? { path: args.path, namespace: 'lean' } : undefined);
    // Namespaces of the protocol's types that nobody in the bundle asks for.
    b.onLoad({ filter: /vscode-languageserver-types.lib.esm.main\.js$/ }, (args) => ({
      contents: fs.readFileSync(args.path, 'utf8').replace(
        /^export (?:var (\w+);\n\(function \(\1\) \{|class (\w+) \{)[^]*?\n\}.*\n/gm, (whole, variable, type) => (unused.has(variable ?? type) ? '' : whole)),
    }));
    b.onLoad({ filter: /.*/, namespace: 'lean' }, (args) => ({ contents: replaced[args.path] }));
  },
};

await build({ ...node, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js', external: ['vscode', './client.js'] });
await build({ ...node, entryPoints: ['src/client.ts'], outfile: 'dist/client.js', external: ['vscode'], plugins: [lean], alias: { 'vscode-languageserver-types': './node_modules/vscode-languageserver-types/lib/esm/main.js' }, mangleProps: /^_[a-z]/ });
await build({ ...common, entryPoints: ['src/web.ts'], outfile: 'dist/web.js', platform: 'browser', format: 'cjs', target: 'es2022', external: ['vscode'] });
await build({ ...common, entryPoints: ['src/viewer/main.ts'], outfile: 'dist/viewer.js', platform: 'browser', format: 'iife', target: 'es2022', loader: { '.css': 'text' } });

// A second pass takes another twentieth off. Nothing here calls `new` on a function of an object literal (unsafe_methods).
for (const name of ['extension', 'client', 'viewer']) {
  const file = path.join(here, 'dist', `${name}.js`);
  const { code } = await minify(fs.readFileSync(file, 'utf8'), { ecma: 2022, compress: { passes: 4, unsafe_methods: true }, toplevel: name !== 'viewer' });
  fs.writeFileSync(file, code);
}

const sizes = Object.fromEntries(['extension', 'client', 'viewer'].map((name) => [name, fs.statSync(path.join(here, 'dist', `${name}.js`)).size]));
const host = sizes.extension + sizes.client;
console.log(`extension ${sizes.extension} + client ${sizes.client} = ${host} bytes; viewer ${sizes.viewer} bytes`);
if (host >= 300_000) {
  console.error('What the extension host loads must stay below 300 KB.');
  process.exitCode = 1;
}
