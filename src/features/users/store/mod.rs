//! The rows of users, of their sessions and second factors, and of the tokens in mails to them.

mod email_changes;
mod mail_tokens;
mod sessions;
mod two_factor;
mod users;

pub use sessions::SessionRow;
pub use users::UserRow;

pub(super) use email_changes::{
    EmailChangeRow, NewEmailChange, begin_email_change, confirm_email_change, find_email_change,
    find_pending_change, find_pending_email, find_revertible_change, forget_email_changes_since,
    forget_pending_email_changes, is_email_reserved,
};
pub(super) use mail_tokens::{
    MailTokenRow, NewMailToken, forget_mail_tokens, insert_mail_token, is_mail_token_good, use_mail_token,
};
pub(super) use sessions::Presented;
pub(super) use sessions::{
    extend_session, find_by_refresh_token, find_refresh_token, forget_refresh_tokens, forget_sessions,
    insert_refresh_token, insert_session, list_revoked_since, list_session_addresses, list_sessions,
    load_sessions, revoke_session, revoke_sessions, use_refresh_token,
};
pub(super) use two_factor::{
    NewTwoFactor, TwoFactorRow, TwoFactorState, accept_step, begin_two_factor, count_recovery_codes, enable_two_factor,
    find_pending_two_factor, find_two_factor, find_two_factor_state, remove_two_factor,
    replace_recovery_codes, use_recovery_code,
};
pub(super) use users::{NewUserRow, ProfileChange};
pub(super) use users::{
    change_profile, delete, find, find_by_email, find_password_hash, insert, is_email_taken, list_accounts,
    lock_for_deletion, planned_deletion, set_deletion, set_email, set_password, verify_email,
};
