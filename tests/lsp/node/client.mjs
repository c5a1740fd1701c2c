// Microsoft's own protocol library as a client: asks everything the server announces, and looks at every answer with
// the library's own checks of the protocol's types. client.mjs FOLDER-OF-PACKAGES MLPY_LSP
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [packages, program] = process.argv.slice(2);
const lsp = createRequire(path.resolve(packages, 'package.json'))('vscode-languageserver-protocol/node');

const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'mlpy-client-')));
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
const main = `import geo;
import json;
// Twice as much.
function twice(value) {
    return geo.area(value, 2);
}
shape = {width: 3, height: 4};
total = 0;
for (i in range(10)) {
    if (i > 3) { total = total + twice(i); }
}
print(total, shape.width, json.parse("[1]"));
print(undefined_name);
`;
const geo = 'function area(width, height) {\n    return width * height;\n}\n';
fs.writeFileSync(path.join(folder, 'main.ml'), main);
fs.writeFileSync(path.join(folder, 'geo.ml'), geo);
const uri = pathToFileURL(path.join(folder, 'main.ml')).href;

const server = spawn(program, ['--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
const connection = lsp.createProtocolConnection(new lsp.StreamMessageReader(server.stdout), new lsp.StreamMessageWriter(server.stdin));
const heard = [];
connection.onUnhandledNotification((n) => heard.push(n.method));
connection.onError((e) => { throw new Error(`broken message: ${e}`); });
const published = new Map();
connection.onNotification(lsp.PublishDiagnosticsNotification.type, (p) => {
  each(p.diagnostics, lsp.Diagnostic);
  published.set(p.uri, p);
});
for (const type of [lsp.CodeLensRefreshRequest, lsp.InlayHintRefreshRequest, lsp.SemanticTokensRefreshRequest, lsp.DiagnosticRefreshRequest]) connection.onRequest(type.type, () => undefined);
const registered = [];
connection.onRequest(lsp.RegistrationRequest.type, (p) => { registered.push(...p.registrations); });
connection.onRequest(lsp.ConfigurationRequest.type, (p) => p.items.map(() => ({ inlayHints: { variableTypes: true }, codeLens: { references: true } })));
const changes = [];
connection.onNotification('mlpy/profile/changed', (p) => changes.push(p));
connection.listen();

const position = (line, character) => ({ line: line - 1, character: character - 1 });
const whole = { start: position(1, 1), end: position(14, 1) };
const document = { textDocument: { uri } };
const at = (line, character) => ({ ...document, position: position(line, character) });
function each(list, type) {
  assert(Array.isArray(list), `a list is expected: ${JSON.stringify(list)}`);
  for (const item of list) assert(type.is(item), `no ${type === lsp.Location ? 'Location' : 'value of its type'}: ${JSON.stringify(item)}`);
  return list;
}
function some(list, type) {
  assert(each(list, type).length > 0, 'nothing was found');
  return list;
}
function edit(value) {
  assert(lsp.WorkspaceEdit.is(value), JSON.stringify(value));
  assert((value.documentChanges ?? Object.keys(value.changes ?? {})).length > 0);
  for (const change of value.documentChanges ?? []) assert(lsp.TextDocumentEdit.is(change) || lsp.RenameFile.is(change), JSON.stringify(change));
  return value;
}
const tokens = { tokenTypes: Object.values(lsp.SemanticTokenTypes), tokenModifiers: Object.values(lsp.SemanticTokenModifiers), formats: ['relative'], requests: { full: { delta: true }, range: true } };
const capabilities = {
  general: { positionEncodings: ['utf-16'] },
  workspace: { configuration: true, workspaceFolders: true, workspaceEdit: { documentChanges: true, resourceOperations: ['rename'] }, didChangeWatchedFiles: { dynamicRegistration: true },
    codeLens: { refreshSupport: true }, inlayHint: { refreshSupport: true }, semanticTokens: { refreshSupport: true }, diagnostics: { refreshSupport: true }, fileOperations: { willRename: true } },
  textDocument: {
    completion: { completionItem: { snippetSupport: true, documentationFormat: ['markdown'], labelDetailsSupport: true, insertReplaceSupport: true, resolveSupport: { properties: ['documentation', 'detail', 'additionalTextEdits'] } } },
    hover: { contentFormat: ['markdown'] }, definition: { linkSupport: true }, documentSymbol: { hierarchicalDocumentSymbolSupport: true },
    codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ['quickfix', 'refactor', 'source'] } }, isPreferredSupport: true, dataSupport: true, resolveSupport: { properties: ['edit'] } },
    codeLens: {}, inlayHint: { resolveSupport: { properties: ['tooltip'] } }, rename: { prepareSupport: true }, diagnostic: {}, semanticTokens: tokens, publishDiagnostics: {},
    signatureHelp: { signatureInformation: { parameterInformation: { labelOffsetSupport: true } } }, foldingRange: {}, selectionRange: {}, callHierarchy: {}, linkedEditingRange: {} },
  window: { workDoneProgress: true, showDocument: { support: true } },
};

