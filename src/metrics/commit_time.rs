//! The commit of an event, on the event's way through the execution of a subscription, which knows nothing of it.
//!
//! ```text
//! StreamedEvent::note_shown -> note_commit -> (resolvers, loaders) -> with_commits -> socket: how late is it?
//! ```

use std::cell::Cell;
use std::pin::Pin;
use std::task::Poll;
use std::time::Instant;

use futures::Stream;
use futures::stream::poll_fn;

use crate::telemetry::TraceContext;

/// A commit of this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commit {
    /// Its time.
    pub at: Instant,
    /// The span in which it was made; none where nothing is traced.
    pub trace: Option<TraceContext>,
}

impl Commit {
    /// A commit that was made just now, in the current span.
    pub fn now() -> Self {
        Self {
            at: Instant::now(),
            trace: TraceContext::current(),
        }
    }
}

tokio::task_local! {
    static LAST_COMMIT: Cell<Option<Commit>>;
}

/// Notes that the event which a stream is about to show was committed by `commit`; none when that is not known here. Does
/// nothing outside of [`with_commits`].
pub fn note_commit(commit: Option<Commit>) {
    // An event that nobody is shown has no way to measure.
    let _ = LAST_COMMIT.try_with(|last| last.set(commit));
}

/// The items of `items`, each with the commit that was noted last while it was made.
pub fn with_commits<T>(
    mut items: Pin<Box<dyn Stream<Item = T> + Send>>,
) -> impl Stream<Item = (T, Option<Commit>)> + Send {
    let mut last = None;
    poll_fn(move |cx| {
        let (polled, noted) = LAST_COMMIT.sync_scope(Cell::new(last), || {
            let polled = items.as_mut().poll_next(cx);
            (polled, LAST_COMMIT.with(Cell::get))
        });
        last = noted;
        match polled {
            Poll::Ready(Some(item)) => Poll::Ready(Some((item, last.take()))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
}

#[cfg(test)]
mod tests {
    use futures::{StreamExt as _, stream};

    use super::*;

    #[tokio::test]
    async fn an_item_has_the_commit_that_was_noted_while_it_was_made_and_the_next_one_has_its_own() {
        let committed = Commit::now();
        let items = stream::iter([Some(committed), None]).then(async |commit| {
            note_commit(commit);
            // What loads rows waits.
            tokio::task::yield_now().await;
            commit.is_some()
        });

        let shown: Vec<_> = with_commits(items.boxed()).collect().await;

        assert_eq!(shown, [(true, Some(committed)), (false, None)]);
    }

    #[tokio::test]
    async fn nothing_is_noted_where_nobody_measures() {
        note_commit(Some(Commit::now()));

        let shown: Vec<_> = with_commits(stream::iter([()]).boxed()).collect().await;

        assert_eq!(shown, [((), None)]);
    }
}
