//! Users: they register as far as the operator lets them, come in with a password, stay by refreshing, and go out on one
//! client or on all.
//!
//! ```text
//! password -> session (a row) -> access token, 15 min, signed   -> Viewer, without a query
//!                           -> refresh token, 7 days, one use -> the next of both
//! ```
//!
//! - Tokens of the operator's own issuer are accepted as well ([`external`](ExternalTokens)); a user who comes by them alone has
//!   no password.
//! - A password is hashed by bcrypt, never truncated, and compared in the same time for an address that nobody has.
//! - Of a refresh token only the SHA-256 is kept. One that was used and comes again ends its session, except from the same
//!   client within [`REFRESH_GRACE`].
//! - A link in a mail holds a token for one purpose and one use, of which only the SHA-256 is kept. It signs nobody in. It
//!   begins with the server's own address, whatever name the request was sent to.
//! - Whoever turned two-factor authentication on gives a code beside the password.
//! - An ended session's access tokens are refused at once by the server that ended it, after a restart too
//!   ([`UsersService::recall_revocations`]). A job tells the server of those that an operator's command ended, and several
//!   nodes look for those of each other ([`UsersService::follow_revocations`]).
//! - A personal access token is a credential for programs, of which only the SHA-256 is kept (`access_tokens`). Whatever
//!   locks others out revokes them too: a changed or reset password, a reverted e-mail change, a suspension,
//!   `amda users sessions --end`. Logging out does not.
//! - A suspended user is let in nowhere: [`UsersService::log_in`] and all others that begin a session do so in one place,
//!   which refuses them.
//! - Nothing here writes a password, a token or an e-mail address into a log. The network address of a refused log-in is
//!   logged, so that it can be shut out.

mod access_tokens;
mod administration;
mod confirmation;
mod cookie;
mod deletion;
mod email_change;
mod error;
mod event;
mod exported;
mod external;
mod graphql;
mod guesses;
mod ids;
mod invitations;
mod letters;
mod limits;
mod log_in;
mod mail_token;
mod model;
mod operator;
mod pages;
mod password_change;
mod password_reset;
mod passwords;
mod planned_deletion;
mod presented_token;
mod recall;
mod registration;
mod revocations;
mod service;
mod sessions;
mod signing;
mod store;
mod suspension;
mod tokens;
mod turns;
mod two_factor;
mod verification;

pub use crate::id::{AccessTokenId, SessionId};
pub use access_tokens::{
    AccessTokenError, AccessTokenRefusal, AccessTokenWish, MOST_ACCESS_TOKENS, is_access_token,
};
pub use confirmation::Proof;
pub use deletion::{delete_again, list_deleted, request_deletion};
pub use error::UsersError;
pub use event::ViewerEvent;
pub use external::{ExternalConfig, ExternalError, ExternalTokens, IdentityError};
pub use graphql::{
    AccessToken, AccessTokenEvent, AccessTokenMutation, AccessTokenViewerFields, AdminFields, AdminMutation,
    AdminSession, AdminUser, ExternalIdentity, ExternalMutation, MailMutation, Mutation, Query, Session,
    TwoFactorMutation, User, ViewerFields, begin_proven,
};
pub use ids::{AdminSessionId, AdminUserId, EmailChangeId, ExternalIdentityId};
pub use invitations::{Invitation, RegistrationMode, invite};
pub use limits::{LimitReached, Limits};
pub use mail_token::Purpose;
pub use model::Mistake;
pub use operator::{
    ListedUser, create, describe, disable_two_factor, end_sessions, generate_password, list, list_sessions,
    reset_password, set_plan, set_role, suspend, unsuspend,
};
pub use pages::Page;
pub use passwords::{LONGEST_BYTES, PasswordError, SHORTEST_CHARS};
pub use registration::Registration;
pub use service::{ProfileEdit, UsersConfig, UsersService, find_by_email};
pub use sessions::{IssuedSession, REFRESH_GRACE, REFRESH_TOKEN_LIFE};
pub use store::{AccessTokenRow, IdentityRow, SessionRow, UserRow};
pub use tokens::{ACCESS_TOKEN_LIFE, SignedToken, TokenError, TokenService};
pub use turns::LineLimits;
pub use two_factor::{TwoFactorError, TwoFactorSetup};

use std::sync::Arc;

use crate::features::{ExportedTable, FEATURES, Feature, OwnWorker, Parts};
use crate::jobs::Handler;
use crate::notices::NoticeType;

/// Maximum number of mails about sign-in that are sent at once.
const SENT_AT_ONCE: usize = 8;

/// Users and their sessions.
#[derive(Debug)]
pub struct Users;

impl Feature for Users {
    fn name(&self) -> &'static str {
        "users"
    }

    fn exported(&self) -> &'static [ExportedTable] {
        exported::EXPORTED
    }

    fn notice_types(&self) -> &'static [&'static dyn NoticeType] {
        &[
            &two_factor::TwoFactorEnabled,
            &two_factor::TwoFactorDisabled,
            &two_factor::RecoveryCodeUsed,
            &access_tokens::AccessTokenCreated,
            &access_tokens::AccessTokenExpiring,
            &external::ExternalIdentityLinked,
        ]
    }

    fn handlers(&self, parts: &Parts) -> Vec<Arc<dyn Handler>> {
        let deleter = deletion::Deleter {
            core: parts.core.clone(),
            supervisor: Arc::clone(&parts.supervisor),
            tokens: Arc::clone(&parts.tokens),
            password_cost: parts.users.password_cost,
            departures: FEATURES
                .iter()
                .flat_map(|feature| feature.departures(parts))
                .collect(),
        };
        vec![
            Arc::new(deletion::Delete(deleter.clone())),
            Arc::new(deletion::DeletePlanned(deleter)),
            Arc::new(access_tokens::Expire {
                core: parts.core.clone(),
                tokens: Arc::clone(&parts.tokens),
            }),
            Arc::new(recall::Recall {
                core: parts.core.clone(),
                tokens: Arc::clone(&parts.tokens),
            }),
        ]
    }

    fn workers(&self, parts: &Parts) -> Vec<OwnWorker> {
        // A slow mail server holds up nothing else.
        vec![OwnWorker {
            at_once: SENT_AT_ONCE,
            handlers: vec![Arc::new(letters::Letters {
                core: parts.core.clone(),
                mailer: parts.mailer.clone(),
                home: parts.public_url.clone(),
            })],
        }]
    }
}
