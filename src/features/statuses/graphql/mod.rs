//! GraphQL types and fields of statuses, likes and auto-like.

mod auto_like;
mod counters;
mod errors;
mod event;
mod fields;
mod loaders;
mod media;
mod objects;
mod preview;

pub use auto_like::{
    AutoLikePayload, AutoLikeSettings, ContactEmojiInput, ContactEmojiOf, Mutation, QuietHoursInput,
    QuietSpan, UpdateAutoLikeInput,
};
pub use counters::{AutoLikeCount, AutoLikeCounters, AutoLikeSkips};
pub use event::{StatusEvent, StatusLikeEvent};
pub use fields::{AccountFields, StatusFilter, StatusLikeFilter, ViewerFields};
pub use media::{FetchStatusMediaInput, FetchStatusMediaPayload};
pub use objects::{Status, StatusLike};
pub use preview::{AutoLikePreview, AutoLikePreviewItem, PreviewAutoLikePayload};
