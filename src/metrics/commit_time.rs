//! The time of an event's commit, on the event's way through the execution of a subscription, which knows nothing of it.
//!
//! ```text
//! hub: EventStream::next -> note_commit -> (resolvers, loaders) -> with_commit_times -> socket: how late is it?
//! ```

use std::cell::Cell;
use std::pin::Pin;
use std::task::Poll;
use std::time::Instant;

use futures::Stream;
use futures::stream::poll_fn;

tokio::task_local! {
    static LAST_COMMIT: Cell<Option<Instant>>;
}

/// Notes that the event which a stream is about to show was committed at `at`; none when that is not known here. Does
/// nothing outside of [`with_commit_times`].
pub fn note_commit(at: Option<Instant>) {
    // An event that nobody is shown has no way to measure.
    let _ = LAST_COMMIT.try_with(|last| last.set(at));
}

/// The items of `items`, each with the time of the commit that was noted last while it was made.
pub fn with_commit_times<T>(
    mut items: Pin<Box<dyn Stream<Item = T> + Send>>,
) -> impl Stream<Item = (T, Option<Instant>)> + Send {
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
    async fn an_item_has_the_time_that_was_noted_while_it_was_made_and_the_next_one_has_its_own() {
        let committed = Instant::now();
        let items = stream::iter([Some(committed), None]).then(async |at| {
            note_commit(at);
            // What loads rows waits.
            tokio::task::yield_now().await;
            at.is_some()
        });

        let shown: Vec<_> = with_commit_times(items.boxed()).collect().await;

        assert_eq!(shown, [(true, Some(committed)), (false, None)]);
    }

    #[tokio::test]
    async fn nothing_is_noted_where_nobody_measures() {
        note_commit(Some(Instant::now()));

        let shown: Vec<_> = with_commit_times(stream::iter([()]).boxed()).collect().await;

        assert_eq!(shown, [((), None)]);
    }
}
