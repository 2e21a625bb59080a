//! SQL of view-once messages and of the settings of capturing.

mod messages;
mod settings;

pub use messages::ViewOnceQuery;
pub(super) use messages::{
    NewViewOnce, Offer, begin_capture, deeds, delete, end_capture, find_by_wa_id, insert, is_owner, list,
    load, lock, lock_waiting, media_of, outcome, resume_capture,
};
pub(super) use settings::{load_settings, save_settings};
