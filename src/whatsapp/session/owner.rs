//! Whose account it is: a link of somebody else's would make two people's chats one.

use super::life::Life;
use super::notice::End;
use crate::account;
use crate::event::Person;
use crate::work::WorkError;

impl Life {
    /// Why the session cannot go on with `owner`, who has just agreed to the link; none when it can.
    pub(super) async fn refusal_of(&self, owner: &Person) -> Option<End> {
        match self.linked_before().await {
            Ok(Some(before)) if owner.lid.as_ref().is_some_and(|lid| *lid != before) => {
                let reason = "another WhatsApp account was linked than before; unlink it on the phone, and link it as \
                    a new account";
                Some(End::LoggedOut(reason.to_owned()))
            }
            Ok(_) => None,
            Err(error) => Some(End::PairingFailed(format!(
                "the account could not be read: {error}"
            ))),
        }
    }

    /// The LID that was linked to the account before.
    async fn linked_before(&self) -> Result<Option<String>, WorkError> {
        let account = self.session.account;
        let mut work = self.session.settings.core.begin(account.user).await?;
        let lid = account::linked_lid(&mut work, account.id).await?;
        work.rollback().await?;
        Ok(lid)
    }
}
