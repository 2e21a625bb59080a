//! Tokens that must let nobody in.

use amda::config::RegistrationPolicy;
use amda::features::users::ExternalError;
use chrono::TimeDelta;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::external_identity::{Bench, changed};
use crate::support::issuer::{SigningKey, hs256, token};

/// The reason why a token lets nobody in.
async fn refusal(bench: &Bench, token: &str) -> ExternalError {
    bench.sign_in(token).await.expect_err(token)
}

async fn assert_invalid(bench: &Bench, token: &str, what: &str) {
    let refused = refusal(bench, token).await;
    assert!(matches!(refused, ExternalError::Invalid(_)), "{what}: {refused}");
}

#[tokio::test]
async fn a_token_for_somebody_else_or_of_another_time_is_refused() {
    let bench = Bench::build().await;
    let now = bench.claims("alice")["iat"].as_i64().unwrap();
    for (what, change) in [
        ("another issuer", json!({ "iss": "https://issuer.example" })),
        ("another audience", json!({ "aud": "billing" })),
        ("no audience", json!({ "aud": null })),
        (
            "several audiences, issued to another",
            json!({ "aud": ["amda", "billing"], "azp": "billing" }),
        ),
        ("issued in two minutes", json!({ "iat": now + 120 })),
        ("good in two minutes", json!({ "nbf": now + 120 })),
        ("without end", json!({ "exp": null })),
        ("without a time of issue", json!({ "iat": null })),
        ("of nobody", json!({ "sub": "" })),
    ] {
        assert_invalid(&bench, &bench.token_with("alice", &change), what).await;
    }

    let token = bench.token("alice");
    assert!(bench.sign_in(&token).await.is_ok());
    bench.world.clock.advance(TimeDelta::seconds(359));
    assert!(bench.sign_in(&token).await.is_ok(), "clocks may differ");
    bench.world.clock.advance(TimeDelta::seconds(1));
    assert!(matches!(refusal(&bench, &token).await, ExternalError::Expired(_)));
}

#[tokio::test]
async fn a_token_without_a_signature_is_refused() {
    let bench = Bench::build().await;
    for algorithm in ["none", "None", "NONE", ""] {
        let header = json!({ "alg": algorithm, "kid": "first" });
        let bare = token(&header, &bench.claims("alice"), |_| Vec::new());

        assert_invalid(&bench, &bare, algorithm).await;
    }
    let good = bench.token("alice");
    let (message, _) = good.rsplit_once('.').unwrap();
    assert_invalid(&bench, &format!("{message}."), "the signature cut off").await;
    assert_invalid(&bench, message, "one part cut off").await;
}

