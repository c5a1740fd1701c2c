// When the editor is told that lenses have changed, and how long answers wait for a program's end.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Lenses } from '../src/lenses.ts';

const never = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose() {} }) };
let lenses, told;

beforeEach((t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
  told = 0;
  lenses = new Lenses();
  lenses.tell = () => told++;
});

const settled = async (promise) => {
  let state = 'open';
  promise.then(() => { state = 'done'; });
  for (let i = 0; i < 10; i++) await Promise.resolve();
  return state;
};

test('an editor that has been told is not told again before it has asked', async () => {
  lenses.changed();
  lenses.changed();
  assert.equal(told, 1);
  await lenses.answer(() => 'x', never);
  lenses.changed();
  assert.equal(told, 2);
});

test('an editor that has forgotten what it was told is told again', (t) => {
  lenses.changed();
  t.mock.timers.tick(300);
  lenses.changed();
  assert.equal(told, 1);
  t.mock.timers.tick(50);
  assert.equal(told, 2);
});

test('without a measured program answers come at once', async () => {
  assert.equal(await settled(lenses.answer(() => 'x', never)), 'done');
});

test('an answer waits for the end of the program, and has what is known then', async () => {
  const end = lenses.expect();
  let known = 'before';
  const answer = lenses.answer(() => known, never);
  assert.equal(await settled(answer), 'open');
  known = 'after';
  end();
  assert.equal(await answer, 'after');
  assert.equal(told, 1);
});

test('of a program that runs on, the editor asks again and again', async (t) => {
  lenses.expect();
  for (let i = 1; i < 4; i++) {
    t.mock.timers.tick(250);
    const answer = lenses.answer(() => 'x', never);
    t.mock.timers.tick(200);
    assert.equal(await answer, 'x');
    assert.equal(told, 1 + i);
  }
});

test('a program that ends before the editor asks does not make it wait anew', async (t) => {
  const end = lenses.expect();
  t.mock.timers.tick(250);
  const first = lenses.answer(() => 'x', never);
  t.mock.timers.tick(200);
  await first;
  t.mock.timers.tick(220);
  end();
  lenses.changed();
  assert.equal(told, 2);
  assert.equal(await settled(lenses.answer(() => 'y', never)), 'done');
});

test('an editor that asks late, because all is slow, is not kept waiting', async (t) => {
  lenses.expect();
  t.mock.timers.tick(800);
  const answer = lenses.answer(() => 'x', never);
  t.mock.timers.tick(0);
  assert.equal(await answer, 'x');
});
