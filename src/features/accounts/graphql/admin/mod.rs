//! Accounts of all users as admins see them.

mod account;
mod fields;
mod loaders;

pub use account::AdminAccount;
pub use fields::AdminFields;
