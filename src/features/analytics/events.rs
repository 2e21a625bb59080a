//! How soon the owner answers, on the pipeline's open transaction.

use diesel::QueryResult;

use super::responses::Histogram;
use super::store;
use crate::contacts::ChatKind;
use crate::counts;
use crate::event::{Content, Message};
use crate::features::EventContext;
use crate::messages::Recorded;
use crate::plan;

/// An own message in a chat of two answers the first message that the other wrote since the owner's last: what that took
/// is counted on the owner's day.
pub(super) async fn answer(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
) -> QueryResult<()> {
    let is_talk = matches!(
        message.content,
        Content::Text(_) | Content::Media(_) | Content::ViewOnce(_)
    );
    if !message.is_from_me || !is_talk || recorded.chat_kind != ChatKind::Direct {
        return Ok(());
    }
    let at = message.sent_at;
    let Some(waiting_since) = store::waiting_since(cx, recorded.chat, recorded.id, at).await? else {
        return Ok(());
    };
    let Some(counts) = Histogram::one(at - waiting_since) else {
        return Ok(());
    };
    let (user, account) = (cx.user, cx.account.id);
    let zone = plan::zone(cx, user).await?;
    let day = at.min(cx.now).with_timezone(&zone).date_naive();
    counts::add_response(cx, user, account, day, &counts).await
}
