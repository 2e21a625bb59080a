//! Demo phones whose contacts act on their own: they post, write, delete, edit, send view-once media, view the owner's
//! statuses and answer messages.
//!
//! `run` is the loop: it chooses the next action by a seeded generator (`actions`) and plans reactions to what linked
//! devices send (`answers`). Both plan later events, so that a deletion follows its message at a human distance.

mod actions;
mod answers;
mod phones;
mod run;
mod texts;

pub use phones::{PHONE, SMALL_PHONE, prepare, prepare_small};
pub use run::run;