#[tokio::test]
async fn a_token_signed_by_hmac_with_a_public_key_is_refused() {
    let bench = Bench::build().await;
    let rsa = SigningKey::rsa();
    bench.issuer.publish("rsa", &rsa);
    let jwk = rsa.to_jwk();
    let modulus = BASE64URL_NOPAD
        .decode(jwk["n"].as_str().unwrap().as_bytes())
        .unwrap();
    let SigningKey::P256(point) = &bench.key else {
        panic!("the first key is of P-256")
    };
    let point = ring::signature::KeyPair::public_key(point).as_ref().to_vec();

    for (id, secret) in [
        ("rsa", modulus),
        ("rsa", jwk.to_string().into_bytes()),
        ("first", point),
    ] {
        for algorithm in ["HS256", "RS256", "ES256"] {
            let header = json!({ "alg": algorithm, "kid": id });
            let forged = hs256(&header, &bench.claims("alice"), &secret);
            assert_invalid(&bench, &forged, algorithm).await;
        }
    }
    assert!(
        bench
            .sign_in(&rsa.sign("rsa", &bench.claims("alice")))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_key_verifies_by_the_algorithm_of_its_own_kind_alone() {
    let bench = Bench::build().await;
    let (rsa, edwards) = (SigningKey::rsa(), SigningKey::ed25519());
    bench.issuer.publish("rsa", &rsa);
    bench.issuer.publish("edwards", &edwards);

    for (key, id) in [(&rsa, "rsa"), (&bench.key, "first"), (&edwards, "edwards")] {
        let good = key.sign(id, &bench.claims("alice"));
        assert!(bench.sign_in(&good).await.is_ok(), "{id}");
        for wrong in ["rsa", "first", "edwards"]
            .into_iter()
            .filter(|other| *other != id)
        {
            assert_invalid(&bench, &key.sign(wrong, &bench.claims("alice")), wrong).await;
        }
        for algorithm in ["RS384", "RS512", "PS256", "ES384", "HS512"] {
            let header = json!({ "alg": algorithm, "kid": id });
            let odd = token(&header, &bench.claims("alice"), |message| key.signature(message));
            assert_invalid(&bench, &odd, algorithm).await;
        }
    }
}

#[tokio::test]
async fn a_token_that_was_changed_or_signed_by_a_stranger_is_refused() {
    let bench = Bench::build().await;
    let (good, other) = (bench.token("alice"), bench.token("mallory"));
    let (message, _) = good.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    let stranger = SigningKey::p256();
    let own_key = json!({ "alg": "ES256", "kid": "first", "jwk": stranger.to_jwk() });

    for (what, wrong) in [
        ("another signature", format!("{message}.{signature}")),
        ("a stranger's", stranger.sign("first", &bench.claims("alice"))),
        (
            "with its key inside",
            token(&own_key, &bench.claims("alice"), |message| {
                stranger.signature(message)
            }),
        ),
        ("nonsense", "nonsense".to_owned()),
        ("empty", String::new()),
    ] {
        assert_invalid(&bench, &wrong, what).await;
    }
}

#[tokio::test]
async fn a_token_for_another_purpose_or_that_asks_for_more_is_refused() {
    let bench = Bench::build().await;
    let sign = |header: Value| {
        token(&header, &bench.claims("alice"), |message| {
            bench.key.signature(message)
        })
    };

    for header in [
        json!({ "alg": "ES256", "kid": "first", "typ": "logout+jwt" }),
        json!({ "alg": "ES256", "kid": "first", "crit": ["b64"], "b64": false }),
    ] {
        assert_invalid(&bench, &sign(header.clone()), &header.to_string()).await;
    }
    for typ in ["JWT", "at+jwt", "application/at+jwt"] {
        let good = sign(json!({ "alg": "ES256", "kid": "first", "typ": typ }));
        assert!(bench.sign_in(&good).await.is_ok(), "{typ}");
    }
}

#[tokio::test]
async fn a_token_of_more_than_8_kib_is_not_looked_at() {
    let bench = Bench::build().await;
    let long = bench.token_with("alice", &json!({ "padding": "x".repeat(8_192) }));

    assert!(!bench.world.services.users.is_external(&long));
    assert_invalid(&bench, &long, "long").await;
    assert_eq!(bench.issuer.asked(), 0);
}

#[tokio::test]
async fn a_token_by_hs256_is_refused_where_the_operator_gave_no_secret() {
    let bench = Bench::build().await;
    let forged = hs256(&json!({ "alg": "HS256" }), &bench.claims("alice"), b"");

    assert_invalid(&bench, &forged, "HS256").await;
}

#[tokio::test]
async fn nobody_new_is_let_in_where_registration_is_not_open() {
    for policy in [RegistrationPolicy::Invite, RegistrationPolicy::Closed] {
        let bench = Bench::with(|choices| choices.config.registration = policy).await;

        let refused = refusal(&bench, &bench.token("alice")).await;

        assert!(
            matches!(refused, ExternalError::RegistrationRefused),
            "{policy:?}: {refused}"
        );
        assert!(refused.to_string().contains("linkExternalIdentity"));
    }
}

#[tokio::test]
async fn an_identity_without_an_address_that_can_be_used_becomes_no_user() {
    let bench = Bench::build().await;
    for email in [json!(null), json!(""), json!("nonsense"), json!("x".repeat(300))] {
        let claims = changed(bench.claims("alice"), &json!({ "email": email }));
        let refused = refusal(&bench, &bench.key.sign("first", &claims)).await;

        assert!(matches!(refused, ExternalError::NoEmail), "{email}: {refused}");
    }
}
