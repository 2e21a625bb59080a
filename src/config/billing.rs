//! The sale of Premium through Stripe.

use std::net::SocketAddr;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::loopback::names_this_machine;
use super::reader::{Reader, Setting};
use super::settings::{loopback_address, origins, switch};

/// The address of Stripe.
const STRIPE_URL: &str = "https://api.stripe.com/";
/// Where the simulated Stripe listens unless it is told otherwise.
const DEFAULT_SIMULATOR_LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 3200);
/// The longest trial that Stripe takes, in days.
const LONGEST_TRIAL_DAYS: u32 = 730;
const MAX_PRICES: usize = 20;

const SECRET_KEY: Setting = Setting::secret(
    "AMDA_STRIPE_SECRET_KEY",
    "a secret or restricted key of Stripe's, which begins with sk_test_, sk_live_, rk_test_ or rk_live_",
);
const WEBHOOK_SECRETS: Setting = Setting::secret(
    "AMDA_STRIPE_WEBHOOK_SECRETS",
    "the signing secrets of the webhook endpoint, which begin with whsec_, with commas between: one, or two while it is \
     rolled over",
);
const PRICE_MONTHLY: Setting = Setting::new("AMDA_STRIPE_PRICE_MONTHLY", EXPECTED_PRICES);
const PRICE_YEARLY: Setting = Setting::new("AMDA_STRIPE_PRICE_YEARLY", EXPECTED_PRICES);
const EXPECTED_PRICES: &str = "ids of prices, which begin with price_, with commas between: the one that is sold, and \
                               then former ones that people still pay";
const TRIAL_DAYS: Setting = Setting::new("AMDA_STRIPE_TRIAL_DAYS", "a number of days from 0 to 730");
const PROMOTION_CODES: Setting = Setting::new("AMDA_STRIPE_PROMOTION_CODES", "`true` or `false`");
const AUTOMATIC_TAX: Setting = Setting::new("AMDA_STRIPE_AUTOMATIC_TAX", "`true` or `false`");
const RETURN_ORIGINS: Setting = Setting::new(
    "AMDA_STRIPE_RETURN_ORIGINS",
    "web origins with commas between, such as https://app.example.org",
);
const API_URL: Setting = Setting::new(
    "AMDA_STRIPE_API_URL",
    "the address of a simulated Stripe on this machine, such as http://127.0.0.1:3200/",
);
const SIMULATOR_LISTEN: Setting = Setting::new(
    "AMDA_STRIPE_SIMULATOR_LISTEN",
    "an address of this machine alone, such as 127.0.0.1:3200",
);

/// The sale of Premium.
#[derive(Debug, Clone)]
pub struct BillingConfig {
    /// The address of Stripe, or of a simulated one on this machine.
    pub api_url: Url,
    /// The key by which Stripe knows the operator.
    pub secret_key: SecretString,
    /// The secrets of which one signs each webhook; with none, webhooks are refused.
    pub webhook_secrets: Vec<SecretString>,
    /// Prices of a month: the one that is sold, then former ones.
    pub monthly_prices: Vec<String>,
    /// Prices of a year, as those of a month. One of both lists has a price.
    pub yearly_prices: Vec<String>,
    /// Days that a first subscription costs nothing.
    pub trial_days: u32,
    /// Buyers may type promotion codes.
    pub takes_promotion_codes: bool,
    /// Stripe computes the tax of each buyer's place.
    pub has_automatic_tax: bool,
    /// Origins to whose pages buyers may be sent back.
    pub return_origins: Vec<String>,
}

/// A simulated Stripe.
#[derive(Debug, Clone)]
pub struct StripeSimulatorConfig {
    /// The address it listens on; always loopback.
    pub listen: SocketAddr,
}

/// What other settings say that matters to the sale.
pub(super) struct Surroundings<'a> {
    pub(super) public_url: &'a Url,
    pub(super) allowed_origins: &'a [String],
    pub(super) is_simulated: bool,
    /// The command is `serve`.
    pub(super) serves: bool,
}

