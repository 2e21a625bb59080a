//! The errors of administration in payloads.

use crate::graphql::{UserError, UserErrorCode};

/// The error of a suspended user who proved who they are.
pub(in crate::features::users::graphql) fn suspended(reason: Option<&str>) -> UserError {
    let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    UserError::authentication(
        UserErrorCode::UserSuspended,
        &[],
        format!("this user is suspended{reason}; write to the server's operator"),
    )
}

/// The error of an admin who would suspend themselves.
pub(in crate::features::users::graphql) fn own_suspension() -> UserError {
    UserError::conflict(
        &["userId"],
        "nobody suspends themselves; ask another admin, or the server's operator",
    )
}

/// The error of a suspension that would leave no admin.
pub(in crate::features::users::graphql) fn last_admin() -> UserError {
    UserError::conflict(
        &["userId"],
        "this is the only admin; the server's operator makes another one first",
    )
}
