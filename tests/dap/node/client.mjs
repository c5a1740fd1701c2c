// Sessions of Microsoft's client for tests of debug adapters with `mlpy dap`, as VS Code has them, on examples/. Every
// message is held against the protocol's type declarations. client.mjs FOLDER-OF-PACKAGES MLPY EXAMPLES [ONLY]
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { messages } from './messages.mjs';

const [packages, mlpy, examples, only = ''] = process.argv.slice(2);
const { DebugClient } = createRequire(path.resolve(packages, 'package.json'))('@vscode/debugadapter-testsupport');
const check = messages(packages);

const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'mlpy-dap-')));
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
fs.cpSync(examples, folder, { recursive: true });
const at = (name) => path.join(folder, 'orders', name);
const [main, prices, catalogue] = [at('main.ml'), at('prices.ml'), at('catalogue.ml')];

class Client extends DebugClient {
  constructor() {
    super(mlpy, 'dap', 'ml', { cwd: folder }, true);
    this.seen = [];
    this.defaultTimeout = 30000;
  }

  dispatch(text) {
    const message = JSON.parse(text);
    this.seen.push(message);
    check(message);
    assert.equal(message.seq, this.seen.length, 'seq rises by one');
    if (message.type === 'request') return this.emit('reverse', message);
    return super.dispatch(text);
  }

