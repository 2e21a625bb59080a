use async_graphql::{ID, SimpleObject};
use chrono::{DateTime, Utc};

use crate::features::accounts::store::GapRow;

/// Health of an account's link.
#[derive(SimpleObject)]
pub struct AccountHealth {
    /// Time of the last data from WhatsApp, to the minute; null before the first.
    pub(super) last_traffic_at: Option<DateTime<Utc>>,
    /// True when the owner's LID is known.
    pub(super) is_lid_known: bool,
    /// True when view-once content was ever delivered to this link. WhatsApp usually keeps it from linked devices.
    pub(super) has_received_view_once_content: bool,
    /// Time before which nothing automatic is sent, because WhatsApp asked to wait; null when sends are not paused.
    pub(super) sends_paused_until: Option<DateTime<Utc>>,
    /// Reason of the pause, in words, with WhatsApp's code; null when sends are not paused.
    pub(super) sends_paused_reason: Option<String>,
}

/// A stretch of time during which an account heard nothing.
#[derive(SimpleObject)]
pub struct ConnectionGap {
    /// Opaque global id.
    id: ID,
    #[graphql(skip)]
    pub(super) row: uuid::Uuid,
    /// Time at which it began.
    pub(super) started_at: DateTime<Utc>,
    /// Time at which it ended; null while it lasts.
    ended_at: Option<DateTime<Utc>>,
    /// Cause, in English.
    reason: String,
}

impl From<GapRow> for ConnectionGap {
    fn from(gap: GapRow) -> Self {
        let GapRow {
            id,
            started_at,
            ended_at,
            reason,
        } = gap;
        Self {
            id: ID(id.to_global()),
            row: id.into(),
            started_at,
            ended_at,
            reason,
        }
    }
}
