//! What a unit of work reads once of its user.

use chrono_tz::Tz;
use diesel::QueryResult;

use super::{Entitlements, Plan, of, zone};
use crate::id::UserId;
use crate::work::Work;

/// The [limits and features](super::entitlements) of the plan of the user of `work`, read once in it.
///
/// # Errors
/// As [`of`](super::of).
pub async fn present_entitlements(work: &mut Work) -> QueryResult<Entitlements> {
    let user = work.user;
    if let Some(plan) = work.memo::<UserId, Plan>().get(&user) {
        return Ok(plan.entitlements());
    }
    let plan = of(work, user).await?;
    work.memo().insert(user, plan);
    Ok(plan.entitlements())
}

/// The [time zone](super::zone) of the user of `work`, read once in it.
///
/// # Errors
/// As [`of`](super::of).
pub async fn present_zone(work: &mut Work) -> QueryResult<Tz> {
    let user = work.user;
    if let Some(zone) = work.memo::<UserId, Tz>().get(&user) {
        return Ok(*zone);
    }
    let zone = zone(work, user).await?;
    work.memo().insert(user, zone);
    Ok(zone)
}
