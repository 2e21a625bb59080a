//! Execution of operations for both transports: checks, budget, context, time limit.

use std::any::Any;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use async_graphql::parser::types::{Field, OperationType};
use async_graphql::{Request, Response, ServerError};
use axum::http::StatusCode;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt as _};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span};

use super::completion::Completion;
use super::guard;
use super::limits::{
    BudgetKey, Budgets, ClientKey, DocumentCache, KnownSchema, OperationCost, OperationQueue,
};
use super::operation_label::OperationLabel;
use super::output_types::OutputTypes;
use super::params::Operation;
use super::request_error::RequestError;
use super::slow_operations::SlowOperations;
use super::ws::SharedSubscriptions;
use super::{
    Authenticator, ErasedSchema, Lifetime, Parts, RequestScope, Settings, response, schema_description,
};
use crate::clock::SharedClock;
use crate::db::AccountLimits;
use crate::graphql::{ClientInfo, ErrorCode, Grant, Identity, RequestId, Viewer};
use crate::id::Ids;
use crate::limiter::{self, LogLimit};
use crate::memory_budget::MemoryBudget;
use crate::metrics::{self, Commit, Metrics};
use crate::per_key_limit::PerKeyLimit;
use crate::telemetry::{self, TraceContext};

/// The argument with which a subscription resumes. A field that takes it is a view of the viewer's numbered events:
/// without a value it starts at the present, with nothing before it.
const RESUME_ARGUMENT: &str = "after";

/// Checks and executes operations; shared by both transports.
pub(super) struct Executor {
    pub(super) settings: Settings,
    pub(super) clock: SharedClock,
    pub(super) ids: Arc<Ids>,
    pub(super) lifetime: Lifetime,
    pub(super) shared: SharedSubscriptions,
    /// The limit on sockets and multipart responses.
    pub(super) connections: PerKeyLimit<ClientKey>,
    /// The limit on subscriptions over sockets.
    pub(super) subscriptions: PerKeyLimit<ClientKey>,
    /// The limit on lines in the log about refused requests.
    pub(super) refusals: LogLimit,
    slow: SlowOperations,
    /// The memory of the bodies that arrive or are worked on, by address.
    pub(super) bodies: MemoryBudget<Option<IpAddr>>,
    pub(super) metrics: Metrics,
    schema: ErasedSchema,
    types: Arc<OutputTypes>,
    documents: DocumentCache,
    budgets: Option<Budgets>,
    queue: OperationQueue,
    authenticator: Arc<dyn Authenticator>,
    scope: RequestScope,
}

/// The viewer and client of one request.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) viewer: Option<Viewer>,
    /// What the viewer's personal access token allows; none for a session, and for nobody.
    pub(super) grant: Option<Arc<Grant>>,
    pub(super) client: ClientInfo,
    pub(super) request_id: String,
    /// The span in which their socket was opened; none over HTTP, and where nothing is traced.
    pub(super) upgrade: Option<TraceContext>,
}

/// An operation that passed all checks.
pub(super) struct Prepared {
    pub(super) kind: OperationType,
    pub(super) request: Request,
    pub(super) completion: Completion,
    label: OperationLabel,
    /// See [`Caller::upgrade`].
    upgrade: Option<TraceContext>,
    client_key: ClientKey,
    /// The cost taken from the client's budget.
    cost: Option<OperationCost>,
    /// Equal requests may share one execution.
    pub(super) is_shareable: bool,
    /// The accounts that it sees.
    limits: AccountLimits,
    /// Cancelled when nobody waits for the answer any more.
    gone: CancellationToken,
}

impl Caller {
    /// The key of the caller's budget and limits.
    pub(super) fn client_key(&self) -> ClientKey {
        match self.viewer {
            Some(viewer) => ClientKey::User(viewer.user),
            None => ClientKey::Address(self.client.ip.map(limiter::network)),
        }
    }

    fn account_limits(&self) -> AccountLimits {
        let grant = self.grant.as_ref();
        grant.map_or(AccountLimits::NONE, |grant| grant.limits.clone())
    }
}

impl Prepared {
    /// The span of the operation where it runs in a task of its own, so that its lines have the id of its request.
    pub(super) fn task_span(&self, request_id: &str) -> Span {
        if self.kind == OperationType::Subscription {
            return tracing::info_span!("subscription", request.id = request_id);
        }
        let span = tracing::info_span!("socket_operation", request.id = request_id);
        if let Some(upgrade) = self.upgrade {
            upgrade.link_to(&span);
        }
        span
    }
}

