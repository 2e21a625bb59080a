//! Users as admins see them, in the GraphQL schema.

mod fields;
mod input;
mod loaders;
mod mutation;
mod payload;
mod refusal;
mod session;
mod user;

pub use fields::AdminFields;
pub use mutation::AdminMutation;
pub(super) use refusal::{last_admin, own_suspension, suspended};
pub use session::AdminSession;
pub use user::AdminUser;
