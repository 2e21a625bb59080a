//! The rows of users, of their sessions, second factors and personal access tokens, and of the tokens in mails to them.

mod access_tokens;
mod email_changes;
mod external_identities;
mod external_sessions;
mod link_requests;
mod mail_tokens;
mod sessions;
mod suspensions;
mod two_factor;
mod users;

pub use access_tokens::AccessTokenRow;
pub use external_identities::IdentityRow;
pub use sessions::SessionRow;
pub use users::UserRow;

pub(super) use access_tokens::{
    NewAccessToken, count_access_tokens, delete_access_token, delete_access_tokens, find_access_token,
    find_by_access_token, find_own_accounts, insert_access_token, is_access_token_there, list_access_tokens,
    list_access_tokens_there, load_access_tokens, note_access_token_use,
};
pub(super) use email_changes::{
    EmailChangeRow, NewEmailChange, begin_email_change, confirm_email_change, find_email_change,
    find_pending_change, find_pending_email, find_revertible_change, forget_email_changes_since,
    forget_pending_email_changes, is_email_reserved,
};
pub(super) use external_identities::{
    NewIdentity, delete_identities, delete_identities_since, delete_identity, find_by_identity,
    find_deleted_identity, find_identity, insert_identity, list_identities, load_identities, note_identity,
    remember_deleted_identities,
};
pub(super) use external_sessions::{
    IssuerSession, NewIssuerSession, Seen, find_authentication, find_last_end, find_living_session,
    insert_issuer_session, note_issuer_session, revoke_sessions_of_identity,
};
pub(super) use link_requests::{
    NewLinkRequest, count_link_requests, find_link_request, forget_link_request, has_link_request,
    insert_link_request, take_link_request,
};
pub(super) use mail_tokens::{
    MailTokenRow, NewMailToken, forget_mail_tokens, insert_mail_token, is_mail_token_good, use_mail_token,
};
pub(super) use sessions::Presented;
pub(super) use sessions::{
    extend_session, find_by_refresh_token, find_refresh_token, forget_refresh_tokens, forget_sessions,
    insert_refresh_token, insert_session, list_revoked_since, list_session_addresses, list_sessions,
    load_sessions, now, revoke_session, revoke_sessions, use_refresh_token,
};
pub(super) use suspensions::{find_suspension, suspend, unsuspend};
pub(super) use two_factor::{
    NewTwoFactor, TwoFactorRow, TwoFactorState, accept_step, begin_two_factor, count_recovery_codes,
    enable_two_factor, find_pending_two_factor, find_two_factor, find_two_factor_state, remove_two_factor,
    remove_two_factor_since, replace_recovery_codes, use_recovery_code,
};
pub(super) use users::{NewUserRow, ProfileChange};
pub(super) use users::{
    change_profile, delete, find, find_by_email, find_password_hash, insert, is_email_taken, list_accounts,
    lock_for_deletion, planned_deletion, set_deletion, set_email, set_password, verify_email, void_password,
};
