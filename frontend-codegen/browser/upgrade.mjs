// Buys Premium in a browser, as the user of the demonstration would. `node browser/upgrade.mjs`; each line of JSON is one of
//   {"signIn": {"address", "email", "password"}}   opens GraphiQL's page and signs in there
//   {"limit": quota}                               the limit of a quota, as the viewer reads it
//   {"listen": true}                               hears the viewer's events from now on
//   {"buy": {"interval", "card"}}                  pays on the checkout page, and waits for the way back
//   {"heard": kind}                                waits for an event of this kind
//   {"picture": path}                              a screenshot of the page that paid
// and is answered with a line of JSON, or with {"error"}.
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const PATIENCE = 30_000;

const browser = await chromium.launch({ executablePath: process.env.AMDA_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const context = await browser.newContext();
context.setDefaultTimeout(PATIENCE);
const home = await context.newPage();
let checkout;
let address;
let token;

/** Runs an operation from the page, as its scripts would. */
const ask = (query, variables = {}) =>
  home.evaluate(async ([query, variables, token]) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const reply = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    const { data, errors } = await reply.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  }, [query, variables, token]);

const actions = {
  signIn: async (given) => {
    address = given.address;
    await home.goto(`${address}/graphql`);
    const { logIn } = await ask(
      'mutation ($email: String!, $password: String!) { logIn(input: {email: $email, password: $password}) { accessToken errors { message } } }',
      { email: given.email, password: given.password },
    );
    token = logIn.accessToken;
    return logIn.errors;
  },
  limit: async (quota) => {
    const { viewer } = await ask('{ viewer { quotas { quota limit } } }');
    return viewer.quotas.find((use) => use.quota === quota).limit;
  },
  listen: () =>
    home.evaluate(async (token) => {
      const socket = new WebSocket(location.href.replace('http', 'ws'), 'graphql-transport-ws');
      window.heard = [];
      await new Promise((begun) => {
        socket.onopen = () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
        socket.onmessage = ({ data }) => {
          const message = JSON.parse(data);
          if (message.type === 'connection_ack') {
            socket.send(JSON.stringify({ id: 'events', type: 'subscribe', payload: { query: 'subscription { events { kind } }' } }));
            socket.send(JSON.stringify({ type: 'ping' }));
          }
          if (message.type === 'pong') begun();
          if (message.type === 'next') window.heard.push(message.payload.data.events.kind);
        };
      });
      return true;
    }, token),
  buy: async ({ interval, card }) => {
    const back = `${address}/graphql?paid`;
    const { startCheckout } = await ask(
      'mutation ($input: StartCheckoutInput!) { startCheckout(input: $input) { url errors { message } } }',
      { input: { interval, successUrl: back, cancelUrl: `${address}/graphql` } },
    );
    if (startCheckout.errors.length) throw new Error(JSON.stringify(startCheckout.errors));
    checkout = await context.newPage();
    await checkout.goto(startCheckout.url);
    await checkout.fill('[name=card]', card);
    await checkout.click('#pay-button');
    const paid = checkout.waitForURL(back).then(() => null);
    const refused = checkout.waitForSelector('#error').then((error) => error.textContent());
    refused.catch(() => null);
    paid.catch(() => null);
    return Promise.race([paid, refused]);
  },
  heard: async (kind) => {
    await home.waitForFunction((kind) => window.heard.includes(kind), kind, { timeout: PATIENCE });
    return true;
  },
  picture: async (path) => {
    await checkout.screenshot({ path });
    return path;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [[action, argument]] = Object.entries(JSON.parse(line));
  const answer = await actions[action](argument).then(
    (value) => ({ value }),
    (error) => ({ error: String(error) }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser.close();
process.exit(0);