impl Executor {
    pub(super) fn new(parts: Parts) -> Self {
        let (schema, description) = schema_description::parse(parts.schema.sdl());
        let types = Arc::new(OutputTypes::read(&schema, description));
        for limit in ["connections", "operations_at_once", "sockets", "subscriptions"] {
            parts.metrics.limits_hit.declare(limit);
        }
        for cache in ["documents", "subscriptions"] {
            parts.metrics.cache_hits.declare(cache);
            parts.metrics.cache_misses.declare(cache);
        }
        parts.metrics.operation_errors.declare("INTERNAL");
        Self {
            documents: DocumentCache::new(
                parts.settings.documents,
                KnownSchema::read(&schema, &types),
                parts.metrics.clone(),
            ),
            types,
            budgets: parts
                .settings
                .budget
                .map(|budget| Budgets::new(budget, &parts.limiters)),
            queue: OperationQueue::new(parts.settings.operations),
            shared: SharedSubscriptions::new(parts.settings.sockets.backlog),
            connections: PerKeyLimit::new(parts.settings.sockets.per_user),
            subscriptions: PerKeyLimit::new(parts.settings.sockets.subscriptions_per_user),
            refusals: LogLimit::new(&parts.clock),
            slow: SlowOperations::new(parts.settings.slow_operation),
            bodies: MemoryBudget::new(parts.settings.body_memory),
            metrics: parts.metrics,
            settings: parts.settings,
            clock: parts.clock,
            ids: parts.ids,
            lifetime: parts.lifetime,
            schema: parts.schema,
            authenticator: parts.authenticator,
            scope: parts.scope,
        }
    }

    /// The viewer of an access token, and what it allows.
    pub(super) async fn authenticate(
        &self,
        token: &str,
        client: &ClientInfo,
    ) -> Result<Identity, super::AuthFailure> {
        self.authenticator.authenticate(token, client).await
    }

    /// Returns when the session or the personal access token of `viewer` is revoked.
    pub(super) async fn until_revoked(&self, viewer: Viewer) {
        self.authenticator.until_revoked(viewer).await;
    }

    /// An id for a request that brought none.
    pub(super) fn new_request_id(&self) -> String {
        self.ids.next::<ulid::Ulid>().to_string()
    }

    /// Checks an operation and takes its cost from the budget; executes nothing yet.
    pub(super) async fn prepare(
        &self,
        operation: &Operation,
        caller: &Caller,
    ) -> Result<Prepared, RequestError> {
        let prepared = self.check_and_pay(operation, caller).await;
        prepared.inspect_err(|refusal| self.count_errors(std::slice::from_ref(&*refusal.error)))
    }

    async fn check_and_pay(&self, operation: &Operation, caller: &Caller) -> Result<Prepared, RequestError> {
        let document = self.documents.check(&operation.query)?;
        let chosen = document.choose(operation.name.as_deref())?;
        if !self.settings.allows_introspection && chosen.asks_for_schema() {
            return Err(introspection_is_off());
        }
        if let Some(grant) = &caller.grant {
            guard::check(&self.types, chosen, &operation.variables, grant)?;
        }
        let (limits, schema) = (self.documents.limits(), self.documents.schema());
        let variables = chosen.fill(&operation.variables, limits, schema)?;
        let cost = chosen.check_cost(&operation.variables, limits, schema)?;
        let separate = &self.settings.separately_budgeted;
        let key = BudgetKey {
            client: caller.client_key(),
            mutation: chosen
                .only_mutation()
                .and_then(|field| separate.iter().copied().find(|name| *name == field)),
        };
        let spent = match &self.budgets {
            Some(budgets) => Some(budgets.spend(key, cost).await?),
            None => None,
        };
        let is_shareable = chosen.subscribed_field().is_some_and(|field| {
            self.can_resume(field) && !chosen.is_given(field, RESUME_ARGUMENT, &operation.variables)
        });
        let completion = Completion {
            types: Arc::clone(&self.types),
            document: Arc::clone(&document),
            operation: chosen.definition().clone(),
            variables: variables.clone(),
        };
        let mut request = Request::new("").variables(variables);
        request.operation_name.clone_from(&operation.name);
        request.set_parsed_query(document.to_executable());
        // Its own, because a socket runs many operations.
        let client = ClientInfo {
            gone: CancellationToken::new(),
            ..caller.client.clone()
        };
        Ok(Prepared {
            kind: chosen.kind(),
            label: OperationLabel::of(chosen, &self.types, caller.viewer.map(|viewer| viewer.user)),
            upgrade: caller.upgrade,
            client_key: caller.client_key(),
            cost: spent,
            gone: client.gone.clone(),
            request: self.attach_context(request, caller, client),
            completion,
            is_shareable,
            limits: caller.account_limits(),
        })
    }

