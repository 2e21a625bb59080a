//! The subscribers: one for each account, at a server that does not run it where there is one.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::future::try_join_all;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::graphql_socket::GraphqlSocket;
use super::linking::Account;

const NOW: &str = "{ viewer { eventCursor } }";
const EVENTS: &str =
    "subscription ($after: Cursor) { events(after: $after, kinds: [STATUS_POSTED, MESSAGE_DELETED, EDITED_MESSAGE_CHANGED]) {
        cursor kind ... on StatusEvent { status { text } } ... on DeletedMessageEvent { deletedMessage { text } } } }";

/// What a subscriber has to hear.
pub(super) enum Expected {
    /// A status or a deleted message with this text.
    Text(String),
    /// The edit that was sent next.
    Edit,
}

/// The server at which subscribers go on whose own was killed; none until one was.
pub(super) type Successor = watch::Receiver<Option<SocketAddr>>;

/// What the subscriber of one account has still to hear, and how late the rest was.
pub(super) struct Hearing(Mutex<State>);

#[derive(Default)]
struct State {
    texts: HashMap<String, Instant>,
    edits: VecDeque<Instant>,
    delays: Vec<Duration>,
    /// The number of events that were heard and not, or no longer, expected.
    doubled: usize,
    /// The place behind the last event.
    cursor: Value,
}

impl Hearing {
    /// Nothing heard yet, and nothing expected, behind `cursor`.
    fn starting_at(cursor: Value) -> Self {
        let state = State {
            cursor,
            ..State::default()
        };
        Self(Mutex::new(state))
    }

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

    /// The number of events that were heard again.
    pub(super) fn doubled(&self) -> usize {
        self.0.lock().doubled
    }

    fn hear(&self, event: &Value) {
        let mut state = self.0.lock();
        state.cursor = event["cursor"].clone();
        let text = [&event["status"]["text"], &event["deletedMessage"]["text"]];
        let sent = match text.into_iter().find_map(Value::as_str) {
            Some(text) => state.texts.remove(text),
            None if event["kind"] == "EDITED_MESSAGE_CHANGED" => state.edits.pop_front(),
            None => None,
        };
        match sent {
            Some(sent) => state.delays.push(sent.elapsed()),
            None => state.doubled += 1,
        }
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
    pub(super) async fn open(
        places: Vec<(&Account, SocketAddr)>,
        successor: &Successor,
    ) -> anyhow::Result<Self> {
        let opening = places.into_iter().map(async |(account, server)| {
            let mut socket = GraphqlSocket::open(server, &account.token).await?;
            let now = socket.run(NOW, json!({})).await?;
            let cursor = now
                .pointer("/viewer/eventCursor")
                .context("a user has no cursor")?;
            let hearing = Arc::new(Hearing::starting_at(cursor.clone()));
            let subscriber = Subscriber {
                token: account.token.clone(),
                hearing: Arc::clone(&hearing),
                successor: successor.clone(),
            };
            subscriber.subscribe(&mut socket).await?;
            Ok::<_, anyhow::Error>((subscriber, socket))
        });
        let mut subscribers = Self {
            tasks: JoinSet::new(),
            hearings: Vec::new(),
        };
        for (subscriber, socket) in try_join_all(opening).await? {
            subscribers.hearings.push(Arc::clone(&subscriber.hearing));
            subscribers.tasks.spawn(subscriber.run(socket));
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

/// The subscriber of one account.
struct Subscriber {
    token: String,
    hearing: Arc<Hearing>,
    successor: Successor,
}

impl Subscriber {
    /// Listens until the server is gone, and then at its successor, as a client does that resumes.
    async fn run(mut self, socket: GraphqlSocket) -> anyhow::Error {
        let error = self.listen(socket).await;
        match self.resume().await {
            Ok(Some(socket)) => self.listen(socket).await,
            Ok(None) => error,
            Err(error) => error,
        }
    }

    async fn listen(&self, mut socket: GraphqlSocket) -> anyhow::Error {
        loop {
            match socket.next_event().await {
                Ok(event) => self.hearing.hear(&event["events"]),
                Err(error) => return error,
            }
        }
    }

    /// Goes on at the successor behind the last event; none where no server is to be killed.
    async fn resume(&mut self) -> anyhow::Result<Option<GraphqlSocket>> {
        let Ok(successor) = self.successor.wait_for(Option::is_some).await.map(|found| *found) else {
            return Ok(None);
        };
        let server = successor.expect("it was waited for");
        let mut socket = GraphqlSocket::open(server, &self.token).await?;
        self.subscribe(&mut socket).await?;
        Ok(Some(socket))
    }

    async fn subscribe(&self, socket: &mut GraphqlSocket) -> anyhow::Result<()> {
        let after = self.hearing.0.lock().cursor.clone();
        socket.subscribe(EVENTS, json!({ "after": after })).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_heard_is_no_longer_expected_and_has_a_delay() {
        let hearing = Hearing::starting_at(json!(null));
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
        assert_eq!(hearing.doubled(), 2);
        assert_eq!(hearing.take_delays().len(), 2);
        assert_eq!(hearing.take_delays().len(), 0);
    }
}
