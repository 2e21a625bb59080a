//! The issuer's keys: when they are asked for, and what happens while nobody answers.

use std::time::Duration;

use amda::egress::Timeouts;
use amda::features::users::ExternalError;
use chrono::TimeDelta;

use super::external_identity::{Bench, accept};
use crate::support::issuer::{Issuer, Mood, SigningKey};

async fn is_unavailable(bench: &Bench, token: &str) -> bool {
    matches!(bench.sign_in(token).await, Err(ExternalError::Unavailable))
}

async fn is_invalid(bench: &Bench, token: &str) -> bool {
    matches!(bench.sign_in(token).await, Err(ExternalError::Invalid(_)))
}

#[tokio::test]
async fn the_keys_are_asked_for_when_the_first_token_comes_and_kept() {
    let bench = Bench::build().await;
    assert_eq!(bench.issuer.asked(), 0, "the start does not depend on the issuer");

    for subject in ["alice", "bob", "alice"] {
        bench.sign_in(&bench.token(subject)).await.unwrap();
    }

    assert_eq!(bench.issuer.asked(), 1);
}

#[tokio::test]
async fn a_new_key_works_at_once_and_a_retired_one_until_the_keys_are_asked_for_again() {
    let bench = Bench::build().await;
    bench.sign_in(&bench.token("alice")).await.unwrap();
    let second = SigningKey::ed25519();
    bench.issuer.publish("second", &second);
    bench.issuer.retire("first");

    bench.world.clock.advance(TimeDelta::seconds(30));
    let still = bench.sign_in(&bench.token("alice")).await;
    let new = bench
        .sign_in(&second.sign("second", &bench.claims("alice")))
        .await;

    assert!(still.is_ok(), "nobody said yet that it was retired");
    assert!(new.is_ok());
    assert!(is_invalid(&bench, &bench.token("alice")).await);
    assert_eq!(bench.issuer.asked(), 2);
}

#[tokio::test]
async fn a_retired_key_is_refused_ten_minutes_later_at_the_latest() {
    let bench = Bench::build().await;
    bench.sign_in(&bench.token("alice")).await.unwrap();
    let second = SigningKey::p256();
    bench.issuer.publish("second", &second);
    bench.issuer.retire("first");

    bench.world.clock.advance(TimeDelta::minutes(10));

    assert!(is_invalid(&bench, &bench.token("alice")).await);
    let good = second.sign("second", &bench.claims("alice"));
    assert!(bench.sign_in(&good).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_unknown_keys_asks_the_issuer_once_in_thirty_seconds() {
    let bench = Bench::build().await;
    bench.sign_in(&bench.token("alice")).await.unwrap();
    bench.world.clock.advance(TimeDelta::seconds(30));
    let storm = async || {
        let forged: Vec<String> = (0..40)
            .map(|at| bench.key.sign(&format!("forged {at}"), &bench.claims("alice")))
            .collect();
        let refused = futures::future::join_all(forged.iter().map(|token| is_invalid(&bench, token))).await;
        assert!(refused.into_iter().all(|is_invalid| is_invalid));
    };

    storm().await;
    storm().await;
    assert_eq!(bench.issuer.asked(), 2);
    bench.world.clock.advance(TimeDelta::seconds(29));
    storm().await;
    assert_eq!(bench.issuer.asked(), 2);
    bench.world.clock.advance(TimeDelta::seconds(1));
    storm().await;
    assert_eq!(bench.issuer.asked(), 3);
}

#[tokio::test]
async fn known_keys_go_on_for_a_day_without_the_issuer_and_unknown_ones_do_not() {
    let bench = Bench::build().await;
    bench.sign_in(&bench.token("alice")).await.unwrap();
    bench.issuer.behave(Mood::Away);

    bench
        .world
        .clock
        .advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    let known = bench.sign_in(&bench.token("alice")).await;
    let unknown = bench.key.sign("second", &bench.claims("alice"));

    assert!(known.is_ok());
    assert!(is_unavailable(&bench, &unknown).await);
    bench.world.clock.advance(TimeDelta::seconds(1));
    assert!(is_unavailable(&bench, &bench.token("alice")).await);
    bench.issuer.behave(Mood::Honest);
    bench.world.clock.advance(TimeDelta::seconds(30));
    assert!(bench.sign_in(&bench.token("alice")).await.is_ok());
}

#[tokio::test]
async fn an_issuer_that_answers_with_anything_but_keys_lets_nobody_in_and_is_asked_again_later() {
    let elsewhere = Issuer::start().await;
    for mood in [
        Mood::Away,
        Mood::Garbage,
        Mood::Endless,
        Mood::Silent,
        Mood::Posing,
        Mood::Redirecting(elsewhere.jwks_url()),
    ] {
        let bench = Bench::with(|choices| {
            choices.timeouts = Timeouts {
                connect: Duration::from_secs(5),
                total: Duration::from_millis(500),
            };
        })
        .await;
        elsewhere.publish("first", &bench.key);
        bench.issuer.behave(mood.clone());

        assert!(is_unavailable(&bench, &bench.token("alice")).await, "{mood:?}");
        bench.issuer.behave(Mood::Honest);
        assert!(
            is_unavailable(&bench, &bench.token("alice")).await,
            "{mood:?} at once"
        );
        bench.world.clock.advance(TimeDelta::seconds(30));
        let later = bench.sign_in(&bench.token("alice")).await;

        assert!(later.is_ok(), "{mood:?}");
    }
    assert_eq!(elsewhere.asked(), 0, "no redirect is followed");
}

#[tokio::test]
async fn a_client_that_leaves_does_not_stop_the_keys_from_coming() {
    let bench = Bench::build().await;
    let token = bench.token("alice");
    {
        let mut leaving = std::pin::pin!(bench.sign_in(&token));
        assert!(futures::poll!(&mut leaving).is_pending());
    }

    let next = bench.sign_in(&token).await;

    assert!(next.is_ok(), "{next:?}");
    assert_eq!(bench.issuer.asked(), 1);
}

#[tokio::test]
async fn the_address_of_the_keys_may_be_given_without_a_discovery_document() {
    let issuer = Issuer::start().await;
    let mut auth = accept(&issuer);
    auth.issuer = "https://issuer.example".to_owned();
    auth.jwks_url = Some(issuer.jwks_url().parse().unwrap());
    let bench = Bench::with(|choices| choices.config.auth = Some(auth)).await;
    issuer.publish("first", &bench.key);

    let token = bench.token_with("alice", &serde_json::json!({ "iss": "https://issuer.example" }));

    assert!(bench.sign_in(&token).await.is_ok());
}

#[tokio::test]
async fn a_token_that_names_no_key_is_verified_by_the_only_one_of_its_algorithm() {
    let bench = Bench::build().await;
    let header = serde_json::json!({ "alg": "ES256" });
    let claims = bench.claims("alice");
    let nameless = crate::support::issuer::token(&header, &claims, |message| bench.key.signature(message));

    assert!(bench.sign_in(&nameless).await.is_ok());
    bench.issuer.publish("second", &SigningKey::p256());
    bench.world.clock.advance(TimeDelta::minutes(4));
    bench
        .sign_in(&bench.key.sign("none such", &bench.claims("alice")))
        .await
        .unwrap_err();
    assert!(is_invalid(&bench, &nameless).await, "either could be meant");
}