    /// Executes a query or a mutation, when it is its client's turn, within the time limit. A mutation that was begun is
    /// finished even when its client stops waiting for it. A panic in a resolver fails its own request only.
    pub(super) async fn run(&self, prepared: Prepared, request_id: &str) -> Result<Response, RequestError> {
        let (begun, label) = (Instant::now(), prepared.label.clone());
        let span = label.span();
        let answer = self
            .run_in_turn(prepared, request_id)
            .instrument(span.clone())
            .await;
        let errors = match &answer {
            Ok(response) => response.errors.as_slice(),
            Err(error) => std::slice::from_ref(&*error.error),
        };
        self.count_errors(errors);
        if !errors.is_empty() && !span.is_disabled() {
            let codes: BTreeSet<String> = response::codes(errors).collect();
            let codes: Vec<String> = codes.into_iter().collect();
            span.record("errors", codes.join(" "));
        }
        let took = begun.elapsed();
        self.metrics.operation_seconds.note(label.kind(), took);
        self.slow.note(&label, request_id, took);
        answer
    }

    fn count_errors(&self, errors: &[ServerError]) {
        for code in response::codes(errors) {
            self.metrics.operation_errors.add_one(code);
        }
    }

    async fn run_in_turn(&self, prepared: Prepared, request_id: &str) -> Result<Response, RequestError> {
        // Dropped with this future when the client leaves, and when it was told to wait no longer.
        let _gone = prepared.gone.drop_guard();
        let turn = self.queue.enter(prepared.client_key).await;
        let turn = turn.inspect_err(|_| self.metrics.limits_hit.add_one("operations_at_once"))?;
        let execution = prepared.limits.run(self.schema.run(prepared.request));
        let execution = telemetry::in_request(request_id, execution);
        let execution = AssertUnwindSafe(execution).catch_unwind();
        let execution = async move {
            let _turn = turn;
            execution.await
        };
        let is_mutation = prepared.kind == OperationType::Mutation;
        let execution = if is_mutation {
            let task = self.lifetime.mutations.spawn(execution.in_current_span());
            let ended = async {
                // Only the end of the runtime aborts it.
                task.await
                    .unwrap_or_else(|error| Err(Box::new(error) as Box<dyn Any + Send>))
            };
            ended.boxed()
        } else {
            execution.boxed()
        };
        let limit = self.settings.operation_timeout;
        match tokio::time::timeout(limit, execution).await {
            Ok(Ok(mut response)) => {
                response::normalise_errors(&mut response, request_id);
                if !response::is_request_error(&response) {
                    prepared.completion.complete(&mut response, request_id);
                }
                if let Some(cost) = prepared.cost {
                    response.extensions.insert("cost".to_owned(), cost.to_value());
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
                Err(RequestError::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    ErrorCode::Timeout,
                    message,
                ))
            }
        }
    }

    /// Executes a subscription, of which the caller keeps what completes its events. Each response comes with the commit
    /// that it shows.
    pub(super) fn stream(&self, prepared: Prepared) -> (BoxStream<'static, ShownResponse>, Completion) {
        let responses = prepared.limits.stream(self.schema.stream(prepared.request));
        let shown = metrics::with_commits(responses.boxed());
        (shown.boxed(), prepared.completion)
    }

    /// True for a subscription that can be resumed, and therefore shared.
    fn can_resume(&self, subscribed: &Field) -> bool {
        let root = self.types.root(OperationType::Subscription);
        let field = self.types.field(root, &subscribed.name.node);
        field.is_some_and(|field| field.takes(RESUME_ARGUMENT))
    }

    /// Adds to a request the data that its resolvers read.
    fn attach_context(&self, request: Request, caller: &Caller, client: ClientInfo) -> Request {
        let request = request.data(RequestId(caller.request_id.clone())).data(client);
        let request = match &caller.grant {
            Some(grant) => request.data(Arc::clone(grant)),
            None => request,
        };
        match &caller.viewer {
            Some(viewer) => (self.scope)(viewer, request.data(*viewer)),
            None => request,
        }
    }
}

/// A response of a subscription, and the commit that it shows, where this server made it.
pub(super) type ShownResponse = (Response, Option<Commit>);

/// The error for the client of a panic, which the panic hook has logged.
pub(super) fn panicked(request_id: &str) -> RequestError {
    tracing::error!(request.id = request_id, "a resolver panicked");
    RequestError::internal(request_id)
}

fn introspection_is_off() -> RequestError {
    let message = "introspection is turned off on this server; use the file schema.graphql of its version, or ask its \
                   operator to set AMDA_INTROSPECTION=true";
    RequestError::refused(ErrorCode::IntrospectionDisabled, message)
}
