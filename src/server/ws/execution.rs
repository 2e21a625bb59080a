//! One operation that is being executed for a socket, in a task of its own.
//!
//! A task, because a socket whose client is slow stands still until it can write, and must not hold a transaction of
//! an execution still with it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Response, Value};
use futures::stream::{self, BoxStream};
use futures::{FutureExt, Stream, StreamExt};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::super::fault::Fault;
use super::super::gateway::{Gateway, Prepared, panicked};
use super::super::reply;

/// How many payloads wait for a slow client; then the execution waits as well.
const QUEUE: usize = 16;

/// What an execution says.
#[derive(Debug, Clone)]
pub(in crate::server) enum Outcome {
    /// A response, as JSON.
    Next(Arc<str>),
    /// It did not start: the errors, as a JSON list. The last word.
    Refused(Arc<str>),
    /// It is over. The last word.
    Completed,
    /// The client is too far behind a shared execution.
    Lagged(u64),
}

impl Outcome {
    /// A refusal by `fault`.
    pub(super) fn refused(fault: &Fault) -> Self {
        let errors = std::slice::from_ref(&*fault.error);
        Self::Refused(reply::errors_to_json(errors).into())
    }
}

/// Executes `prepared` for one socket alone. Dropping the stream ends the execution, but for a mutation.
pub(in crate::server) fn start(
    gateway: &Arc<Gateway>,
    prepared: Prepared,
    request_id: String,
) -> impl Stream<Item = Outcome> + Send + use<> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let mut outcomes = outcomes(gateway, prepared, request_id);
    let task = tokio::spawn(async move {
        while let Some(outcome) = outcomes.next().await {
            if sender.send(outcome).await.is_err() {
                return;
            }
        }
    });
    let state = (receiver, AbortOnDropHandle::new(task));
    stream::unfold(state, async |(mut receiver, task)| {
        receiver.recv().await.map(|outcome| (outcome, (receiver, task)))
    })
}

/// Everything that executing `prepared` says, the last word included.
pub(super) fn outcomes(
    gateway: &Arc<Gateway>,
    prepared: Prepared,
    request_id: String,
) -> BoxStream<'static, Outcome> {
    if prepared.kind == OperationType::Subscription {
        return subscribed(gateway.stream(prepared.request), request_id).boxed();
    }
    let gateway = Arc::clone(gateway);
    let answered = async move {
        match gateway.run(prepared, &request_id).await {
            Ok(response) if reply::is_request_error(&response) => {
                vec![Outcome::Refused(reply::errors_to_json(&response.errors).into())]
            }
            Ok(response) => vec![
                Outcome::Next(reply::to_json(&response).into()),
                Outcome::Completed,
            ],
            Err(fault) => vec![Outcome::refused(&fault)],
        }
    };
    stream::once(answered).flat_map(stream::iter).boxed()
}

fn subscribed(
    responses: BoxStream<'static, Response>,
    request_id: String,
) -> impl Stream<Item = Outcome> + Send {
    struct State {
        responses: BoxStream<'static, Response>,
        request_id: String,
        has_started: bool,
    }
    let state = State {
        responses,
        request_id,
        has_started: false,
    };
    stream::unfold(Some(state), async |state| {
        let mut state = state?;
        let next = AssertUnwindSafe(state.responses.next()).catch_unwind().await;
        let mut response = match next {
            Ok(Some(response)) => response,
            Ok(None) => return Some((Outcome::Completed, None)),
            Err(_) => return Some((Outcome::refused(&panicked(&state.request_id)), None)),
        };
        reply::polish(&mut response, &state.request_id);
        let is_first = !std::mem::replace(&mut state.has_started, true);
        if is_first && is_refusal(&response, &mut state.responses) {
            let errors = reply::errors_to_json(&response.errors);
            return Some((Outcome::Refused(errors.into()), None));
        }
        Some((Outcome::Next(reply::to_json(&response).into()), Some(state)))
    })
}

/// Whether the first response means that there is no stream: the document is not valid, or its resolver refused. The
/// executor sends this as an event without data, and nothing after it; an event that merely failed has others after.
fn is_refusal(response: &Response, rest: &mut BoxStream<'static, Response>) -> bool {
    let is_failed = response.data == Value::Null && response.errors.iter().all(|error| error.path.len() <= 1);
    is_failed && !response.errors.is_empty() && matches!(rest.next().now_or_never(), Some(None))
}
