//! Deliveries that fail, of all users, as admins see them.

mod delivery;
mod fields;
mod hosts;
mod loaders;

pub use delivery::AdminWebhookDelivery;
pub use fields::AdminFields;
