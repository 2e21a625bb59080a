//!
//! ```text
//! post (in the change's unit of work) -> row + NOTIFICATION_RECEIVED -> COMMIT -> the app, and mail and push by choice
//!                                    '-> row + job, for a kind that is off in the app -> COMMIT -> mail and push by choice
//! ```
//!
//! A notice holds ids, numbers and times. Its text is made in the reader's language when it is shown, by the
//! [`NoticeType`] of its kind, which the feature that posts it provides.

mod dates;
mod language;
mod notice_type;
mod post;
mod template_data;

pub use crate::kinds::NoticeKind;
pub use dates::{date, date_and_time};
pub use language::Language;
pub use notice_type::{Deed, NoticeType, Urgency};
pub use post::{NewNotice, SEND_ON, post, was_posted};
pub use template_data::{Locale, TemplateData};