async function features() {
  const T = (name) => lsp[`${name}Request`].type;
  const ask = (name, params) => connection.sendRequest(T(name), params);

  const links = await ask('Definition', at(5, 16));
  assert(links.length === 1 && lsp.LocationLink.is(links[0]) && links[0].targetUri.endsWith('/geo.ml'), JSON.stringify(links));
  for (const name of ['Declaration', 'TypeDefinition', 'Implementation']) {
    const found = await ask(name, at(12, 14));
    for (const link of found ?? []) assert(lsp.LocationLink.is(link) || lsp.Location.is(link), JSON.stringify(link));
  }
  some(await ask('References', { ...at(4, 10), context: { includeDeclaration: true } }), lsp.Location);
  for (const h of await ask('DocumentHighlight', at(8, 1))) assert(lsp.Range.is(h.range) && [1, 2, 3].includes(h.kind));
  assert(lsp.Hover.is(await ask('Hover', at(4, 11))));
  some(await ask('DocumentSymbol', document), lsp.DocumentSymbol);
  for (const s of await ask('WorkspaceSymbol', { query: 'area' })) assert(typeof s.name === 'string' && s.location.uri);
  const help = await ask('SignatureHelp', at(5, 28));
  assert(help.signatures.length > 0 && help.signatures[0].parameters.every((p) => Array.isArray(p.label)), JSON.stringify(help));

  const answer = await ask('Completion', { ...at(5, 16), context: { triggerKind: 2, triggerCharacter: '.' } });
  const items = Array.isArray(answer) ? answer : answer.items;
  const area = items.find((i) => i.label === 'area');
  assert(area, 'members of a module');
  for (const i of items) assert(typeof i.label === 'string' && (!i.textEdit || lsp.TextEdit.is(i.textEdit) || lsp.InsertReplaceEdit.is(i.textEdit)));
  const resolved = await ask('CompletionResolve', area);
  assert.equal(resolved.label, 'area');

  const findings = await ask('DocumentDiagnostic', document);
  assert.equal(findings.kind, 'full');
  const unknown = some(findings.items, lsp.Diagnostic).find((d) => d.code === 'ML0201');
  assert(unknown);
  assert.equal((await ask('DocumentDiagnostic', { ...document, previousResultId: findings.resultId })).kind, 'unchanged');
  for (const report of (await ask('WorkspaceDiagnostic', { previousResultIds: [] })).items) each(report.items ?? [], lsp.Diagnostic);

  const actions = await ask('CodeAction', { ...document, range: unknown.range, context: { diagnostics: [unknown] } });
  assert(actions.length > 0);
  for (const action of actions) {
    const whole = await ask('CodeActionResolve', action);
    assert(lsp.CodeAction.is(whole) && whole.title === action.title, JSON.stringify(whole));
    edit(whole.edit);
  }

  const prepared = await ask('PrepareRename', at(4, 11));
  assert(lsp.Range.is(prepared.range) && prepared.placeholder === 'twice');
  edit(await ask('Rename', { ...at(4, 11), newName: 'double_of' }));
  await assert.rejects(ask('Rename', { ...at(4, 11), newName: 'while' }), (e) => e.code === -32803);
  edit(await ask('WillRenameFiles', { files: [{ oldUri: uri.replace('main', 'geo'), newUri: uri.replace('main', 'shapes') }] }));

  some(await ask('FoldingRange', document), lsp.FoldingRange);
  some(await ask('SelectionRange', { ...document, positions: [position(10, 25)] }), lsp.SelectionRange);
  each((await ask('LinkedEditingRange', at(4, 11)))?.ranges ?? [], lsp.Range);
  each(await ask('DocumentLink', document), lsp.DocumentLink);
  const options = { tabSize: 4, insertSpaces: true };
  each(await ask('DocumentFormatting', { ...document, options }), lsp.TextEdit);
  each(await ask('DocumentRangeFormatting', { ...document, options, range: whole }), lsp.TextEdit);
  each(await ask('DocumentOnTypeFormatting', { ...at(6, 2), options, ch: '}' }) ?? [], lsp.TextEdit);

  const full = await ask('SemanticTokens', document);
  assert(lsp.SemanticTokens.is(full) && full.data.length % 5 === 0 && full.data.length > 0);
  const delta = await ask('SemanticTokensDelta', { ...document, previousResultId: full.resultId });
  assert(Array.isArray(delta.edits));
  assert(lsp.SemanticTokens.is(await ask('SemanticTokensRange', { ...document, range: whole })));

  const hints = some(await ask('InlayHint', { ...document, range: whole }), lsp.InlayHint);
  assert(lsp.InlayHint.is(await ask('InlayHintResolve', hints[0])));
  const lenses = some(await ask('CodeLens', document), lsp.CodeLens);
  for (const lens of lenses) assert(lsp.Command.is((lens.command ? lens : await ask('CodeLensResolve', lens)).command));

  const [item] = await ask('CallHierarchyPrepare', at(4, 11));
  assert(item.name === 'twice' && lsp.Range.is(item.range) && lsp.Range.is(item.selectionRange));
  const incoming = await ask('CallHierarchyIncomingCalls', { item });
  assert(incoming.length === 1 && incoming[0].fromRanges.every(lsp.Range.is), JSON.stringify(incoming));
  const outgoing = await ask('CallHierarchyOutgoingCalls', { item });
  assert.equal(outgoing[0].to.name, 'area');

  const preview = await ask('ExecuteCommand', { command: 'ml.transpilePreview', arguments: [{ uri: uri.replace('main', 'geo') }] });
  assert.match(preview.text, /def area/);
  await assert.rejects(connection.sendRequest('ml/nothing', {}), (e) => e.code === -32601);
}

