//! GraphQL over HTTP and WebSocket, and the layers around every route.
//!
//! ```text
//! connection -> admitted, or refused (connections) -> requests, sockets
//! request -> layers (id, trace, CORS, gzip, headers) -> http: negotiate, read -> Executor: authenticate, limits, run
//!         -> response
//! socket  -> ws: graphql-transport-ws -> Executor -> shared subscriptions: one execution for equal ones -> frames
//! ```
//!
//! A request with a personal access token is executed when the token is enough for each field of its document (guard), and
//! within the accounts that the token is limited to.
//!
//! Both transports hand an operation to the executor, which refuses hostile documents before anything is executed (the
//! limits) and completes each response as the specification says (completion). Neither knows the product: the schema
//! comes in as an [`ErasedSchema`], an [`Authenticator`] recognises viewers, and a [`RequestScope`] adds what a viewer's
//! requests carry.
//!
//! Nothing private is logged: no token, no query text, no variable, no response.

mod accept;
mod answer_limit;
mod authenticator;
mod client;
mod completion;
mod connections;
mod erased_schema;
mod executor;
mod graphiql;
mod guard;
mod health;
mod host;
mod http;
mod layers;
mod lifetime;
mod limits;
mod multipart;
mod operation_label;
mod origin;
mod output_types;
mod params;
mod printed_schema;
mod request_error;
mod response;
mod router;
mod schema;
mod schema_description;
mod scope_notes;
mod serve;
mod settings;
mod slow_operations;
mod ws;

pub use authenticator::{AuthFailure, Authenticator};
pub use connections::{ConnectionLimits, raise_descriptor_limit};
pub use erased_schema::ErasedSchema;
pub use health::{Check, Probe};
pub use lifetime::Lifetime;
pub use limits::{CostBudget, DocumentLimits, QueueLimits};
pub use router::{Parts, RequestScope, router};
pub use schema::{AmdaSchema, builder, sdl};
pub use serve::serve;
pub use settings::Settings;
pub use ws::SocketLimits;
