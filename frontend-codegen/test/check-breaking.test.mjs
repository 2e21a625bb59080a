import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problems } from '../check-breaking.mjs';

const TODAY = new Date('2026-12-01T12:00:00Z');

const found = (before, after, intended = {}) => problems(before, after, intended, TODAY);

test('something new breaks nobody', async () => {
  const before = 'type Query { state: State } enum State { ON }';
  const after = 'type Query { state: State, count(first: Int): Int } enum State { ON OFF }';

  assert.deepEqual(await found(before, after), []);
});

test('what goes away unannounced is a break', async () => {
  const [problem, ...others] = await found('type Query { a: Int, b: Int }', 'type Query { a: Int }');

  assert.match(problem, /^Query\.b: .*removed/);
  assert.deepEqual(others, []);
});

test('what was deprecated may go from its date on', async () => {
  const deprecated = (date) => `type Query { a: Int, b: Int @deprecated(reason: "Use a. Goes after ${date}.") }`;

  assert.deepEqual(await found(deprecated('2026-12-01'), 'type Query { a: Int }'), []);
  assert.equal((await found(deprecated('2026-12-02'), 'type Query { a: Int }')).length, 1);
});

test('a deprecation gives ninety days of notice', async () => {
  const before = 'type Query { a(old: Int): Int }';
  const after = (reason) => `type Query { a(old: Int @deprecated(reason: "${reason}")): Int }`;

  assert.deepEqual(await found(before, after('Goes after 2027-03-01.')), []);
  assert.equal((await found(before, after('Goes after 2027-02-28.'))).length, 1);
  assert.equal((await found(before, after('Use b.'))).length, 1);
});

test('a date that was announced is kept or put off, never brought forward', async () => {
  const deprecated = (reason) => `type Query { a: Int, b: Int @deprecated(reason: "${reason}") }`;
  const changed = (reason) => found(deprecated('Use a. Goes after 2027-03-01.'), deprecated(reason));

  assert.deepEqual(await changed('Goes after 2027-03-01, use a.'), []);
  assert.deepEqual(await changed('Use a. Goes after 2027-06-01.'), []);
  assert.equal((await changed('Use a. Goes after 2027-02-28.')).length, 1);
  assert.equal((await changed('Use a.')).length, 1);
});

test('an intended break passes while it breaks something', async () => {
  const before = 'type Query { a: Int, b: Int }';
  const intended = { 'Query.b': 'showed more than its reader may see' };

  assert.deepEqual(await found(before, 'type Query { a: Int }', intended), []);
  assert.match((await found(before, before, intended))[0], /^Query\.b: nothing breaks/);
});
