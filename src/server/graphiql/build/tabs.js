export const welcome = `# AMDA's API. Run this with the button above, or with Ctrl-Enter.
# The book on the left explains every type and field; Ctrl-Space completes.
#
# The tabs above lead through the first steps:
#   1. register, or log in, and copy the accessToken
#   2. put it under "Headers" below: { "Authorization": "Bearer <accessToken>" }
#   3. link a WhatsApp account, and watch its progress
#   4. listen to what happens
query Welcome {
  serverInfo {
    version
    sourceUrl
    isSimulated
  }
}
`;

const signIn = `# Choose one of the two operations with the button above.
mutation Register {
  register(input: { email: "you@example.org", password: "a long password" }) {
    accessToken
    accessTokenExpiresAt
    errors { code message path }
  }
}

mutation LogIn {
  logIn(input: { email: "you@example.org", password: "a long password" }) {
    accessToken
    accessTokenExpiresAt
    errors { code message path }
  }
}
`;

const link = `# Needs the Authorization header. Scan the QR code with your phone: WhatsApp, Linked devices.
mutation Link {
  linkAccount(input: { label: "Mine" }) {
    account { id state }
    errors { code message path }
  }
}

# Every new QR code and state. Opened in a browser, qr.pngDataUri shows the code.
subscription Progress($account: ID!) {
  linkProgress(accountId: $account) {
    state
    qr { pngDataUri expiresAt attempt maxAttempts }
  }
}
`;

const listen = `# Needs the Authorization header. Runs over a WebSocket until you stop it.
# To miss nothing after a break, pass the last cursor: events(after: "...").
subscription Listen {
  events {
    cursor
    sequence
    kind
    occurredAt
    ... on StatusLikeEvent { statusLike { state status { author { displayName } } } }
    ... on ViewOnceMessageEvent { viewOnceMessage { outcome sender { displayName } } }
    ... on DeletedMessageEvent { deletedMessage { text sender { displayName } } }
  }
}
`;

export const tabs = [{ query: welcome }, { query: signIn }, { query: link }, { query: listen }];
