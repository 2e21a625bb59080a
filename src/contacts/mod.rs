//! The people and chats of an account: one row each, whatever names WhatsApp uses for them.
//!
//! WhatsApp names a person by LID, by phone number, or both, and may learn later that two names are one person's.
//! Then the row that was first known by LID takes over, and the other points to it ([`same_as`]); an id of the
//! other row still finds the person. A number may pass to somebody else, a LID never does.
//! Somebody who changes their number, and so their LID, keeps their row ([`follow_number_change`]).
//!
//! Names and numbers are sealed with the user's key. A phone number and a chat's JID are found by a keyed fingerprint
//! beside them; LIDs, which name nobody outside of WhatsApp, are in clear.
//!
//! [`same_as`]: crate::db::schema::contacts::same_as

mod alias;
mod chats;
mod memo;
mod mentions;
mod mutes;
mod names;
mod number_change;
mod owner;
mod people;
mod plain_names;
mod timers;

pub use alias::{known_among, persons, rows_of, rows_of_sender};
pub use chats::{ChatKind, SealedChatNames, name_chat, resolve_chat};
pub use mentions::name_mentioned;
pub use mutes::{is_muted, set_muted};
pub use names::{PersonNames, SealedNames, phone_number_print};
pub use number_change::follow_number_change;
pub use owner::find_owner;
pub use people::{Names, read_ahead, resolve};
pub use plain_names::seal_plain;
pub use timers::{remember_timer, timer_seconds};
