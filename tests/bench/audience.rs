//! Many subscribers, and how late each event reached each of them.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::server_process::ServerProcess;
use super::subscriber::Subscriber;

/// Number of sockets that are opened at once.
const AT_ONCE: usize = 32;
/// The longest time until all have heard.
const PATIENCE: Duration = Duration::from_mins(2);

/// Subscribers, each on a socket and a task of its own.
pub(super) struct Audience {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
    sockets_each: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    heard: Notify,
}

#[derive(Default)]
struct State {
    /// By user the moments at which their events were published.
    published: Vec<Vec<Instant>>,
    delays: Vec<Duration>,
    /// The number of events that were heard, once for each subscriber.
    heard: usize,
    bytes: usize,
}

/// The events that everybody heard.
pub(super) struct Hearing {
    /// The number of messages: each event once for each subscriber.
    pub(super) messages: usize,
    pub(super) bytes: usize,
    /// The shortest first.
    pub(super) delays: Vec<Duration>,
}

impl Audience {
    /// Opens so many sockets for each user, whose token and document are at their number.
    pub(super) async fn open(address: SocketAddr, users: &[(String, String)], sockets_each: usize) -> Self {
        let shared = Arc::new(Shared::default());
        shared.state.lock().published = vec![Vec::new(); users.len()];
        let sockets = (0..users.len()).flat_map(|user| (0..sockets_each).map(move |_| user));
        let opening = stream::iter(sockets).map(async |user| {
            let (token, document) = &users[user];
            (user, Subscriber::open(address, token, document).await)
        });
        let mut opening = std::pin::pin!(opening.buffer_unordered(AT_ONCE));
        let mut tasks = JoinSet::new();
        while let Some((user, subscriber)) = opening.next().await {
            tasks.spawn(listen(user, subscriber, Arc::clone(&shared)));
        }
        Self {
            shared,
            tasks,
            sockets_each,
        }
    }

    /// Has the server publish `count` events to each of `users`.
    pub(super) async fn publish(
        &self,
        server: &mut ServerProcess,
        users: RangeInclusive<usize>,
        count: usize,
    ) {
        {
            let (now, mut state) = (Instant::now(), self.shared.state.lock());
            for user in users.clone() {
                state.published[user].extend(std::iter::repeat_n(now, count));
            }
        }
        let (first, last) = (users.start(), users.end());
        server.order(&format!("publish {first} {last} {count}")).await;
    }

    /// Waits until everybody has heard everything, and returns what was heard since the last call.
    pub(super) async fn hear_all(&mut self) -> Hearing {
        let published: usize = self.shared.state.lock().published.iter().map(Vec::len).sum();
        let wanted = published * self.sockets_each;
        let waiting = async {
            while self.shared.state.lock().heard < wanted {
                tokio::select! {
                    () = self.shared.heard.notified() => {}
                    ended = self.tasks.join_next() => panic!("a subscriber ended: {ended:?}"),
                }
            }
        };
        timeout(PATIENCE, waiting).await.expect("everybody hears");
        let state = &mut *self.shared.state.lock();
        let mut delays = std::mem::take(&mut state.delays);
        delays.sort_unstable();
        Hearing {
            messages: delays.len(),
            bytes: std::mem::take(&mut state.bytes),
            delays,
        }
    }
}

async fn listen(user: usize, mut subscriber: Subscriber, shared: Arc<Shared>) {
    let mut so_far = 0;
    loop {
        let heard = subscriber.hear().await;
        let mut state = shared.state.lock();
        let state = &mut *state;
        let published = &state.published[user][so_far..so_far + heard.events];
        state.delays.extend(published.iter().map(Instant::elapsed));
        state.heard += heard.events;
        state.bytes += heard.bytes;
        so_far += heard.events;
        shared.heard.notify_one();
    }
}
