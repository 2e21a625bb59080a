use std::sync::Arc;

use super::protocol::ConnectionEnd;
use crate::graphql::{Credential, Viewer};
use crate::server::executor::Executor;

/// Returns the end of a viewer's connection when their token expires, or it or its session is revoked.
pub(crate) async fn until_session_ends(executor: Arc<Executor>, viewer: Viewer) -> ConnectionEnd {
    tokio::select! {
        () = executor.clock.sleep_until(viewer.expires_at) => ConnectionEnd::expired(),
        () = executor.until_revoked(viewer) => ConnectionEnd::close(4403, ended(viewer.credential)),
    }
}

const fn ended(credential: Credential) -> &'static str {
    match credential {
        Credential::Session(_) => "Forbidden: the session was ended",
        Credential::AccessToken(_) => "Forbidden: the access token was revoked",
    }
}
