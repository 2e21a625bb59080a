//! The users' data keys: generated at registration, stored wrapped by a master key, unwrapped when needed.
//!
//! ```text
//! master keys (files, settings) -> KeyRing -> opens the installation's secret and the users' data keys -> these seal content
//! rotation: new key held by every server -> named as the current one -> data keys wrapped anew, batch by batch
//! ```
//!
//! The row of the installation's secret names the current master key: the one that seals the secret wraps the keys of new users.
//! A rotation changes it under a lock that every registration shares, so that afterwards nothing more is wrapped by the old one.
//! What was derived from a secret stays, and so does all content, because neither the secret nor a data key changes.
//!
//! # Never
//!
//! - Never wrap by a key that the row does not name.
//! - Never name a key that a server which runs does not hold.
//! - Never take a key from a file while a row is wrapped by it.

mod data_keys;
mod key_ring;
mod rotation;
mod store;

pub use data_keys::{Vault, VaultError};
pub use key_ring::KeyRing;
pub use rotation::{Rewrapped, Rotation, RotationError, Standing};