  reply(request, body) {
    const text = JSON.stringify({ seq: 100000 + request.seq, type: 'response', request_seq: request.seq, command: request.command, success: true, body });
    this.outputStream.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  // As VS Code begins: launch is sent at once, the configuration after `initialized`. Gives the capabilities.
  async begin(launch, configure = async () => {}) {
    const ready = this.waitForEvent('initialized');
    const { body } = await this.initializeRequest({
      clientID: 'vscode', adapterID: 'ml', pathFormat: 'path', linesStartAt1: true, columnsStartAt1: true, supportsVariableType: true,
      supportsVariablePaging: true, supportsRunInTerminalRequest: true, supportsInvalidatedEvent: true, supportsANSIStyling: true, locale: 'en',
    });
    const launched = this.launchRequest(launch);
    await ready;
    await configure();
    await this.configurationDoneRequest();
    await launched;
    return body;
  }

  breakpoints(file, breakpoints) {
    return this.setBreakpointsRequest({ source: { path: file }, breakpoints }).then((r) => r.body.breakpoints);
  }

  // What happens next after the request.
  async stops(act) {
    const stopped = this.waitForEvent('stopped');
    await act();
    const { body } = await stopped;
    const frames = (await this.stackTraceRequest({ threadId: body.threadId, startFrame: 0, levels: 20 })).body.stackFrames;
    return { ...body, frames, top: frames[0], place: `${path.basename(frames[0].source.path)}:${frames[0].line}` };
  }

  go = () => this.continueRequest({ threadId: 1 });
  over = () => this.nextRequest({ threadId: 1 });
  into = () => this.stepInRequest({ threadId: 1 });
  out = () => this.stepOutRequest({ threadId: 1 });
  ask = (command, args) => this.customRequest(command, args).then((r) => r.body);

  async variables(frame, scope = 'Locals') {
    const { scopes } = (await this.scopesRequest({ frameId: frame.id })).body;
    const { variablesReference } = scopes.find((s) => s.name === scope);
    const rows = (await this.variablesRequest({ variablesReference })).body.variables;
    return { variablesReference, rows: Object.fromEntries(rows.map((v) => [v.name, v])) };
  }

  async ends(act) {
    const ended = this.waitForEvent('terminated');
    await act();
    await ended;
    return this.seen.findLast((m) => m.event === 'exited').body.exitCode;
  }

  output(category) {
    return this.seen.filter((m) => m.event === 'output' && m.body.category === category).map((m) => m.body.output).join('');
  }
}

const sessions = {
  async 'what the adapter can'(c) {
    const able = (await c.initializeRequest()).body;
    for (const name of ['ConfigurationDoneRequest', 'FunctionBreakpoints', 'ConditionalBreakpoints', 'HitConditionalBreakpoints', 'EvaluateForHovers',
      'SetVariable', 'StepInTargetsRequest', 'CompletionsRequest', 'ModulesRequest', 'RestartRequest', 'ValueFormattingOptions', 'ExceptionInfoRequest',
      'DelayedStackTraceLoading', 'LoadedSourcesRequest', 'LogPoints', 'SetExpression', 'TerminateRequest', 'CancelRequest', 'BreakpointLocationsRequest',
      'ClipboardContext', 'ExceptionFilterOptions', 'ANSIStyling']) assert.equal(able[`supports${name}`], true, name);
    for (const name of ['ReadMemoryRequest', 'WriteMemoryRequest', 'DisassembleRequest', 'InstructionBreakpoints', 'TerminateThreadsRequest'])
      assert.equal(able[`supports${name}`], false, name);
    assert.deepEqual(able.completionTriggerCharacters, ['.']);
    assert.deepEqual(able.supportedChecksumAlgorithms, ['SHA256']);
    await assert.rejects(c.initializeRequest(), /before/);
    await assert.rejects(c.disassembleRequest({ memoryReference: '0', instructionCount: 1 }), /not supported by ML/);
    await assert.rejects(c.launchRequest({}), /program/);
  },

  async 'entry, breakpoints of each kind, steps and values'(c) {
    const entry = await c.stops(() => c.begin({ program: main, stopOnEntry: true }, async () => {
      const set = await c.breakpoints(prices, [{ line: 29, condition: 'line.count > 2', hitCondition: '3' }, { line: 41, logMessage: 'amount of {line.count}', hitCondition: '<= 2' }]);
      assert(set.every((b) => b.verified), JSON.stringify(set));
      await c.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'catalogue.make_customers' }] });
      await c.setExceptionBreakpointsRequest({ filters: ['uncaught', 'security'] });
    }));
    assert.deepEqual([entry.reason, entry.place, entry.allThreadsStopped], ['entry', 'main.ml:7', true]);
    assert.deepEqual((await c.threadsRequest()).body.threads, [{ id: 1, name: 'main' }]);

    const called = await c.stops(c.go);
    assert.deepEqual([called.reason, called.place, called.top.name], ['function breakpoint', 'catalogue.ml:39', 'make_customers']);
    await c.setFunctionBreakpointsRequest({ breakpoints: [] });
    const left = await c.stops(c.out);
    assert.equal(left.reason, 'step');
    assert.match((await c.variables(left.top, 'Return value')).rows['(return value)'].value, /^\(48\)/);

    const hit = await c.stops(c.go);
    assert.deepEqual([hit.reason, hit.place, hit.frames.map((f) => f.name)], ['breakpoint', 'prices.ml:29', ['take_from_stock', 'price_order', 'priced_orders', 'main', '<main>']]);
    assert.equal(c.output('console').match(/amount of \d+\n/g).length, 2);
    const { rows, variablesReference } = await c.variables(hit.top);
    assert.equal(rows.line.type, 'object');
    const fields = (await c.variablesRequest({ variablesReference: rows.line.variablesReference })).body.variables;
    assert(fields.some((v) => v.name === 'count' && v.evaluateName === 'line.count'));

    const next = await c.stops(c.over);
    assert.equal(next.place, 'prices.ml:30');
    const scope = (await c.variables(next.top)).variablesReference;
    const changed = (await c.setVariableRequest({ variablesReference: scope, name: 'left', value: '40 + 2' })).body;
    assert.deepEqual([changed.value, changed.type], ['42', 'number']);
    assert.equal((await c.evaluateRequest({ expression: 'left - 1', frameId: next.top.id, context: 'watch' })).body.result, '41');
    assert.equal((await c.ask('setExpression', { expression: 'left', value: 'left + 1', frameId: next.top.id })).value, '43');
    await assert.rejects(c.evaluateRequest({ expression: 'left +', frameId: next.top.id, context: 'repl' }));
    const names = (await c.completionsRequest({ frameId: next.top.id, text: 'line.pro', column: 9 })).body.targets;
    assert(names.some((t) => t.label === 'product'), JSON.stringify(names));
    assert((await c.ask('breakpointLocations', { source: { path: prices }, line: 28, endLine: 38 })).breakpoints.length >= 4);
    const data = await c.ask('dataBreakpointInfo', { variablesReference: scope, name: 'left' });
    assert.equal(typeof data.dataId, 'string');

    assert.notEqual(variablesReference, scope);
    assert.deepEqual((await c.variablesRequest({ variablesReference })).body.variables, [], 'references end with the stop');
    await c.breakpoints(prices, [{ line: 53 }]);
    const loop = await c.stops(c.go);
    assert.equal(loop.place, 'prices.ml:53');
    const targets = (await c.stepInTargetsRequest({ frameId: loop.top.id })).body.targets;
    assert.deepEqual(targets.map((t) => t.label), ['line_amount(…)']);
    const inside = await c.stops(() => c.stepInRequest({ threadId: 1, targetId: targets[0].id }));
    assert.equal(inside.place, 'prices.ml:41');
    await c.breakpoints(prices, []);
    assert.equal((await c.stops(c.out)).place, 'prices.ml:53');

    const modules = (await c.modulesRequest({})).body;
    assert.deepEqual([modules.totalModules, modules.modules[0].name], [6, 'main']);
    const { sources } = await c.ask('loadedSources', {});
    assert(sources.some((s) => s.path === prices && s.checksums[0].algorithm === 'SHA256'));
    assert.match((await c.sourceRequest({ sourceReference: sources.find((s) => s.path === prices).sources[0].sourceReference })).body.content, /def take_from_stock/);
    assert.equal(await c.ends(c.go), 0);
    assert.match(c.output('stdout'), /Orders of 30 days/);
  },

  async 'a thrown error'(c) {
    const stop = await c.stops(() => c.begin({ program: main }, () => c.setExceptionBreakpointsRequest({ filters: ['uncaught'], filterOptions: [{ filterId: 'thrown', condition: 'StockError' }] })));
    assert.deepEqual([stop.reason, stop.place], ['exception', 'prices.ml:31']);
    assert.match(stop.text, /^StockError: only \d+ of/);
    const told = (await c.exceptionInfoRequest({ threadId: 1 })).body;
    assert.deepEqual([told.exceptionId, told.breakMode, told.details.evaluateName], ['StockError', 'always', '$exception']);
    assert.equal((await c.evaluateRequest({ expression: '$exception.type', frameId: stop.top.id, context: 'watch' })).body.result, "'StockError'");
    await c.setExceptionBreakpointsRequest({ filters: [] });
    assert.equal(await c.ends(c.go), 0);
  },

  async 'an error nobody catches'(c) {
    const program = path.join(folder, 'wrong.ml');
    fs.writeFileSync(program, 'items = [1, 2];\nfunction pick(n) {\n    return items[n];\n}\nprint(pick(7));\n');
    const stop = await c.stops(() => c.begin({ program }, () => c.setExceptionBreakpointsRequest({ filters: ['uncaught'] })));
    assert.deepEqual([stop.reason, stop.top.name, stop.top.line], ['exception', 'pick', 3]);
    assert.equal((await c.exceptionInfoRequest({ threadId: 1 })).body.breakMode, 'unhandled');
    assert.notEqual(await c.ends(c.go), 0);
    assert.match(c.output('stderr'), /IndexError/);
    const linked = c.seen.filter((m) => m.event === 'output' && m.body.source).map((m) => [m.body.output.trim(), m.body.line, m.body.column]);
    assert.deepEqual(linked, [['--> wrong.ml:3:17', 3, 17], ['at pick (wrong.ml:3:17)', 3, 17], ['at <main> (wrong.ml:5:7)', 5, 7]]);
  },

  async 'restart, pause and terminate'(c) {
    const program = path.join(folder, 'endless.ml');
    fs.writeFileSync(program, 'n = 0;\nwhile (true) {\n    n = n + 1;\n}\n');
    const first = await c.stops(() => c.begin({ program }, () => c.breakpoints(program, [{ line: 3, condition: 'n == 5' }])));
    assert.equal((await c.variables(first.top)).rows.n.value, '5');
    const again = await c.stops(() => c.restartRequest({}));
    assert.deepEqual([again.reason, again.hitBreakpointIds], ['breakpoint', first.hitBreakpointIds]);
    await c.breakpoints(program, []);
    await c.go();
    await assert.rejects(c.scopesRequest({ frameId: again.top.id }), /notStopped/);
    assert.equal((await c.stops(() => c.pauseRequest({ threadId: 1 }))).reason, 'pause');
    await c.go();
    assert.notEqual(await c.ends(() => c.terminateRequest({})), 0);
  },

  async 'all of a day in one session'(c) {
    const program = path.join(folder, 'day.ml');
    fs.writeFileSync(program, 'function share(sum, n) {\n    let part = sum / n;\n    return part;\n}\nlet people = 2;\nlet first = share(10, people);\nprint(first);\nprint(share(first, 0));\n');
    const configure = async () => {
      await c.breakpoints(program, [{ line: 6 }]);
      await c.setExceptionBreakpointsRequest({ filters: ['uncaught'] });
    };
    for (const turn of ['as launched', 'again']) {
      const at = await c.stops(() => turn === 'again' ? c.restartRequest({}) : c.begin({ program, profile: 'ml-summary' }, configure));
      assert.deepEqual([at.reason, at.place], ['breakpoint', 'day.ml:6'], turn);
      const inside = await c.stops(c.into);
      assert.deepEqual([inside.reason, inside.top.name, inside.place], ['step', 'share', 'day.ml:2']);
      const { variablesReference, rows } = await c.variables(inside.top);
      assert.deepEqual([rows.sum.value, rows.n.value], ['10', '2']);
      assert.equal((await c.setVariableRequest({ variablesReference, name: 'n', value: '4' })).body.value, '4');
      assert.equal((await c.stops(c.over)).place, 'day.ml:3');
      assert.equal((await c.stops(c.out)).place, 'day.ml:6');
      const wrong = await c.stops(c.go);
      assert.deepEqual([wrong.reason, wrong.place], ['exception', 'day.ml:2']);
      assert.match(wrong.text, /^ZeroDivisionError: /);
    }
    assert.equal(await c.ends(c.go), 1);
    assert.equal(c.output('stdout'), '2.5\n2.5\n');
    const profiles = c.seen.filter((m) => m.event === 'mlpy/profile').map((m) => m.body);
    assert.equal(profiles.length, 2);
    assert.equal(profiles[1].baseline, profiles[0].path, 'the run before is what to compare with');
    assert(profiles.every((p) => p.run.debugged && fs.existsSync(p.path)));
  },

  async 'a change of data'(c) {
    const program = path.join(folder, 'data.ml');
    fs.writeFileSync(program, 'total = 3;\nother = 1;\ntotal = total + other;\nprint(total);\n');
    const stop = await c.stops(() => c.begin({ program }, () => c.breakpoints(program, [{ line: 2 }])));
    const { variablesReference } = await c.variables(stop.top);
    const { dataId, canPersist } = await c.ask('dataBreakpointInfo', { variablesReference, name: 'total' });
    assert.equal(canPersist, true);
    const { breakpoints } = await c.ask('setDataBreakpoints', { breakpoints: [{ dataId, accessType: 'write' }] });
    const changed = await c.stops(c.go);
    assert.deepEqual([changed.reason, changed.text, changed.hitBreakpointIds], ['data breakpoint', 'total: 3 → 4', [breakpoints[0].id]]);
    assert.equal(await c.ends(c.go), 0);
  },

  'a profile': (c) => profiled(c, false),
  'a profile without debugging': (c) => profiled(c, true),

  async 'a program that is not right'(c) {
    const program = path.join(folder, 'broken.ml');
    fs.writeFileSync(program, 'print(1);\nlet x = ;\n');
    const ended = c.waitForEvent('terminated');
    await assert.rejects(c.begin({ program }), /broken\.ml:2:9/);
    await ended;
    const refused = c.seen.find((m) => m.command === 'launch');
    assert.equal(refused.body.error.showUser, true);
    assert(c.seen.some((m) => m.event === 'output' && m.body.source?.path === program && m.body.line === 2), 'the place as an output event');
  },

  async 'a terminal of the client'(c) {
    const program = path.join(folder, 'asks.ml');
    fs.writeFileSync(program, 'import args;\nn = 1;\nprint(n);\n');
    c.on('reverse', (request) => {
      const { args, cwd, env } = request.arguments;
      const given = { ...process.env, ...env };
      for (const name of Object.keys(given)) if (given[name] === null) delete given[name];
      const child = spawn(args[0], args.slice(1), { cwd, env: given, stdio: 'ignore' });
      c.reply(request, { processId: child.pid });
    });
    const stop = await c.stops(() => c.begin({ program, console: 'integratedTerminal' }, () => c.breakpoints(program, [{ line: 3 }])));
    assert.equal(stop.place, 'asks.ml:3');
    assert.equal(await c.ends(c.go), 0);
  },

  async 'a breakpoint, the short way'(c) {
    await c.hitBreakpoint({ program: main }, { path: catalogue, line: 17 });
  },
};

