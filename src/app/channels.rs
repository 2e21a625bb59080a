//! How users are told outside of the app: mail, web push, and the page that ends mail.

use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use secrecy::ExposeSecret as _;
use url::Url;

use super::unsubscribe;
use crate::config::{Config, Keys};
use crate::egress::Egress;
use crate::features::notifications::{
    Mailing, NotificationsService, PushService, Pushing, Unsubscribing, Vapid,
};
use crate::jobs::Handler;
use crate::mail::Mailer;
use crate::work::Core;

/// What tells users outside of the app.
#[derive(Debug)]
pub(super) struct NotificationChannels {
    /// The browsers that users are told by.
    pub(super) push: PushService,
    mailing: Mailing,
    pushing: Pushing,
}

impl NotificationChannels {
    /// As configured, with links to the server at `public_url`.
    ///
    /// # Errors
    /// When the mail server's address or the VAPID key cannot be used.
    pub(super) fn new(
        config: &Config,
        keys: &Keys,
        core: &Core,
        egress: &Egress,
        public_url: &Url,
    ) -> anyhow::Result<Self> {
        let contact = match &config.mail {
            Some(mail) => format!("mailto:{}", mail.from.email),
            None => public_url.to_string(),
        };
        let vapid = Arc::new(Vapid::new(keys.vapid.expose_secret(), contact)?);
        let mailing = Mailing {
            core: core.clone(),
            mailer: Mailer::new(config.mail.as_ref()).context("mail cannot be sent")?,
            unsubscribing: Unsubscribing::new(core.vault.master(), public_url.clone()),
        };
        let pushing = Pushing::new(core.clone(), egress.clone(), Arc::clone(&vapid));
        Ok(Self {
            push: PushService::new(core.clone(), egress.clone(), vapid),
            mailing,
            pushing,
        })
    }

    /// What sends mails, and what pushes. Neither is to wait for the other.
    pub(super) fn handlers(&self) -> Vec<Arc<dyn Handler>> {
        vec![Arc::new(self.mailing.clone()), Arc::new(self.pushing.clone())]
    }

    /// The page that ends mail.
    pub(super) fn pages(&self, service: &NotificationsService) -> Router {
        unsubscribe::routes(service.clone(), self.mailing.unsubscribing.clone())
    }
}
