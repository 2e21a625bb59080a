use async_graphql::{Context, Object, SimpleObject};

use crate::features::users::RegistrationMode;
use crate::graphql::Link;

/// The server, as clients should know it before they sign in.
#[derive(Debug, Clone, SimpleObject)]
pub struct ServerInfo {
    /// The version that runs.
    pub version: &'static str,
    /// URL of the source code; the licence requires it.
    pub source_url: Link,
    /// True when WhatsApp is simulated: then no phone is linked, and all events are made up.
    pub is_simulated: bool,
    /// The people who may register.
    pub registration: RegistrationMode,
    /// True when Premium can be bought, by `startCheckout`.
    pub sells_premium: bool,
}

/// Fields about the server itself.
#[derive(Debug, Default)]
pub struct ServerQuery;

#[Object(name = "ServerQuery")]
impl ServerQuery {
    /// About this server. Anybody may ask.
    async fn server_info(&self, ctx: &Context<'_>) -> ServerInfo {
        ctx.data_unchecked::<ServerInfo>().clone()
    }
}