async function profiled(c, noDebug) {
  const ended = c.waitForEvent('terminated');
  await c.begin({ program: main, profile: ['ml-summary', 'dev-details'], noDebug });
  await ended;
  const last = c.seen.filter((m) => m.type === 'event').map((m) => m.event).slice(-3);
  assert.deepEqual(last, ['mlpy/profile', 'exited', 'terminated']);
  const { body } = c.seen.find((m) => m.event === 'mlpy/profile');
  assert.deepEqual([body.schema, body.kind, body.exitCode, body.open], [1, 'final', 0, 'lens']);
  assert.deepEqual(body.reports.map((r) => [r.type, r.printed]), [['ml-summary', true], ['dev-details', true]]);
  assert(body.top.length > 0 && body.top.length <= 20 && body.top.every((t) => t.uri.startsWith('file://') && t.line > 0));
  assert.equal(JSON.parse(fs.readFileSync(body.path)).format, 'mlpy-profile');
  const groups = c.seen.filter((m) => m.body?.group);
  assert.deepEqual(groups.map((m) => m.body.group), ['startCollapsed', 'end', 'startCollapsed', 'end']);
  assert(c.seen.some((m) => m.event === 'output' && m.body.source && m.body.line), 'lines of a report lead to the source');
}

async function opened() {
  const client = new Client();
  await client.start();
  return client;
}

let failed = 0;
for (const [name, run] of Object.entries(sessions).filter(([name]) => name.includes(only))) {
  const client = await opened();
  const watchdog = setTimeout(() => { console.log(`FAILED  ${name}: no answer after ${JSON.stringify(client.seen.slice(-3)).slice(0, 900)}`); process.exit(1); }, 60000);
  try {
    await run(client);
    console.log(`ok      ${name}`);
  } catch (error) {
    ++failed;
    console.log(`FAILED  ${name}: ${error.stack}\n${client.seen.slice(-4).map((m) => JSON.stringify(m).slice(0, 300)).join('\n')}`);
  }
  await client.stop();
  clearTimeout(watchdog);
}
process.exit(failed ? 1 : 0);
