//! Where both transports meet: from the parameters of an operation to what is executed.

use std::any::Any;
use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{OperationType, TypeKind, TypeSystemDefinition};
use async_graphql::{Request, Response};
use axum::http::StatusCode;
use futures::FutureExt;
use tracing::Instrument as _;

use super::fault::Fault;
use super::guard::{Budgets, Documents, Payer, Receipt};
use super::params::Operation;
use super::ws::{Rooms, Seats};
use super::{Authenticator, Executable, Lifetime, Parts, RequestScope, Settings, reply};
use crate::clock::SharedClock;
use crate::graphql::{ClientInfo, RequestId, Viewer};
use crate::id::Ids;
use crate::limiter;

/// The argument with which a subscription resumes. A field that takes it is a view of the viewer's numbered events:
/// without a value it starts at the present, with nothing before it.
const RESUME: &str = "after";

/// What both transports work with.
pub(super) struct Gateway {
    pub(super) settings: Settings,
    pub(super) clock: SharedClock,
    pub(super) ids: Arc<Ids>,
    pub(super) lifetime: Lifetime,
    pub(super) rooms: Rooms,
    /// For sockets.
    pub(super) seats: Seats,
    /// For the subscriptions over sockets.
    pub(super) subscriptions: Seats,
    executable: Executable,
    documents: Documents,
    budgets: Option<Budgets>,
    authenticator: Arc<dyn Authenticator>,
    scope: RequestScope,
    /// The subscriptions that can be resumed, and therefore shared.
    resumable: HashSet<String>,
}

/// Who asks, and by which request.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) viewer: Option<Viewer>,
    pub(super) client: ClientInfo,
    pub(super) request_id: String,
}

/// An operation that may be executed.
pub(super) struct Prepared {
    pub(super) kind: OperationType,
    pub(super) request: Request,
    /// What it took from the client's budget.
    receipt: Option<Receipt>,
    /// Whether all who ask the same may listen to one execution of it.
    pub(super) is_shareable: bool,
}

impl Caller {
    /// Whose budget and whose limits count.
    pub(super) fn payer(&self) -> Payer {
        match self.viewer {
            Some(viewer) => Payer::User(viewer.user),
            None => Payer::Address(self.client.ip.map(limiter::network)),
        }
    }
}

impl Gateway {
    pub(super) fn new(parts: Parts) -> Self {
        Self {
            resumable: resumable_fields(parts.schema.sdl()),
            documents: Documents::new(parts.settings.documents),
            budgets: parts.settings.budget.map(Budgets::new),
            rooms: Rooms::new(parts.settings.sockets.backlog),
            seats: Seats::new(parts.settings.sockets.per_user),
            subscriptions: Seats::new(parts.settings.sockets.subscriptions_per_user),
            settings: parts.settings,
            clock: parts.clock,
            ids: parts.ids,
            lifetime: parts.lifetime,
            executable: parts.schema,
            authenticator: parts.authenticator,
            scope: parts.scope,
        }
    }

    /// Tells whose `token` it is.
    pub(super) async fn authenticate(&self, token: &str) -> Result<Viewer, super::AuthFailure> {
        self.authenticator.authenticate(token).await
    }

    /// Returns when `viewer` is no longer welcome.
    pub(super) async fn until_refused(&self, viewer: Viewer) {
        self.authenticator.until_refused(viewer).await;
    }

    /// A name for a request that brought none.
    pub(super) fn new_request_id(&self) -> String {
        self.ids.next::<ulid::Ulid>().to_string()
    }

    /// Checks what is asked; executes nothing yet.
    pub(super) fn prepare(&self, operation: &Operation, caller: &Caller) -> Result<Prepared, Fault> {
        let document = self.documents.check(&operation.query)?;
        let chosen = document.choose(operation.name.as_deref())?;
        let cost = chosen.price(&operation.variables, self.documents.limits())?;
        let spend = |budgets: &Budgets| budgets.spend(caller.payer(), cost, self.clock.now());
        let receipt = self.budgets.as_ref().map(spend).transpose()?;
        let is_shareable = chosen.subscribed_field().is_some_and(|field| {
            self.resumable.contains(field.name.node.as_str())
                && !chosen.is_given(field, RESUME, &operation.variables)
        });
        let mut request = Request::new("").variables(operation.to_variables());
        request.operation_name.clone_from(&operation.name);
        request.set_parsed_query(document.to_executable());
        Ok(Prepared {
            kind: chosen.kind(),
            receipt,
            request: self.dress(request, caller),
            is_shareable,
        })
    }