async function costs() {
  const fn = (name, line, calls, self, total) => ({ name, file: 0, line, kind: 'ml', category: 'ml_code', calls, calls_exact: true, self_ns: self, cum_ns: total, samples: 500 });
  const kinds = ['ml_code', 'runtime_overhead', 'parsing', 'security_analysis', 'transpilation', 'sandbox_startup', 'python_stdlib'];
  const profile = {
    format: 'mlpy-profile', version: 1,
    run: { id: '20260101-120000-abcd', started_at: '2026-01-01T12:00:00.000Z', kind: 'run', program: 'main.ml', exit_code: 0, transpile_cache: 'off' },
    collection: { mode: 'auto', clock: 'wall', interval_ns: 1000000, time: 'sampled', calls: 'exact', memory: 'off', complete: true },
    totals: { wall_ns: 1e9, ml_ns: 1e9, overhead_ns: 0, stdlib_ns: 0, calls: 10001 },
    categories: kinds.map((id) => ({ id, self_ns: id === 'ml_code' ? 1e9 : 0, at_peak_bytes: 0 })),
    files: [{ path: 'main.ml', name: 'main.ml', sha256: '0'.repeat(64), self_ns: 1e9, calls: 10001 }],
    functions: [fn('(top level)', 1, 1, 7e8, 1e9), fn('twice', 4, 10000, 3e8, 3e8)],
    edges: [{ caller: 0, callee: 1, line: 10, calls: 10000, cum_ns: 3e8 }],
    lines: [{ function: 1, line: 5, hits: 10000, self_ns: 3e8 }], stacks: [],
  };
  fs.mkdirSync(path.join(folder, '.mlpy/profiles'), { recursive: true });
  const latest = path.join(folder, '.mlpy/profiles/latest.mlprof');
  fs.writeFileSync(`${latest}.new`, JSON.stringify(profile));
  fs.renameSync(`${latest}.new`, latest);
  const end = Date.now() + 20000;
  while (changes.length === 0 && Date.now() < end) await new Promise((done) => setTimeout(done, 20));
  assert.equal(changes[0]?.run.runId, profile.run.id, 'the profile in the folder was not found');
  const titles = some(await connection.sendRequest(lsp.CodeLensRequest.type, document), lsp.CodeLens).map((l) => l.command?.title ?? '');
  assert(titles.includes('30% of execution time · 10,000 calls'), titles.join('\n'));
  const hints = some(await connection.sendRequest(lsp.InlayHintRequest.type, { ...document, range: whole }), lsp.InlayHint);
  assert(hints.some((h) => h.label.includes('30% · 300 ms · 10,000×') && h.position.line === 4), JSON.stringify(hints));
  const hover = await connection.sendRequest(lsp.HoverRequest.type, at(4, 11));
  assert(lsp.Hover.is(hover) && hover.contents.value.includes('30% of execution time'), JSON.stringify(hover));
  const { rows, total } = await connection.sendRequest('mlpy/profile/hotspots', { by: 'total' });
  assert.equal(total, 2);
  for (const row of rows) {
    assert(lsp.Range.is(row.range) && lsp.Range.is(row.key.nameRange) && lsp.Range.is(row.key.bodyRange), JSON.stringify(row));
    assert(['fresh', 'edited', 'moved', 'likely', 'unmatched'].includes(row.state) && typeof row.self.pct === 'number' && typeof row.callsExact === 'boolean');
  }
}

const watchdog = setTimeout(() => { console.error('the server does not answer'); process.exit(1); }, 90000);
const result = await connection.sendRequest(lsp.InitializeRequest.type, { processId: process.pid, rootUri: pathToFileURL(folder).href, workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'test' }], capabilities });
assert.equal(result.capabilities.positionEncoding, 'utf-16');
assert.equal(result.capabilities.experimental.mlProfile.version, 1);
await connection.sendNotification(lsp.InitializedNotification.type, {});
await connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, { textDocument: lsp.TextDocumentItem.create(uri, 'ml', 1, main) });
await features();
await costs();
assert(registered.some((r) => r.method === 'workspace/didChangeWatchedFiles'));
await connection.sendRequest(lsp.ShutdownRequest.type);
const ended = new Promise((done) => server.on('exit', done));
await connection.sendNotification(lsp.ExitNotification.type);
assert.equal(await ended, 0);
clearTimeout(watchdog);
console.log('every answer is of its type');
process.exit(0);
