use async_graphql::{Object, SimpleObject};

use super::super::preview::Previewed;
use super::objects::Status;
use crate::graphql::UserError;

/// How many items are shown; the counts are of all.
const MAX_ITEMS: usize = 100;

/// What settings would have done with the statuses of the last 24 hours, 500 at most.
#[derive(Debug, Clone)]
pub struct AutoLikePreview(pub Vec<Previewed>);

/// What settings would have done with the statuses of the last 24 hours, 500 at most.
#[Object]
impl AutoLikePreview {
    /// How many statuses would have been liked.
    async fn like_count(&self) -> usize {
        self.0.iter().filter(|item| item.verdict.is_ok()).count()
    }

    /// How many would have been skipped.
    async fn skip_count(&self) -> usize {
        self.0.iter().filter(|item| item.verdict.is_err()).count()
    }

    /// The newest 100 of them, the newest first.
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

/// What settings would have done with one status.
#[derive(Debug, Clone, SimpleObject)]
pub struct AutoLikePreviewItem {
    /// The status.
    status: Status,
    /// Whether it would have been liked.
    is_liked: bool,
    /// With what; null when it would not have been.
    emoji: Option<String>,
    /// Why not, as in `StatusLike.reason`; null when it would have been.
    reason: Option<String>,
}

/// What a change of auto-like would have done.
#[derive(Debug, SimpleObject)]
pub struct PreviewAutoLikePayload {
    /// What it would have done; null when the change is wrong.
    pub(super) preview: Option<AutoLikePreview>,
    /// What was wrong; empty when there is a preview.
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
