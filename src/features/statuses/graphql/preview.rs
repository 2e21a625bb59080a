use async_graphql::{Object, SimpleObject};

use super::super::auto_like::SkipReason;
use super::super::preview::Previewed;
use super::objects::Status;

/// Maximum number of items that are returned; the counts include all.
const MAX_ITEMS: usize = 100;

/// Preview of auto-like settings on the statuses of the last 24 hours, 500 at most.
#[derive(Debug, Clone)]
pub struct AutoLikePreview(pub Vec<Previewed>);

/// Preview of auto-like settings on the statuses of the last 24 hours, 500 at most.
#[Object]
impl AutoLikePreview {
    /// Number of statuses that would have been liked.
    async fn like_count(&self) -> usize {
        self.0.iter().filter(|item| item.verdict.is_ok()).count()
    }

    /// Number of statuses that would have been skipped.
    async fn skip_count(&self) -> usize {
        self.0.iter().filter(|item| item.verdict.is_err()).count()
    }

    /// The 100 newest of the statuses, newest first; the counts are of all.
    async fn items(&self) -> Vec<AutoLikePreviewItem> {
        let shown = self.0.iter().take(MAX_ITEMS);
        shown
            .map(|item| AutoLikePreviewItem {
                status: Status(item.status.clone()),
                is_liked: item.verdict.is_ok(),
                emoji: item.verdict.as_ref().ok().cloned(),
                skip_reason: item.verdict.as_ref().err().copied(),
            })
            .collect()
    }
}

/// Preview of auto-like settings on one status.
#[derive(Debug, Clone, SimpleObject)]
pub struct AutoLikePreviewItem {
    /// Status of the last 24 hours.
    status: Status,
    /// True when the status would have been liked.
    is_liked: bool,
    /// Emoji of the like; null when the status would have been skipped.
    emoji: Option<String>,
    /// Reason for which the status would have been skipped; null when it would have been liked.
    skip_reason: Option<SkipReason>,
}
