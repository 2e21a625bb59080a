//! The execution of one operation for a socket, in a task of its own.
//!
//! A task, because a socket whose client is slow waits until it can write, and must not keep a transaction of an
//! execution open meanwhile.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Response, Value};
use futures::stream::{self, BoxStream, Peekable};
use futures::{FutureExt, Stream, StreamExt};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use crate::metrics::Commit;
use crate::server::completion::Completion;
use crate::server::executor::{Executor, Prepared, ShownResponse, panicked};
use crate::server::request_error::RequestError;
use crate::server::response;

/// Number of payloads that wait for a slow client; when it is reached, the execution waits as well.
const QUEUE_CAPACITY: usize = 16;

/// The responses of a subscription.
type Responses = Peekable<BoxStream<'static, ShownResponse>>;

/// A response of an execution.
#[derive(Debug)]
pub(crate) struct Payload {
    /// The response, as a JSON object.
    pub(crate) json: String,
    /// The commit that it shows, where this server made it.
    committed: Option<Commit>,
}

/// An event of an execution. Small, because a shared execution has room for a whole backlog of them from the
/// start.
#[derive(Debug, Clone)]
pub(crate) enum ExecutionEvent {
    /// A response.
    Next(Arc<Payload>),
    /// The operation did not start: the errors, as a JSON list. The last event.
    Refused(Arc<str>),
    /// The operation is over. The last event.
    Completed,
    /// The client is this many events behind a shared execution, which is too many.
    Lagged(u64),
}

impl ExecutionEvent {
    fn next(response: &Response, committed: Option<Commit>) -> Self {
        Self::Next(Arc::new(Payload {
            json: response::to_json(response),
            committed,
        }))
    }

    /// The commit that it shows; none when it shows none of this server.
    pub(super) fn committed(&self) -> Option<Commit> {
        match self {
            Self::Next(payload) => payload.committed,
            Self::Refused(_) | Self::Completed | Self::Lagged(_) => None,
        }
    }

    /// A refusal with `error`.
    pub(super) fn refused(error: &RequestError) -> Self {
        let errors = std::slice::from_ref(&*error.error);
        Self::Refused(response::errors_to_json(errors).into())
    }
}

/// Executes `prepared` for one socket alone. Dropping the stream ends the execution, but for a mutation.
pub(crate) fn start(
    executor: &Arc<Executor>,
    prepared: Prepared,
    request_id: String,
) -> impl Stream<Item = ExecutionEvent> + Send + use<> {
    let (sender, receiver) = mpsc::channel(QUEUE_CAPACITY);
    let span = prepared.task_span(&request_id);
    let mut events = events(executor, prepared, request_id);
    let work = async move {
        while let Some(event) = events.next().await {
            if sender.send(event).await.is_err() {
                return;
            }
        }
    };
    let task = tokio::spawn(work.instrument(span));
    let state = (receiver, AbortOnDropHandle::new(task));
    stream::unfold(state, async |(mut receiver, task)| {
        receiver.recv().await.map(|event| (event, (receiver, task)))
    })
}

/// All events of executing `prepared`, the last one included.
pub(super) fn events(
    executor: &Arc<Executor>,
    prepared: Prepared,
    request_id: String,
) -> BoxStream<'static, ExecutionEvent> {
    if prepared.kind == OperationType::Subscription {
        let (responses, completion) = executor.stream(prepared);
        return subscription_events(responses, completion, request_id).boxed();
    }
    let executor = Arc::clone(executor);
    let answered = async move {
        match executor.run(prepared, &request_id).await {
            Ok(response) if response::is_request_error(&response) => {
                vec![ExecutionEvent::Refused(
                    response::errors_to_json(&response.errors).into(),
                )]
            }
            Ok(response) => vec![ExecutionEvent::next(&response, None), ExecutionEvent::Completed],
            Err(error) => vec![ExecutionEvent::refused(&error)],
        }
    };
    stream::once(answered).flat_map(stream::iter).boxed()
}

fn subscription_events(
    responses: BoxStream<'static, ShownResponse>,
    completion: Completion,
    request_id: String,
) -> impl Stream<Item = ExecutionEvent> + Send {
    struct State {
        responses: Responses,
        completion: Completion,
        request_id: String,
        has_started: bool,
    }
    let state = State {
        responses: responses.peekable(),
        completion,
        request_id,
        has_started: false,
    };
    stream::unfold(Some(state), async |state| {
        let mut state = state?;
        let next = AssertUnwindSafe(state.responses.next()).catch_unwind().await;
        let (mut response, committed) = match next {
            Ok(Some(timed)) => timed,
            Ok(None) => return Some((ExecutionEvent::Completed, None)),
            Err(_) => return Some((ExecutionEvent::refused(&panicked(&state.request_id)), None)),
        };
        response::normalise_errors(&mut response, &state.request_id);
        let is_first = !std::mem::replace(&mut state.has_started, true);
        if is_first && is_refusal(&response, &mut state.responses) {
            let errors = response::errors_to_json(&response.errors);
            return Some((ExecutionEvent::Refused(errors.into()), None));
        }
        if !response::is_request_error(&response) {
            state.completion.complete(&mut response, &state.request_id);
        }
        Some((ExecutionEvent::next(&response, committed), Some(state)))
    })
}

/// True when the first response means that there is no stream: the document is not valid, or its resolver refused. The
/// executor sends this as an event without data, and nothing after it; an event that merely failed has others after.
fn is_refusal(response: &Response, rest: &mut Responses) -> bool {
    let is_failed = response.data == Value::Null && response.errors.iter().all(|error| error.path.len() <= 1);
    is_failed && !response.errors.is_empty() && matches!(Pin::new(rest).peek().now_or_never(), Some(None))
}
