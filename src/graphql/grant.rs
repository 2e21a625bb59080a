use std::sync::Arc;

use async_graphql::{Context, Enum};

use super::viewer::{Credential, Viewer};
use crate::db::AccountLimits;
use crate::text_enum::text_enum;

text_enum! {
    /// Class of operations that a personal access token may be used for. None includes another.
    #[derive(Enum)]
    pub enum AccessTokenScope {
        /// Reading and listening, and exports of analytics.
        Read = "READ",
        /// Acting on accounts: scheduled statuses, uploads, fetching media, marking as read, and the settings of accounts.
        Act = "ACT",
        /// Managing: linking, naming and removing accounts, deleting what is kept, webhook endpoints, notification settings
        /// and the profile.
        Manage = "MANAGE",
    }
}

/// What a personal access token allows. It never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The scopes.
    pub scopes: Vec<AccessTokenScope>,
    /// The accounts.
    pub limits: AccountLimits,
}

/// The viewer of a credential, and what it allows.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The viewer.
    pub viewer: Viewer,
    /// What the personal access token allows; none for a session, which allows everything.
    pub grant: Option<Arc<Grant>>,
}

impl From<Viewer> for Identity {
    /// The identity of a session's viewer.
    fn from(viewer: Viewer) -> Self {
        Self { viewer, grant: None }
    }
}

/// What the personal access token of the request allows; none for a session's request, and for nobody's.
pub fn grant<'a>(ctx: &Context<'a>) -> Option<&'a Grant> {
    match ctx.data_opt::<Viewer>()?.credential {
        Credential::Session(_) => None,
        // Without its grant, a token gets nothing.
        Credential::AccessToken(_) => Some(ctx.data_unchecked::<Arc<Grant>>()),
    }
}
