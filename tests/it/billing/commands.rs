//! The operator's commands about the sale, beside a simulated Stripe.

use amda::stripe_simulator::{StripeSimulator, StripeSimulatorConfig, StripeTime};
use secrecy::ExposeSecret as _;

use super::steps::{KEY, new_price};
use crate::platform::{a_folder, amda};
use crate::support::database::TestDatabase;

/// 32 bytes in base64.
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// What a command prints and complains of where Premium is sold by `stripe` at these prices.
async fn command(
    database: &TestDatabase,
    stripe: &StripeSimulator,
    key: &str,
    monthly: &str,
    arguments: &[&str],
) -> (Option<i32>, String) {
    let folder = a_folder();
    let url = stripe.url();
    let variables = [
        ("DATABASE_URL", database.app_url().expose_secret()),
        ("AMDA_MASTER_KEY", MASTER_KEY),
        ("AMDA_STRIPE_SECRET_KEY", key),
        ("AMDA_STRIPE_WEBHOOK_SECRETS", "whsec_shop"),
        ("AMDA_STRIPE_PRICE_MONTHLY", monthly),
        ("AMDA_STRIPE_API_URL", url.as_str()),
    ];
    let outcome = amda(folder.path(), arguments, &variables).await;
    (outcome.code, outcome.printed + &outcome.complained)
}

async fn a_stripe() -> StripeSimulator {
    let config = StripeSimulatorConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        data_dir: None,
        secret_key: KEY.to_owned(),
        time: StripeTime::Machine,
    };
    StripeSimulator::start(config).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_asks_stripe_for_the_key_and_the_prices() {
    let (database, stripe) = (TestDatabase::create().await, a_stripe().await);
    let monthly = new_price(&stripe, "month", 900);
    let yearly = new_price(&stripe, "year", 9_000);
    let doctor = async |key: &str, price: &str| command(&database, &stripe, key, price, &["doctor"]).await.1;

    let good = doctor(KEY, &monthly).await;
    let other_interval = doctor(KEY, &yearly).await;
    let unknown = doctor(KEY, "price_unknown").await;
    let other_key = doctor("sk_test_other", &monthly).await;

    assert!(
        good.contains("Stripe takes our key and sells our prices"),
        "{good}"
    );
    assert!(
        good.contains("nothing was stored otherwise than Stripe says"),
        "{good}"
    );
    assert!(
        other_interval.contains("is paid every year, and is configured as MONTHLY"),
        "{other_interval}"
    );
    assert!(unknown.contains("price_unknown is no active price"), "{unknown}");
    assert!(
        other_key.contains("FAIL billing") && !other_key.contains("sk_test_other"),
        "{other_key}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reconciliation_is_run_by_hand() {
    let (database, stripe) = (TestDatabase::create().await, a_stripe().await);
    let monthly = new_price(&stripe, "month", 900);

    let (code, said) = command(&database, &stripe, KEY, &monthly, &["billing", "reconcile"]).await;

    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("0 customers looked at; all was stored as Stripe says"),
        "{said}"
    );
}