    /// Executes a query or a mutation within the time allowed. A mutation that was begun is finished, whoever stops waiting
    /// for it. A resolver that panics costs its own request only.
    pub(super) async fn run(&self, prepared: Prepared, request_id: &str) -> Result<Response, Fault> {
        let execution = AssertUnwindSafe(self.executable.run(prepared.request)).catch_unwind();
        let is_mutation = prepared.kind == OperationType::Mutation;
        let execution = if is_mutation {
            let begun = self.lifetime.mutations.spawn(execution.in_current_span());
            let ended = async {
                // Only the end of the runtime breaks it off.
                begun
                    .await
                    .unwrap_or_else(|broken| Err(Box::new(broken) as Box<dyn Any + Send>))
            };
            ended.boxed()
        } else {
            execution.boxed()
        };
        let limit = self.settings.operation_timeout;
        match tokio::time::timeout(limit, execution).await {
            Ok(Ok(mut response)) => {
                reply::polish(&mut response, request_id);
                if let Some(receipt) = prepared.receipt {
                    response.extensions.insert("cost".to_owned(), receipt.to_value());
                }
                Ok(response)
            }
            Ok(Err(_)) => Err(panicked(request_id)),
            Err(_) => {
                let seconds = limit.as_secs();
                let message = if is_mutation {
                    format!(
                        "the mutation takes longer than {seconds} s and goes on; see what became of it before you try it again"
                    )
                } else {
                    format!(
                        "the operation took longer than {seconds} s and was stopped; ask for less at once"
                    )
                };
                Err(Fault::new(StatusCode::SERVICE_UNAVAILABLE, "TIMEOUT", message))
            }
        }
    }

    /// Executes a subscription.
    pub(super) fn stream(&self, request: Request) -> futures::stream::BoxStream<'static, Response> {
        self.executable.stream(request)
    }

    /// Gives a request what its resolvers read.
    fn dress(&self, request: Request, caller: &Caller) -> Request {
        let mut request = request
            .data(RequestId(caller.request_id.clone()))
            .data(caller.client.clone());
        if !self.settings.allows_introspection {
            request = request.disable_introspection();
        }
        match &caller.viewer {
            Some(viewer) => (self.scope)(viewer, request.data(*viewer)),
            None => request,
        }
    }
}

/// What a client hears of a panic, which the panic hook has logged.
pub(super) fn panicked(request_id: &str) -> Fault {
    tracing::error!(request.id = request_id, "a resolver panicked");
    Fault::internal(request_id)
}

/// The fields of the subscription type that take [`RESUME`].
fn resumable_fields(sdl: &str) -> HashSet<String> {
    let Ok(schema) = parse_schema(sdl) else {
        return HashSet::new();
    };
    let mut root = "Subscription".to_owned();
    for definition in &schema.definitions {
        if let TypeSystemDefinition::Schema(schema) = definition
            && let Some(name) = &schema.node.subscription
        {
            root = name.node.to_string();
        }
    }
    let types = schema
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            TypeSystemDefinition::Type(found) if found.node.name.node == root => Some(&found.node.kind),
            _ => None,
        });
    types
        .filter_map(|kind| match kind {
            TypeKind::Object(object) => Some(&object.fields),
            _ => None,
        })
        .flatten()
        .filter(|field| {
            let mut arguments = field.node.arguments.iter();
            arguments.any(|argument| argument.node.name.node == RESUME)
        })
        .map(|field| field.node.name.node.to_string())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_schema_says_which_subscriptions_resume() {
        let fields = resumable_fields(&super::super::sdl());

        assert!(
            fields.contains("events") && fields.contains("statusLiked"),
            "{fields:?}"
        );
        // It begins with the account as it is, which somebody who joined later would not get.
        assert!(!fields.contains("linkProgress"));
    }
}
