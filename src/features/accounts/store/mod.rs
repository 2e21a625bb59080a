//! Rows of accounts, of their connection gaps, contacts and chats.

mod accounts;
mod chats;
mod contacts;
mod for_admin;
mod gaps;
mod name_search;
mod relinkable;
mod states;
mod traffic;

pub use accounts::{AccountRow, OpenAccount, seal_plain};
pub(super) use accounts::{
    count, count_for_plan, delete, find, insert, list, list_all, load_many, set_label, set_linked,
    set_push_name, set_relinking,
};
pub(super) use chats::{ChatFilter, list_chats};
pub use contacts::ContactOrder;
pub(super) use contacts::{ContactFilter, list_contacts};
pub(super) use for_admin::AdminAccountRow;
pub(super) use for_admin::{
    count_for_admin, count_states_for_admin, list_for_admin, load_for_admin, load_of_users_for_admin,
};
pub use gaps::GapRow;
pub(super) use gaps::{close_gap, count_gaps, list_gaps, load_gaps, open_gap};
pub(super) use relinkable::{find_never_linked, list_logged_out};
pub(super) use states::{NewState, StateCause, set_state};
pub(super) use traffic::{record_traffic, record_view_once_delivery};
