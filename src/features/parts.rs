use std::sync::Arc;

use chrono::TimeDelta;
use url::Url;

use super::billing::BillingConfig;
use super::notifications::{UnsubscribeLinks, Vapid};
use super::users::{ExternalTokens, TokenService, UsersConfig};
use crate::egress::Egress;
use crate::limiter::Rate;
use crate::mail::Mailer;
use crate::media::Objects;
use crate::whatsapp::Supervisor;
use crate::work::Core;

/// Everything that features' services and job handlers are made of.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The database, keys, hub, clock and ids.
    pub core: Core,
    /// HTTP to addresses that users give.
    pub egress: Egress,
    /// The store of contents.
    pub objects: Objects,
    /// The sessions with WhatsApp.
    pub supervisor: Arc<Supervisor>,
    /// Access tokens.
    pub tokens: Arc<TokenService>,
    /// The operator's issuer of tokens that are accepted as well, if there is one.
    pub external: Option<Arc<ExternalTokens>>,
    /// Settings of registration and login.
    pub users: UsersConfig,
    /// How often a user may begin a session with WhatsApp; none means without limit, for tests.
    pub link_rate: Option<Rate>,
    /// How long after its time a scheduled status may still leave.
    pub status_grace: TimeDelta,
    /// The mail server.
    pub mailer: Mailer,
    /// The server's address, which links in mails begin with.
    pub public_url: Url,
    /// Links that end mail about a kind of notice.
    pub unsubscribe_links: UnsubscribeLinks,
    /// The key that signs web pushes.
    pub vapid: Arc<Vapid>,
    /// The sale of Premium.
    pub billing: BillingConfig,
}
