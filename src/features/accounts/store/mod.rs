//! Rows of accounts, of their connection gaps and of their contacts.

mod accounts;
mod contacts;
mod gaps;
mod relinkable;
mod traffic;

pub use accounts::{AccountRow, OpenAccount, seal_plain};
pub(super) use accounts::{
    NewState, count_for_plan, delete, find, insert, list, list_all, load_many, set_label, set_linked,
    set_push_name, set_relinking, set_state,
};
pub(super) use contacts::list_contacts;
pub(super) use gaps::{GapRow, close_gap, list_gaps, open_gap};
pub(super) use relinkable::{find_never_linked, list_logged_out};
pub(super) use traffic::{record_traffic, record_view_once_delivery};
