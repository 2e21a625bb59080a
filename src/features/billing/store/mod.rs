mod checkouts;
mod customers;
mod drifts;
mod events;
mod invoices;
mod subscriptions;

pub(super) use checkouts::{find_unanswered, forget_checkouts, name_checkout, save_checkout};
pub(super) use customers::{
    begin_look, customers_after, find_customer, find_user, insert_customer, mark_deleted, mark_email_told,
    mark_looked, name_customer, replace_customer, user_of_customer,
};
pub use drifts::{DriftKind, DriftRow, NewDrift};
pub(super) use drifts::{
    count_drifts, count_since, delete_old_drifts, find_drift, insert_drift, list_drifts,
};
pub(super) use events::{EventRow, EventState, delete_old_events, find_event, insert_event, settle_event};
pub(super) use invoices::{InvoiceRow, list_invoices, load_invoices, owed_invoice, save_invoice};
pub use invoices::{OpenedInvoice, StoredInvoiceState};
pub(super) use invoices::{count_invoices, find_invoices};
pub use subscriptions::SubscriptionRow;
pub(super) use subscriptions::{
    find_shown, list_subscriptions, load_subscriptions, save_subscription, set_premium,
};
