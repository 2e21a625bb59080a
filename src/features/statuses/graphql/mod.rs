//! GraphQL types and fields of statuses, likes and auto-like.

mod contact;
mod counters;
mod errors;
mod event;
mod fields;
mod input;
mod loaders;
mod media;
mod mutation;
mod objects;
mod preview;
mod settings;

pub use contact::statuses_of_contact;
pub use counters::{AutoLikeCount, AutoLikeCounters, AutoLikeSkipCount};
pub use event::{StatusEvent, StatusLikeEvent};
pub use fields::{AccountFields, StatusFilter, StatusLikeFilter, ViewerFields};
pub use input::{AutoLikeSettingsInput, ContactEmojiInput, QuietHoursInput, UpdateAutoLikeSettingsInput};
pub use media::{FetchStatusMediaInput, FetchStatusMediaPayload};
pub use mutation::{Mutation, UpdateAutoLikeSettingsPayload};
pub use objects::{Status, StatusLike};
pub use preview::{AutoLikePreview, AutoLikePreviewItem};
pub use settings::{AutoLikeSettings, ContactEmojiOf, QuietSpan};
