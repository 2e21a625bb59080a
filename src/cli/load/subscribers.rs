//! The subscribers: one for each account, at a server that does not run it where there is one.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::future::try_join_all;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::graphql_socket::GraphqlSocket;
use super::linking::Account;

const NOW: &str = "{ viewer { eventCursor } }";
const EVENTS: &str =
    "subscription ($after: Cursor) { events(after: $after, kinds: [STATUS_POSTED, MESSAGE_DELETED, EDITED_MESSAGE_CHANGED]) {
        kind ... on StatusEvent { status { text } } ... on DeletedMessageEvent { deletedMessage { text } } } }";

/// What a subscriber has to hear.
pub(super) enum Expected {
    /// A status or a deleted message with this text.
    Text(String),
    /// The edit that was sent next.
    Edit,
}

/// What the subscriber of one account has still to hear, and how late the rest was.
#[derive(Default)]
pub(super) struct Hearing(Mutex<State>);

#[derive(Default)]
struct State {
    texts: HashMap<String, Instant>,
    edits: VecDeque<Instant>,
    delays: Vec<Duration>,
}

impl Hearing {
    /// Notes that something is being sent now.
    pub(super) fn expect(&self, expected: Expected) {
        let (now, mut state) = (Instant::now(), self.0.lock());
        match expected {
            Expected::Text(text) => drop(state.texts.insert(text, now)),
            Expected::Edit => state.edits.push_back(now),
        }
    }

    /// The number of events that were sent and not heard.
    pub(super) fn unheard(&self) -> usize {
        let state = self.0.lock();
        state.texts.len() + state.edits.len()
    }

    /// The delays of what was heard since the last call.
    pub(super) fn take_delays(&self) -> Vec<Duration> {
        std::mem::take(&mut self.0.lock().delays)
    }

    fn hear(&self, event: &Value) {
        let mut state = self.0.lock();
        let text = [&event["status"]["text"], &event["deletedMessage"]["text"]];
        let sent = match text.into_iter().find_map(Value::as_str) {
            Some(text) => state.texts.remove(text),
            None if event["kind"] == "EDITED_MESSAGE_CHANGED" => state.edits.pop_front(),
            None => None,
        };
        state.delays.extend(sent.map(|sent| sent.elapsed()));
    }
}

/// All subscribers, each on a task of its own.
pub(super) struct Subscribers {
    tasks: JoinSet<anyhow::Error>,
    /// In the order of the accounts.
    pub(super) hearings: Vec<Arc<Hearing>>,
}

impl Subscribers {
    /// Subscribes for each account at the server beside it.
    pub(super) async fn open(places: Vec<(&Account, SocketAddr)>) -> anyhow::Result<Self> {
        let opening = places
            .into_iter()
            .map(|(account, server)| subscribe(server, &account.token));
        let sockets = try_join_all(opening).await?;
        let mut subscribers = Self {
            tasks: JoinSet::new(),
            hearings: Vec::new(),
        };
        for socket in sockets {
            let hearing = Arc::new(Hearing::default());
            subscribers.hearings.push(Arc::clone(&hearing));
            subscribers.tasks.spawn(listen(socket, hearing));
        }
        Ok(subscribers)
    }

    /// Returns when a subscriber cannot go on, with the reason.
    pub(super) async fn failed(&mut self) -> anyhow::Error {
        match self.tasks.join_next().await {
            Some(Ok(error)) => error.context("a subscriber lost its server"),
            Some(Err(error)) => error.into(),
            None => std::future::pending().await,
        }
    }
}

async fn subscribe(server: SocketAddr, token: &str) -> anyhow::Result<GraphqlSocket> {
    let mut socket = GraphqlSocket::open(server, token).await?;
    let now = socket.run(NOW, json!({})).await?;
    let after = now
        .pointer("/viewer/eventCursor")
        .context("a user has no cursor")?;
    socket.subscribe(EVENTS, json!({ "after": after })).await?;
    Ok(socket)
}

async fn listen(mut socket: GraphqlSocket, hearing: Arc<Hearing>) -> anyhow::Error {
    loop {
        match socket.next_event().await {
            Ok(event) => hearing.hear(&event["events"]),
            Err(error) => return error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_heard_is_no_longer_expected_and_has_a_delay() {
        let hearing = Hearing::default();
        hearing.expect(Expected::Text("sunny".to_owned()));
        hearing.expect(Expected::Text("message 1".to_owned()));
        hearing.expect(Expected::Edit);
        assert_eq!(hearing.unheard(), 3);

        let edited = json!({ "kind": "EDITED_MESSAGE_CHANGED" });
        hearing.hear(&json!({ "kind": "STATUS_POSTED", "status": { "text": "sunny" } }));
        hearing.hear(&json!({ "kind": "STATUS_POSTED", "status": { "text": "of somebody else" } }));
        hearing.hear(&edited);
        hearing.hear(&edited);

        assert_eq!(hearing.unheard(), 1);
        assert_eq!(hearing.take_delays().len(), 2);
        assert_eq!(hearing.take_delays().len(), 0);
    }
}
