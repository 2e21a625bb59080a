//! Stored notification settings of a user.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::super::channel::{Channel, Switches};
use crate::db::schema::{notification_preferences, notification_switches};
use crate::id::UserId;
use crate::notices::NoticeKind;
use crate::work::Work;

/// The user's switches.
pub(in crate::features::notifications) async fn load(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Switches> {
    let rows: Vec<(String, Channel, bool)> = notification_switches::table
        .filter(notification_switches::user_id.eq(user))
        .select((
            notification_switches::kind,
            notification_switches::channel,
            notification_switches::is_enabled,
        ))
        .load(conn)
        .await?;
    let chosen = rows
        .into_iter()
        .filter_map(|(kind, channel, is_enabled)| Some(((NoticeKind::parse(&kind)?, channel), is_enabled)));
    Ok(Switches::new(chosen))
}

/// Sets a switch. One that is as it would be without a choice has no row.
pub(in crate::features::notifications) async fn set(
    work: &mut Work,
    kind: NoticeKind,
    channel: Channel,
    is_enabled: bool,
) -> QueryResult<()> {
    if is_enabled == channel.is_default_for(kind) {
        return diesel::delete(notification_switches::table.find((work.user, kind.as_str(), channel)))
            .execute(work)
            .await
            .map(drop);
    }
    diesel::insert_into(notification_switches::table)
        .values((
            notification_switches::user_id.eq(work.user),
            notification_switches::kind.eq(kind.as_str()),
            notification_switches::channel.eq(channel),
            notification_switches::is_enabled.eq(is_enabled),
        ))
        .on_conflict((
            notification_switches::user_id,
            notification_switches::kind,
            notification_switches::channel,
        ))
        .do_update()
        .set(notification_switches::is_enabled.eq(is_enabled))
        .execute(work)
        .await
        .map(drop)
}

/// True when a push carries the notification's body.
pub(in crate::features::notifications) async fn push_shows_details(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<bool> {
    let shows = notification_preferences::table
        .find(user)
        .select(notification_preferences::push_shows_details)
        .first(conn)
        .await
        .optional()?;
    Ok(shows.unwrap_or(false))
}

/// Sets whether it does.
pub(in crate::features::notifications) async fn set_push_shows_details(
    work: &mut Work,
    shows: bool,
) -> QueryResult<()> {
    diesel::insert_into(notification_preferences::table)
        .values((
            notification_preferences::user_id.eq(work.user),
            notification_preferences::push_shows_details.eq(shows),
        ))
        .on_conflict(notification_preferences::user_id)
        .do_update()
        .set(notification_preferences::push_shows_details.eq(shows))
        .execute(work)
        .await
        .map(drop)
}
