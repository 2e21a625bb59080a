//! Linked WhatsApp numbers: link by QR or pairing code, watch the link, relink, unlink.
//!
//! The session (in `whatsapp`) says what happens to the link; the feature writes it to the account's row; clients
//! hear of it as `AccountChanged`. The service only starts and stops sessions. A code on show is sealed in the
//! database and opened for its owner alone.

mod events;
mod expiry;
mod graphql;
mod loader;
mod model;
mod qr;
mod service;
mod store;

pub use events::register;
pub use expiry::GAP_EXPIRY;
pub use graphql::{AccountFields, AccountPayload, Mutation, Subscription, UserFields};
pub use graphql::{
    AccountHealth, AccountIdInput, ConnectionGap, LinkAccountInput, LinkQr, RelinkAccountInput,
};
pub use model::AccountState;
pub use service::{AccountError, AccountsService, LinkMethod, OFTEN};
pub use store::{AccountRow, OpenAccount};
