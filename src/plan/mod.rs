//! What a plan includes.
use crate::id::UserId;
use diesel_async::AsyncPgConnection;
pub struct Plan;
pub struct Entitlements {
    pub linked_accounts: i32,
}
impl Plan {
    pub fn entitlements(&self) -> Entitlements {
        Entitlements { linked_accounts: 1 }
    }
}
pub async fn of(_: &mut AsyncPgConnection, _: UserId) -> diesel::QueryResult<Plan> {
    Ok(Plan)
}