/// Reads the sale of Premium; without a key, nothing is sold.
pub(super) fn read(around: &Surroundings<'_>, reader: &mut Reader) -> Option<BillingConfig> {
    let key = reader.value(&SECRET_KEY, None, secret_key);
    let secrets = reader.value(&WEBHOOK_SECRETS, None, webhook_secrets);
    let monthly = reader.value(&PRICE_MONTHLY, None, prices).unwrap_or_default();
    let yearly = reader.value(&PRICE_YEARLY, None, prices).unwrap_or_default();
    let trial_days = reader.value(&TRIAL_DAYS, None, trial_days).unwrap_or(0);
    let takes_promotion_codes = reader.value(&PROMOTION_CODES, None, switch).unwrap_or(false);
    let has_automatic_tax = reader.value(&AUTOMATIC_TAX, None, switch).unwrap_or(false);
    let return_origins = reader.value(&RETURN_ORIGINS, None, origins);
    let api_url = reader.value(&API_URL, None, local_url);
    if !reader.is_given(&SECRET_KEY) {
        return None;
    }
    let sells = reader.is_given(&PRICE_MONTHLY) || reader.is_given(&PRICE_YEARLY);
    require(reader, &WEBHOOK_SECRETS, secrets.is_some());
    require(reader, &PRICE_MONTHLY, sells);
    if let Some(price) = monthly.iter().find(|price| yearly.contains(price)) {
        reader.reject(&PRICE_YEARLY, format!("{price} is a price of a month already"));
    }
    check_key(around, key.as_ref(), api_url.as_ref(), reader);
    Some(BillingConfig {
        api_url: api_url.unwrap_or_else(|| Url::parse(STRIPE_URL).expect("the constant is a URL")),
        secret_key: key?,
        webhook_secrets: secrets?,
        monthly_prices: monthly,
        yearly_prices: yearly,
        trial_days,
        takes_promotion_codes,
        has_automatic_tax,
        return_origins: return_origins.unwrap_or_else(|| usual_origins(around)),
    })
}

/// Rejects the absence of a setting that the sale needs.
fn require(reader: &mut Reader, setting: &Setting, is_there: bool) {
    if !is_there && !reader.is_given(setting) {
        let expected = setting.expected();
        reader.reject(
            setting,
            format!("it is missing, and with AMDA_STRIPE_SECRET_KEY it must be {expected}"),
        );
    }
}

/// Rejects a key by which a simulation would reach the real Stripe, or real money a simulation.
fn check_key(
    around: &Surroundings<'_>,
    key: Option<&SecretString>,
    api_url: Option<&Url>,
    reader: &mut Reader,
) {
    if key.is_some_and(is_live) && (around.is_simulated || api_url.is_some()) {
        let message = "it is a live key, and Stripe is simulated; use a key that begins with sk_test_";
        reader.reject(&SECRET_KEY, message.to_owned());
    } else if api_url.is_none() && around.is_simulated {
        let message = "it is a key of the real Stripe, and with --simulate one is simulated, with a key of its own; leave it out";
        reader.reject(&SECRET_KEY, message.to_owned());
    } else if api_url.is_none() && around.serves && cfg!(feature = "simulator") {
        let message = "this build has the simulator, and calls no Stripe but one on this machine; name it by \
                       AMDA_STRIPE_API_URL, or use a build without `--features simulator`";
        reader.reject(&SECRET_KEY, message.to_owned());
    }
}

/// Reads where a simulated Stripe listens; none where nothing is simulated.
pub(super) fn read_simulator(is_simulated: bool, reader: &mut Reader) -> Option<StripeSimulatorConfig> {
    let listen = reader.value(&SIMULATOR_LISTEN, None, loopback_address);
    is_simulated.then(|| StripeSimulatorConfig {
        listen: listen.unwrap_or(DEFAULT_SIMULATOR_LISTEN),
    })
}

/// Pages of this server, and of the sites that may call it.
fn usual_origins(around: &Surroundings<'_>) -> Vec<String> {
    let own = around.public_url.origin().ascii_serialization();
    let others = around.allowed_origins.iter().filter(|origin| **origin != own);
    std::iter::once(own.clone()).chain(others.cloned()).collect()
}

fn secret_key(text: &str) -> Option<SecretString> {
    let known = ["sk_test_", "sk_live_", "rk_test_", "rk_live_"];
    let is_known = known
        .iter()
        .any(|prefix| text.strip_prefix(prefix).is_some_and(is_word));
    is_known.then(|| SecretString::from(text))
}

fn is_live(key: &SecretString) -> bool {
    let key = key.expose_secret();
    key.starts_with("sk_live_") || key.starts_with("rk_live_")
}

fn webhook_secrets(text: &str) -> Option<Vec<SecretString>> {
    let secret = |text: &str| {
        let is_secret = text.strip_prefix("whsec_").is_some_and(|rest| !rest.is_empty());
        (is_secret && text.chars().all(|c| c.is_ascii_graphic())).then(|| SecretString::from(text))
    };
    text.split(',').map(str::trim).map(secret).collect()
}

fn prices(text: &str) -> Option<Vec<String>> {
    let price = |text: &str| {
        let is_price = text.strip_prefix("price_").is_some_and(is_word);
        is_price.then(|| text.to_owned())
    };
    let prices: Option<Vec<String>> = text.split(',').map(str::trim).map(price).collect();
    prices.filter(|prices| prices.len() <= MAX_PRICES)
}

/// True for letters, digits and underscores, one or more.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn trial_days(text: &str) -> Option<u32> {
    text.parse().ok().filter(|days| *days <= LONGEST_TRIAL_DAYS)
}

fn local_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_plain = url.scheme() == "http" && url.path() == "/" && url.query().is_none();
    // A name could lead anywhere.
    let is_address = url.host_str() != Some("localhost");
    (is_plain && is_address && names_this_machine(&url)).then_some(url)
}
