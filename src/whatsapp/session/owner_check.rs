//! Refuses a link to another owner than before, which would mix two people's chats in one account.

use super::lifecycle::SessionLoop;
use super::link_signal::EndReason;
use crate::account;
use crate::event::Person;
use crate::work::WorkError;

impl SessionLoop {
    /// Checks the owner of a phone that has just accepted the link. Returns the reason to end the session, or None when
    /// the account had no owner before or the same one.
    pub(super) async fn check_owner(&self, owner: &Person) -> Option<EndReason> {
        match self.previous_lid().await {
            Ok(Some(before)) if owner.lid.as_ref().is_some_and(|lid| *lid != before) => {
                let reason = "another WhatsApp account was linked than before; unlink it on the phone, and link it as \
                    a new account";
                Some(EndReason::LoggedOut(reason.to_owned()))
            }
            Ok(_) => None,
            Err(error) => Some(EndReason::PairingFailed(format!(
                "the account could not be read: {error}"
            ))),
        }
    }

    /// LID of the phone that was linked to the account before; None when there was none.
    async fn previous_lid(&self) -> Result<Option<String>, WorkError> {
        let account = self.session.account;
        let mut work = self.session.settings.core.begin(account.user).await?;
        let lid = account::linked_lid(&mut work, account.id).await?;
        work.rollback().await?;
        Ok(lid)
    }
}
