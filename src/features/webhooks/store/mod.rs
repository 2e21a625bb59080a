mod attempts;
mod deliveries;
mod endpoints;
mod for_admin;

pub use deliveries::DeliveryQuery;
pub use endpoints::Unreadable;

pub(super) use attempts::{insert_attempts, load_attempts};
pub(super) use deliveries::{
    count_alone, count_deliveries, count_waiting, give_up_pending, insert_deliveries, list_deliveries,
    list_pending, load_deliveries, lock_delivery, next_in_queue, settle_delivered, settle_failed, try_again,
    try_anew,
};
pub(super) use endpoints::{
    count_endpoints, delete_endpoint, insert_endpoint, list_endpoints, load_endpoints, lock_endpoint,
    own_accounts, save_endpoint, wants_of_enabled,
};
pub(super) use for_admin::FailingRow;
pub(super) use for_admin::{count_failing, list_failing, load_failing};
