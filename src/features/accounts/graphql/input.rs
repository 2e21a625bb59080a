use async_graphql::{ID, InputObject, OneofObject};

use crate::features::accounts::model::{Label, NewAccount};
use crate::features::accounts::phone_number::parse_phone_number;
use crate::graphql::{Gathered, UserError};
use crate::idempotency::{Call, KeyRefusal};
use crate::whatsapp::LinkMethod;

/// Phone to link, and the method of linking it.
#[derive(Debug, InputObject)]
pub struct LinkAccountInput {
    /// Label of the new account, 1 to 100 visible letters; none when null.
    label: Option<String>,
    /// Method of linking; a QR code when null.
    method: Option<LinkMethodInput>,
    /// Key that the client makes for each account that it links, 1 to 64 visible ASCII characters such as a UUID. For 24
    /// hours, the same key with the same input answers with the account that it made, and makes no other; with another
    /// input it is refused (`CONFLICT`). Null: each call makes an account.
    idempotency_key: Option<String>,
}

impl LinkAccountInput {
    /// The account to be made and the call that it is made by, or every error of the input.
    pub(super) fn check(&self) -> Result<(NewAccount, Option<Call>), Vec<UserError>> {
        let mut errors = Gathered::default();
        let label = errors.take(self.label.as_deref().map(checked_label).transpose());
        let method = errors.take(
            self.method
                .as_ref()
                .map_or(Ok(LinkMethod::Qr), LinkMethodInput::check),
        );
        let call = Call::with_key("linkAccount", self.idempotency_key.as_deref(), self);
        let key = call.as_ref().map_or(Ok(()), Call::check);
        let key = errors.take(key.map_err(KeyRefusal::user_error));
        match (label, method, key) {
            (Some(label), Some(method), Some(())) => Ok((NewAccount { label, method }, call)),
            _ => Err(errors.into()),
        }
    }
}

/// Method of linking a phone: exactly one of the fields.
#[derive(Debug, OneofObject)]
pub enum LinkMethodInput {
    /// Pass true to link by a QR code, which the phone scans.
    Qr(bool),
    /// Links by a code of eight characters, which is typed on the phone.
    PairingCode(PairingCodeInput),
}

impl LinkMethodInput {
    /// The method, or its error at `method`.
    pub(super) fn check(&self) -> Result<LinkMethod, UserError> {
        match self {
            Self::Qr(true) => Ok(LinkMethod::Qr),
            Self::Qr(false) => Err(UserError::invalid(
                &["method", "qr"],
                "pass true for a QR code, or pairingCode in its place",
            )),
            Self::PairingCode(PairingCodeInput { phone_number }) => parse_phone_number(phone_number)
                .map(|phone_number| LinkMethod::PairingCode { phone_number })
                .map_err(|wrong| UserError::invalid(&["method", "pairingCode", "phoneNumber"], wrong)),
        }
    }
}

/// Phone for which WhatsApp makes a pairing code.
#[derive(Debug, InputObject)]
pub struct PairingCodeInput {
    /// Number of the phone with its country code, such as `+5511999990000`. Spaces and dashes are allowed.
    phone_number: String,
}

/// Account to link again, and the method of linking it.
#[derive(Debug, InputObject)]
pub struct RelinkAccountInput {
    /// Id of the account.
    pub(super) account_id: ID,
    /// Method of linking; the one that was used last when null.
    pub(super) method: Option<LinkMethodInput>,
}

/// Account whose session is started anew.
#[derive(Debug, InputObject)]
pub struct RestartAccountInput {
    /// Id of the account.
    pub(super) account_id: ID,
}

/// Account to unlink.
#[derive(Debug, InputObject)]
pub struct UnlinkAccountInput {
    /// Id of the account.
    pub(super) account_id: ID,
    /// True to unlink an account for which scheduled statuses wait. They are not published while it is unlinked.
    #[graphql(default)]
    pub(super) is_confirmed: bool,
}

/// Account to remove.
#[derive(Debug, InputObject)]
pub struct RemoveAccountInput {
    /// Id of the account.
    pub(super) account_id: ID,
    /// True to remove the account. Without it nothing is done, and the error says what would be lost.
    #[graphql(default)]
    pub(super) is_confirmed: bool,
}

/// Account to rename, and its new label.
#[derive(Debug, InputObject)]
pub struct RenameAccountInput {
    /// Id of the account.
    pub(super) account_id: ID,
    /// New label of the account, 1 to 100 visible letters.
    label: String,
}

impl RenameAccountInput {
    /// The new label, or its error at `label`.
    pub(super) fn label(&self) -> Result<Label, UserError> {
        checked_label(&self.label)
    }
}

fn checked_label(text: &str) -> Result<Label, UserError> {
    Label::parse(text).map_err(|wrong| UserError::invalid(&["label"], wrong))
}
