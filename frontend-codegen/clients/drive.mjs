// Drives a client library by lines of JSON, so that a test can say what its user does while it says what happens on
// WhatsApp. `node clients/drive.mjs apollo` or `urql`; each line is one of
//   {"open": {"address", "token"}}            a new client with an empty cache
//   {"visit": operation, "variables"}         reads a screen
//   {"run": document, "variables"}            reads anything
//   {"mutate": operation, "variables"}
//   {"subscribe": operation, "variables"}     hears events, and writes them to the cache
//   {"next": path}                            waits for an event that has something at `path`
// and is answered with the data, the errors, the requests that were sent meanwhile, and what the library complained of.
import { createInterface } from 'node:readline';
import { parse } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { documentOf } from './documents.mjs';

const library = await import(`./${process.argv[2]}.mjs`);

const complaints = [];
for (const level of ['warn', 'error']) {
  console[level] = (...parts) => complaints.push(parts.map(String).join(' '));
}

let client;
let requests = 0;
const events = [];
let onEvent = () => {};

const hear = (event) => {
  const item = Object.values(event ?? {})[0]?.removedItem;
  if (item) client.forget({ __typename: item.typeName, id: item.id });
  events.push(event);
  onEvent();
};

const valueAt = (event, path) => path.split('.').reduce((value, name) => value?.[name], event);

/** The next event that has something at `path`; those before it are left behind. */
const nextEvent = async (path) => {
  for (;;) {
    while (events.length > 0) {
      const event = events.shift();
      if (valueAt(event, path) != null) return event;
    }
    await new Promise((resolve) => { onEvent = resolve; });
  }
};

const actions = {
  open: ({ address, token }) => {
    const authorization = `Bearer ${token}`;
    const sockets = createClient({ url: `ws://${address}/graphql`, webSocketImpl: WebSocket, connectionParams: { authorization }, lazy: true });
    client = library.open({ http: `http://${address}/graphql`, headers: { authorization }, sockets, onRequest: () => { requests += 1; } });
    return {};
  },
  visit: (name, variables) => client.query(documentOf(name), variables),
  run: (text, variables) => client.query(parse(text), variables),
  mutate: (name, variables) => client.mutate(documentOf(name), variables),
  subscribe: (name, variables) => {
    client.subscribe(documentOf(name), variables, hear);
    return {};
  },
  next: async (path) => ({ data: await nextEvent(path) }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { variables = {}, ...question } = JSON.parse(line);
  const [[action, argument]] = Object.entries(question);
  requests = 0;
  complaints.length = 0;
  const answer = await actions[action](argument, variables);
  process.stdout.write(`${JSON.stringify({ data: null, errors: [], ...answer, requests, complaints })}\n`);
}
process.exit(0);
