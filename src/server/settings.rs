use std::time::Duration;

use url::Url;

use super::{ConnectionLimits, CostBudget, DocumentLimits, QueueLimits, SocketLimits};
use crate::memory_budget::MemoryLimits;

/// The operator's decisions about the server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address at which clients reach this server; its own pages may always call it.
    pub public_url: Url,
    /// Other sites whose pages may call this server, as `https://host[:port]`.
    pub allowed_origins: Vec<String>,
    /// The number of the operator's own proxies in front: that many addresses at the end of `X-Forwarded-For` are
    /// believed. 0 believes none and takes the address of the connection.
    pub proxies: usize,
    /// The `traceparent` of a request comes from a proxy of the operator's, which decides what is traced.
    pub trusts_traceparent: bool,
    /// The time from which on a query or a mutation is warned of; none for never.
    pub slow_operation: Option<Duration>,
    /// The time limit of a query or a mutation.
    pub operation_timeout: Duration,
    /// The maximum length of a request's body.
    pub body_bytes: usize,
    /// The memory for the bodies of all requests; a key is an address.
    pub body_memory: MemoryLimits,
    /// Clients may ask for the schema.
    pub allows_introspection: bool,
    /// A browser that opens `/graphql` gets GraphiQL.
    pub serves_graphiql: bool,
    /// The limits of a document.
    pub documents: DocumentLimits,
    /// The cost that each client may spend in time; none for no limit.
    pub budget: Option<CostBudget>,
    /// The mutations that each client has a budget of its own for, so that nothing else that comes from an address keeps
    /// its users from signing in and out.
    pub separately_budgeted: Vec<&'static str>,
    /// The limits of connections.
    pub connections: ConnectionLimits,
    /// The limits of a client's operations at one time.
    pub operations: QueueLimits,
    /// The limits of sockets.
    pub sockets: SocketLimits,
}
