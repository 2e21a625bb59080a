//! The welcome text for the person at the terminal.

use std::net::SocketAddr;

use super::{EMAIL, FREE_EMAIL, PASSWORD};

/// The text: addresses, sign-in, and an operation to try for each feature.
pub(super) fn text(
    address: SocketAddr,
    simulator: SocketAddr,
    stripe: Option<SocketAddr>,
    is_new: bool,
) -> String {
    let linked = if is_new {
        "Linked the simulated phone."
    } else {
        "The simulated phone is still linked."
    };
    let stripe = stripe.map(|stripe| {
        format!("  Stripe     http://{stripe}  (simulated; drive it: POST /control/actions)\n")
    });
    let stripe = stripe.unwrap_or_default();
    format!(
        r#"
AMDA is running with a simulated WhatsApp. {linked}

  GraphiQL   http://{address}/graphql  (open it in a browser)
  E-mail     {EMAIL}  (Premium), {FREE_EMAIL}  (Free)
  Password   {PASSWORD}
  Simulator  http://{simulator}  (drive it: GET /control/phones)
{stripe}
1. Sign in; copy the accessToken into GraphiQL's Headers as {{"Authorization": "Bearer …"}}:

  mutation {{ logIn(input: {{email: "{EMAIL}", password: "{PASSWORD}"}}) {{ accessToken errors {{ message }} }} }}

2. See what AMDA did; within three minutes there is something of each:

  {{ viewer {{
      statuses(first: 5) {{ nodes {{ author {{ displayName }} text like {{ state }} }} }}
      viewOnceMessages(first: 5) {{ nodes {{ sender {{ displayName }} outcome media {{ url }} }} }}
      deletedMessages(first: 5) {{ nodes {{ outcome sender {{ displayName }} text }} }}
      editedMessages(first: 5) {{ nodes {{ sender {{ displayName }} versions {{ text }} }} }}
      autoReplies(first: 5) {{ nodes {{ contact {{ displayName }} state text }} }}
      scheduledStatuses(first: 5) {{ nodes {{ state content {{ ... on TextStatus {{ text }} }} publishAt viewerCount }} }}
      today {{ counts {{ metric count }} }}
      analytics(range: {{lastDays: 30}}, bucket: WEEK) {{ series {{ metric total change }} }}
      notifications(first: 5) {{ nodes {{ title body }} }}
  }} }}

3. Watch it happen:

  subscription {{ events {{ sequence kind
      ... on StatusLikeEvent {{ statusLike {{ state status {{ author {{ displayName }} }} }} }}
      ... on ViewOnceMessageEvent {{ viewOnceMessage {{ outcome sender {{ displayName }} }} }}
      ... on DeletedMessageEvent {{ deletedMessage {{ text sender {{ displayName }} }} }}
  }} }}

4. Sign in as {FREE_EMAIL} and see the limits: the month's three captures are soon used up, and analytics need Premium.

  {{ viewer {{ user {{ plan {{ code }} }} quotas {{ quota used limit resetsAt }} viewOnceMessages(first: 9) {{ nodes {{ outcome }} }}
      analytics(range: {{lastDays: 30}}, bucket: WEEK) {{ timeZone }} }} }}

5. Buy Premium as {FREE_EMAIL}: open the url and pay with the card 4242424242424242; no money moves.

  mutation {{ startCheckout(input: {{interval: MONTHLY, successUrl: "http://{address}/graphql", cancelUrl: "http://{address}/graphql"}}) {{
      url errors {{ message }} }} }}

Stop with Ctrl-C. The data stays, and so does the link.
"#
    )
}
