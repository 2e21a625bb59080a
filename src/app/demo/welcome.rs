//! The welcome text for the person at the terminal.

use std::net::SocketAddr;

use super::{EMAIL, FREE_EMAIL, PASSWORD};

/// The text: addresses, sign-in, and an operation to try for each feature.
pub(super) fn text(address: SocketAddr, simulator: SocketAddr, is_new: bool) -> String {
    let linked = if is_new {
        "Linked the simulated phone."
    } else {
        "The simulated phone is still linked."
    };
    format!(
        r#"
AMDA is running with a simulated WhatsApp. {linked}

  GraphiQL   http://{address}/graphql  (open it in a browser)
  E-mail     {EMAIL}  (Premium), {FREE_EMAIL}  (Free)
  Password   {PASSWORD}
  Simulator  http://{simulator}  (drive it: GET /control/phones)

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

Stop with Ctrl-C. The data stays, and so does the link.
"#
    )
}
