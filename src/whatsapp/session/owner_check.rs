//! Refuses a link to another owner than before, which would mix two people's chats in one account, and a second link of
//! one phone, which would do everything twice.

use super::lifecycle::SessionLoop;
use super::link_signal::EndReason;
use crate::account;
use crate::event::{LogoutCause, PairingFailure, Person};
use crate::id::AccountId;
use crate::work::WorkError;

/// What is known of the phone that accepts a link.
struct Links {
    /// LID of the phone that was linked to the account before; None when there was none.
    previous_lid: Option<String>,
    /// Another account of the user that the phone is linked to; None when there is none.
    elsewhere: Option<AccountId>,
}

impl SessionLoop {
    /// Checks the owner of a phone that has just accepted the link. Returns the reason to end the session, or None when
    /// the account had no owner before or the same one, and the user has no other account of this phone.
    pub(super) async fn check_owner(&self, owner: &Person) -> Option<EndReason> {
        match self.load_links(owner).await {
            Ok(Links {
                elsewhere: Some(other),
                ..
            }) => Some(EndReason::AlreadyLinked(other)),
            Ok(Links {
                previous_lid: Some(before),
                ..
            }) if owner.lid.as_ref().is_some_and(|lid| *lid != before) => {
                let reason = "another WhatsApp account was linked than before; unlink it on the phone, and link it as \
                    a new account";
                Some(EndReason::LoggedOut(LogoutCause::OtherOwner, reason.to_owned()))
            }
            Ok(_) => None,
            Err(error) => Some(EndReason::PairingFailed(
                PairingFailure::Failed,
                format!("the account could not be read: {error}"),
            )),
        }
    }

    async fn load_links(&self, owner: &Person) -> Result<Links, WorkError> {
        let account = self.session.account;
        let mut work = self.session.settings.core.begin(account.user).await?;
        let links = Links {
            previous_lid: account::linked_lid(&mut work, account.id).await?,
            elsewhere: match &owner.lid {
                Some(lid) => account::linked_elsewhere(&mut work, account.id, lid).await?,
                None => None,
            },
        };
        work.rollback().await?;
        Ok(links)
    }
}
