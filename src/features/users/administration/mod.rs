//! Users as admins see them, and the plans that admins give.
//!
//! Everything is read through the views of [`crate::db::views`], which are empty for others, and each read notes in its own
//! transaction whom it showed ([`audit::note_looks`](crate::audit::note_looks)).

mod filter;
mod plans;
mod store;

pub(super) use filter::{UserFilter, UserPart};
pub(super) use plans::set_plan;
pub(super) use store::{
    AdminSessionRow, AdminUserRow, count_users, list_sessions, list_users, load_sessions, load_users,
};
