//! Linked WhatsApp numbers: link by QR or pairing code, watch the link, relink, unlink.
//!
//! The session (in `whatsapp`) says what happens to the link; the feature writes it to the account's row; clients
//! hear of it as `AccountChanged`. The service only starts and stops sessions. A code on show is sealed in the
//! database and opened for its owner alone.

mod events;
mod expiry;
mod graphql;
mod model;
mod qr;
mod service;
mod store;

use std::sync::Arc;

use crate::id::{AccountId, UserId};
use crate::work::{Core, WorkError};

pub use events::register;
pub use expiry::GAP_EXPIRY;
pub use graphql::{AccountFields, AccountPayload, Mutation, Subscription, UserFields};
pub use graphql::{
    AccountHealth, AccountIdInput, ConnectionGap, LinkAccountInput, LinkQr, RelinkAccountInput,
};
pub use model::AccountState;
pub use service::{AccountError, AccountsService, LinkMethod, OFTEN};
pub use store::{AccountRow, OpenAccount};

/// The accounts of `user` among `ids`, with their codes open.
///
/// # Errors
/// [`WorkError`].
pub async fn load_many(core: &Core, user: UserId, ids: &[AccountId]) -> Result<Vec<OpenAccount>, WorkError> {
    let mut work = core.begin(user).await?;
    let rows = store::load_many(&mut work, ids).await?;
    let key = Arc::clone(&work.key);
    work.rollback().await?;
    Ok(rows.into_iter().map(|row| OpenAccount::new(row, &key)).collect())
}
