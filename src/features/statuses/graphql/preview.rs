use async_graphql::{Object, SimpleObject};

use super::super::preview::Previewed;
use super::objects::Status;
use crate::graphql::UserError;

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

    /// The 100 newest of these statuses, newest first.
    async fn items(&self) -> Vec<AutoLikePreviewItem> {
        let shown = self.0.iter().take(MAX_ITEMS);
        shown
            .map(|item| AutoLikePreviewItem {
                status: Status(item.status.clone()),
                is_liked: item.verdict.is_ok(),
                emoji: item.verdict.as_ref().ok().cloned(),
                reason: item
                    .verdict
                    .as_ref()
                    .err()
                    .map(|reason| reason.as_str().to_owned()),
            })
            .collect()
    }
}

/// Preview of auto-like settings on one status.
#[derive(Debug, Clone, SimpleObject)]
pub struct AutoLikePreviewItem {
    /// The status.
    status: Status,
    /// True when the status would have been liked.
    is_liked: bool,
    /// Emoji of the like; null when the status would have been skipped.
    emoji: Option<String>,
    /// Reason for skipping, as in `StatusLike.reason`; null when the status would have been liked.
    reason: Option<String>,
}

/// Result of `previewAutoLike`.
#[derive(Debug, SimpleObject)]
pub struct PreviewAutoLikePayload {
    /// The preview; null when the change is invalid.
    pub(super) preview: Option<AutoLikePreview>,
    /// Errors in the input; empty when there is a preview.
    pub(super) errors: Vec<UserError>,
}

impl PreviewAutoLikePayload {
    pub(super) fn wrong(error: UserError) -> Self {
        Self {
            preview: None,
            errors: vec![error],
        }
    }
}
