//! The users' data keys: generated at registration, stored wrapped by a master key, unwrapped when needed.
//!
//! ```text
//! master keys (files, settings) -> KeyRing -> opens the installation's secret and the users' data keys -> these seal content
//! ```
//!
//! The row of the installation's secret names the current master key: the one that seals the secret wraps the keys of new users.
//!
//! # Never
//!
//! - Never wrap by a key that the row does not name.

mod data_keys;
mod key_ring;
mod store;

pub use data_keys::{Vault, VaultError};
pub use key_ring::KeyRing;
