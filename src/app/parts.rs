//! The parts that features are made of, as the operator configured them.

use std::sync::Arc;

use anyhow::Context as _;
use secrecy::ExposeSecret as _;
use url::Url;

use super::Tuning;
use crate::clock::SharedClock;
use crate::config::{AuthConfig, Config, DefaultPlan, Keys, RegistrationPolicy};
use crate::egress::Egress;
use crate::features::billing::{ApiAddress, BillingConfig, Prices, Sale, StripeClient};
use crate::features::notifications::{UnsubscribeLinks, Vapid};
use crate::features::users::{ExternalConfig, ExternalTokens, RegistrationMode, TokenService, UsersConfig};
use crate::features::{Parts, accounts};
use crate::mail::Mailer;
use crate::media::Objects;
use crate::plan::Plan;
use crate::whatsapp::Supervisor;
use crate::work::Core;

/// The parts, with links to the server at `public_url`.
///
/// # Errors
/// When the mail server's address or the VAPID key cannot be used.
pub(super) fn parts(
    config: &Config,
    tuning: &Tuning,
    keys: &Keys,
    running: Running,
    public_url: &Url,
) -> anyhow::Result<Parts> {
    let Running {
        core,
        egress,
        objects,
        issuer_egress,
        supervisor,
    } = running;
    let contact = match &config.mail {
        Some(mail) => format!("mailto:{}", mail.from.email),
        None => public_url.to_string(),
    };
    let users = UsersConfig {
        registration: registration(config.registration),
        default_plan: match config.default_plan {
            DefaultPlan::Free => Plan::Free,
            DefaultPlan::Premium => Plan::Premium,
        },
        password_cost: tuning.password_cost,
        is_https: config.public_url.scheme() == "https",
        has_mail_server: config.mail.is_some(),
        limits: tuning.limits,
    };
    Ok(Parts {
        tokens: Arc::new(TokenService::new(
            core.clock.clone(),
            Arc::clone(&core.ids),
            &keys.jwt,
        )),
        external: config
            .auth
            .as_ref()
            .map(|auth| Arc::new(external_tokens(auth, issuer_egress, &core.clock))),
        users,
        link_rate: tuning.limits.map(|_| accounts::LINK_RATE),
        status_grace: tuning.status_grace,
        mailer: Mailer::new(config.mail.as_ref()).context("mail cannot be sent")?,
        public_url: public_url.clone(),
        unsubscribe_links: UnsubscribeLinks::new(core.vault.secret(), public_url.clone()),
        vapid: Arc::new(Vapid::new(keys.vapid.expose_secret(), contact)?),
        billing: billing(config, tuning)?,
        core,
        egress,
        objects,
        supervisor,
    })
}

/// The sale of Premium, as the operator decided it.
///
/// # Errors
/// When the client of Stripe cannot be made.
fn billing(config: &Config, tuning: &Tuning) -> anyhow::Result<BillingConfig> {
    Ok(BillingConfig {
        sale: sale(config)?,
        has_limit: tuning.limits.is_some(),
    })
}

/// The sale of Premium; none when nothing is sold.
///
/// # Errors
/// When the client of Stripe cannot be made.
pub fn sale(config: &Config) -> anyhow::Result<Option<Arc<Sale>>> {
    let Some(billing) = &config.billing else {
        return Ok(None);
    };
    let address = ApiAddress::new(billing.api_url.clone())?;
    Ok(Some(Arc::new(Sale {
        stripe: Arc::new(StripeClient::new(&address, &billing.secret_key)?),
        prices: Prices {
            monthly: billing.monthly_prices.clone(),
            yearly: billing.yearly_prices.clone(),
        },
        webhook_secrets: billing.webhook_secrets.clone(),
        trial_days: billing.trial_days,
        takes_promotion_codes: billing.takes_promotion_codes,
        has_automatic_tax: billing.has_automatic_tax,
        return_origins: billing.return_origins.clone(),
    })))
}

/// The verifier of tokens of the operator's issuer, which it asks by `egress`.
pub(super) fn external_tokens(auth: &AuthConfig, egress: Egress, clock: &SharedClock) -> ExternalTokens {
    let config = ExternalConfig {
        issuer: auth.issuer.clone(),
        audiences: auth.audiences.clone(),
        jwks_url: auth.jwks_url.clone(),
        secret: auth.secret.clone(),
    };
    ExternalTokens::new(config, egress, SharedClock::clone(clock))
}

/// The people who may register, as the operator decided.
pub(super) const fn registration(policy: RegistrationPolicy) -> RegistrationMode {
    match policy {
        RegistrationPolicy::Open => RegistrationMode::Open,
        RegistrationPolicy::Invite => RegistrationMode::Invite,
        RegistrationPolicy::Closed => RegistrationMode::Closed,
    }
}

/// The parts that exist before the features' own.
pub(super) struct Running {
    /// The database, keys, hub, clock and ids.
    pub(super) core: Core,
    /// HTTP to addresses that users give.
    pub(super) egress: Egress,
    /// The store of contents.
    pub(super) objects: Objects,
    /// HTTP to the operator's issuer of tokens.
    pub(super) issuer_egress: Egress,
    /// The sessions with WhatsApp.
    pub(super) supervisor: Arc<Supervisor>,
}
