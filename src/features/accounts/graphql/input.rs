use async_graphql::{ID, InputObject};

use crate::features::accounts::model::LinkKind;

/// Number to link, and the method.
#[derive(InputObject)]
pub struct LinkAccountInput {
    /// Your own name for it, up to 100 characters.
    pub(super) label: Option<String>,
    /// Method: a QR code that the phone scans, or a code that is typed on the phone.
    #[graphql(default_with = "LinkKind::Qr")]
    pub(super) method: LinkKind,
    /// The phone's number with country code; needed for a pairing code.
    pub(super) phone_number: Option<String>,
}

/// Account to link again, and the method.
#[derive(InputObject)]
pub struct RelinkAccountInput {
    /// The account.
    pub(super) account_id: ID,
    /// Unchanged when absent.
    pub(super) method: Option<LinkKind>,
    /// Unchanged when absent.
    pub(super) phone_number: Option<String>,
}

/// Account to act on.
#[derive(InputObject)]
pub struct AccountIdInput {
    /// The account.
    pub(super) account_id: ID,
}

/// Account to unlink.
#[derive(InputObject)]
pub struct UnlinkAccountInput {
    /// The account.
    pub(super) account_id: ID,
    /// True to unlink an account for which scheduled statuses wait. They are not published while it is unlinked.
    #[graphql(default)]
    pub(super) is_confirmed: bool,
}

/// Account to remove.
#[derive(InputObject)]
pub struct RemoveAccountInput {
    /// The account.
    pub(super) account_id: ID,
    /// True to remove it. Without it nothing is done, and the error says what would be lost.
    #[graphql(default)]
    pub(super) is_confirmed: bool,
}

/// Account to rename.
#[derive(InputObject)]
pub struct RenameAccountInput {
    /// The account.
    pub(super) account_id: ID,
    /// Your own name for it, 1 to 100 visible letters.
    pub(super) label: String,
}
