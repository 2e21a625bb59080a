//! Accounts in the schema: an account's fields, its mutations and the subscription to its link.

mod account_fields;
mod health;
mod input;
mod link_qr;
mod mutation;
mod payload;
mod subscription;
mod user_fields;

pub use account_fields::AccountFields;
pub use health::{AccountHealth, ConnectionGap};
pub use input::{
    AccountIdInput, LinkAccountInput, RelinkAccountInput, RemoveAccountInput, RenameAccountInput,
    UnlinkAccountInput,
};
pub use link_qr::LinkQr;
pub use mutation::Mutation;
pub use payload::{AccountPayload, RemoveAccountPayload};
pub use subscription::Subscription;
pub use user_fields::ViewerFields;
