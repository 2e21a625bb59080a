//! SQL of view-once messages and of the settings of capturing.

mod list;
mod messages;
mod settings;

pub use list::ViewOnceQuery;
pub(super) use list::{count, count_retriable, list};
pub(super) use messages::{
    CaptureEnd, NewViewOnce, Offer, begin_capture, deeds, delete, end_capture, find_by_wa_id, insert,
    is_owner, load, load_of, lock, lock_waiting, media_of, outcome, resume_capture,
};
pub(super) use settings::{load_settings, load_settings_of, save_settings};
