import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { generate } from '@graphql-codegen/cli';
import { buildSchema } from 'graphql';
import { cacheRules } from '../plugin/cache-rules.mjs';

const FOLDER = new URL('..', import.meta.url);

const SCHEMA = buildSchema(`
  type Query { viewer: Viewer, plans: [Plan!]! }
  type Mutation { rename(label: String!): RenamePayload! }
  type Subscription { events: Event! }
  interface Event { cursor: String! }
  interface Node { id: ID! }
  type AccountEvent implements Event { cursor: String!, account: Account }
  type RenamePayload { account: Account }
  type Viewer implements Node { id: ID!, accounts(first: Int, after: String, search: String): AccountConnection }
  type Account implements Node { id: ID!, hours: Hours, steps: [Step!]!, names: [String!]! }
  type AccountConnection { edges: [AccountEdge!]! }
  type AccountEdge { cursor: String!, node: Account! }
  type Hours { from: String! }
  type Step { stage: String! }
  type Plan { code: String! }
`);

test('only an embedded value is merged', () => {
  const values = Object.fromEntries(cacheRules(SCHEMA).values.map(({ name, isPart }) => [name, isPart]));

  const expected = { AccountEvent: false, RenamePayload: false, AccountConnection: false, AccountEdge: false, Hours: true, Step: false, Plan: false };
  assert.deepEqual(values, expected);
});

test('a paged list is told apart by the arguments that choose no page', () => {
  assert.deepEqual(cacheRules(SCHEMA).connections, { Viewer: { accounts: ['search'] } });
});

test('a whole list of objects replaces the one before', () => {
  assert.deepEqual(cacheRules(SCHEMA).lists, { Query: ['plans'], Account: ['steps'] });
});

test('the rules on file are those of the schema', async () => {
  const generates = Object.fromEntries(['apollo', 'graphcache'].map((client) => [
    `cache/${client}.ts`,
    { plugins: ['./plugin/cache-rules.mjs'], config: { client } },
  ]));

  const files = await generate({ schema: '../schema.graphql', cwd: FOLDER.pathname, silent: true, generates }, false);
  for (const { filename, content } of files) {
    assert.equal(content, readFileSync(new URL(filename, FOLDER), 'utf8'), `${filename} is out of date: run npm run codegen`);
  }
});
