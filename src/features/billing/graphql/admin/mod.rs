//! The sale of Premium as admins see it.

mod drift;
mod fields;

pub use drift::AdminBillingDrift;
pub use fields::AdminFields;
