//! Measurement of the owner's response times, on the pipeline's open transaction.

use diesel::QueryResult;

use super::responses::Histogram;
use super::store;
use crate::contacts::ChatKind;
use crate::counts;
use crate::event::{Content, Message};
use crate::features::EventContext;
use crate::messages::Recorded;
use crate::plan;

/// Counts the response time of an own message in a direct chat, from the first message that the contact wrote after
/// the owner's last one. The owner's day gets the count.
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
    let zone = plan::present_zone(cx).await?;
    let day = at.min(cx.now).with_timezone(&zone).date_naive();
    counts::add_response(cx, user, account, day, &counts).await
}
