use super::reading::{problem_of, read};
use crate::config::{Config, ConfigError, Flags, ServeFlags};

const GOOD: [(&str, &str); 4] = [
    ("AMDA_STRIPE_SECRET_KEY", "sk_test_123"),
    ("AMDA_STRIPE_WEBHOOK_SECRETS", "whsec_a, whsec_b"),
    ("AMDA_STRIPE_PRICE_MONTHLY", "price_new,price_old"),
    ("AMDA_STRIPE_PRICE_YEARLY", "price_year"),
];

fn with(more: &[(&'static str, &'static str)]) -> Result<Config, ConfigError> {
    let settings: Vec<_> = GOOD.iter().chain(more).copied().collect();
    read(&settings)
}

fn problems(more: &[(&'static str, &'static str)]) -> String {
    with(more).unwrap_err().to_string()
}

#[test]
fn nothing_is_sold_without_a_key() {
    assert!(read(&[]).unwrap().billing.is_none());
    assert!(read(&GOOD[1..]).unwrap().billing.is_none());
}

#[test]
fn what_is_sold_is_read_with_usual_values_for_the_rest() {
    let config = with(&[("AMDA_ALLOWED_ORIGINS", "https://app.example.org")]).unwrap();

    let billing = config.billing.unwrap();
    assert_eq!(billing.api_url.as_str(), "https://api.stripe.com/");
    assert_eq!(billing.webhook_secrets.len(), 2);
    assert_eq!(billing.monthly_prices, ["price_new", "price_old"]);
    assert_eq!(
        (
            billing.trial_days,
            billing.takes_promotion_codes,
            billing.has_automatic_tax
        ),
        (0, false, false)
    );
    assert_eq!(
        billing.return_origins,
        ["http://127.0.0.1:3000", "https://app.example.org"]
    );
}

#[test]
fn all_that_is_missing_beside_a_key_is_told_at_once() {
    let error = read(&GOOD[..1]).unwrap_err().to_string();

    assert!(
        error.contains("AMDA_STRIPE_WEBHOOK_SECRETS: it is missing"),
        "{error}"
    );
    assert!(
        error.contains("AMDA_STRIPE_PRICE_MONTHLY: it is missing"),
        "{error}"
    );
    assert!(
        read(&[GOOD[0], GOOD[1], GOOD[3]]).is_ok(),
        "one interval is enough"
    );
}

#[test]
fn wrong_values_are_refused_and_no_secret_is_repeated() {
    for key in ["pk_test_123", "sk_test_", "sk_test_1 2", "123"] {
        let problem = problem_of("AMDA_STRIPE_SECRET_KEY", key);
        assert!(
            problem.contains("begins with sk_test_") && !problem.contains("123"),
            "{problem}"
        );
    }
    assert!(problem_of("AMDA_STRIPE_WEBHOOK_SECRETS", "whsec_a,b").contains("signing secrets"));
    assert!(problem_of("AMDA_STRIPE_PRICE_YEARLY", "prod_1").contains("ids of prices"));
    assert!(problem_of("AMDA_STRIPE_TRIAL_DAYS", "731").contains("from 0 to 730"));
    assert!(problem_of("AMDA_STRIPE_RETURN_ORIGINS", "*").contains("must be web origins"));
    for url in [
        "https://api.stripe.com/",
        "http://localhost:3200/",
        "http://10.0.0.1/",
        "http://127.0.0.1/v1",
    ] {
        assert!(
            problem_of("AMDA_STRIPE_API_URL", url).contains("a simulated Stripe on this machine"),
            "{url}"
        );
    }
    let twice = problems(&[("AMDA_STRIPE_PRICE_YEARLY", "price_old")]);
    assert!(
        twice.contains("price_old is a price of a month already"),
        "{twice}"
    );
}

#[test]
fn a_live_key_is_kept_away_from_a_simulated_stripe() {
    let live = ("AMDA_STRIPE_SECRET_KEY", "sk_live_123");
    let local = ("AMDA_STRIPE_API_URL", "http://127.0.0.1:3200/");

    let error = problems(&[live, local]);

    assert!(
        error.contains("it is a live key, and Stripe is simulated"),
        "{error}"
    );
    assert!(!error.contains("123"), "{error}");
    assert!(with(&[live]).is_ok());
}

#[cfg(feature = "simulator")]
#[test]
fn a_build_with_the_simulator_serves_no_real_stripe() {
    let serve = |more: &[(&str, &str)], simulate| {
        let settings = GOOD.iter().chain(more);
        let environment = settings
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let flags = Flags {
            serve: ServeFlags {
                simulate,
                is_given: true,
                ..ServeFlags::default()
            },
            ..Flags::default()
        };
        Config::read(&flags, &environment)
    };
    let local = [("AMDA_STRIPE_API_URL", "http://127.0.0.1:3200/")];

    let simulated = serve(&[], true).unwrap_err().to_string();
    let real = serve(&[], false).unwrap_err().to_string();

    assert!(
        simulated.contains("with --simulate one is simulated"),
        "{simulated}"
    );
    assert!(real.contains("calls no Stripe but one on this machine"), "{real}");
    assert!(serve(&local, true).unwrap().billing.is_some());
    let demo = Config::read(
        &Flags {
            serve: ServeFlags {
                simulate: true,
                is_given: true,
                ..ServeFlags::default()
            },
            ..Flags::default()
        },
        &std::collections::BTreeMap::new(),
    );
    assert_eq!(
        demo.unwrap().stripe_simulator.unwrap().listen.to_string(),
        "127.0.0.1:3200"
    );
}
