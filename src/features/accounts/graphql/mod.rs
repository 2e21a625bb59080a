//! Accounts in the schema: an account's fields, its mutations and the subscription to its link.

mod account_fields;
mod admin;
mod health;
mod input;
mod link_codes;
mod mutation;
mod payload;
mod subscription;
mod user_fields;

pub use account_fields::AccountFields;
pub use admin::{AdminAccount, AdminFields};
pub use health::{AccountHealth, ConnectionGap};
pub use input::{
    LinkAccountInput, LinkMethodInput, PairingCodeInput, RelinkAccountInput, RemoveAccountInput,
    RenameAccountInput, RestartAccountInput, UnlinkAccountInput,
};
pub use link_codes::{LinkQr, PairingCode};
pub use mutation::Mutation;
pub use payload::{
    LinkAccountPayload, RelinkAccountPayload, RemoveAccountPayload, RenameAccountPayload,
    RestartAccountPayload, UnlinkAccountPayload,
};
pub use subscription::Subscription;
pub use user_fields::ViewerFields;
