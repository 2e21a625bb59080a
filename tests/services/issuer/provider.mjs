// An OpenID provider on loopback, and a browser that signs in at it. Answers each line of JSON with one:
// {"issuer": true} with the provider's name, {"signIn": "alice"} with the tokens of a code flow with PKCE.
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import Provider from 'oidc-provider';

// Its remarks are no answers.
console.info = console.error;

const CLIENT = 'console';
const REDIRECT = 'http://127.0.0.1/callback';
const RESOURCE = 'https://amda.example/graphql';

const server = createServer();
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const issuer = `http://127.0.0.1:${server.address().port}`;

const claimsOf = (account) => ({ email: `${account}@example.org`, email_verified: true, name: account });

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: CLIENT,
      application_type: 'native',
      redirect_uris: [REDIRECT],
      token_endpoint_auth_method: 'none',
    },
  ],
  claims: { openid: ['sub', 'sid'], email: ['email', 'email_verified'], profile: ['name'] },
  conformIdTokenClaims: false,
  cookies: { keys: ['a key of a test'] },
  extraTokenClaims: (_, token) => ({ ...claimsOf(token.accountId), sid: token.sessionUid, auth_time: now() }),
  features: {
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({ scope: '', audience: 'amda', accessTokenFormat: 'jwt' }),
    },
  },
  findAccount: (_, account) => ({ accountId: account, claims: () => ({ sub: account, ...claimsOf(account) }) }),
  scopes: ['openid', 'email', 'profile'],
});
server.on('request', provider.callback());

function now() {
  return Math.floor(Date.now() / 1000);
}

/** A browser that keeps cookies, and follows no redirect by itself. */
class Browser {
  #cookies = new Map();

  async go(url, options = {}) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...options, redirect: 'manual', headers: { ...options.headers, cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [pair] = set.split(';');
      const at = pair.indexOf('=');
      if (pair.slice(at + 1) === '') this.#cookies.delete(pair.slice(0, at));
      else this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  }
}

async function signIn(account) {
  const verifier = randomBytes(32).toString('base64url');
  const browser = new Browser();
  const query = new URLSearchParams({
    client_id: CLIENT,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    redirect_uri: REDIRECT,
    resource: RESOURCE,
    response_type: 'code',
    scope: 'openid email profile',
  });
  let location = `${issuer}/auth?${query}`;
  for (let step = 0; step < 12 && !location.startsWith(REDIRECT); step += 1) {
    const response = await browser.go(location);
    location = response.status === 200 ? await answer(browser, account, location, await response.text()) : next(response);
  }
  const code = new URL(location).searchParams.get('code');
  if (!code) throw new Error(`no code in ${location}`);
  return exchange(code, verifier);
}

/** Fills in a page of the provider: the login, then the consent. */
async function answer(browser, account, address, page) {
  const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
  if (!prompt) throw new Error(`no form in ${page}`);
  const body = new URLSearchParams({ prompt, login: account, password: 'any' });
  return next(await browser.go(address, { method: 'POST', body }));
}

function next(response) {
  const location = response.headers.get('location');
  if (!location) throw new Error(`${response.url} answered ${response.status}`);
  return new URL(location, issuer).href;
}

async function exchange(code, verifier) {
  const body = new URLSearchParams({
    client_id: CLIENT,
    code,
    code_verifier: verifier,
    grant_type: 'authorization_code',
    redirect_uri: REDIRECT,
    resource: RESOURCE,
  });
  const tokens = await (await fetch(`${issuer}/token`, { method: 'POST', body })).json();
  if (!tokens.access_token) throw new Error(JSON.stringify(tokens));
  return { accessToken: tokens.access_token, idToken: tokens.id_token };
}

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  const answered = question.signIn ? await signIn(question.signIn) : { issuer };
  process.stdout.write(`${JSON.stringify(answered)}\n`);
}
server.closeAllConnections();
server.close();
