//! Tokens of the operator's own issuer: who is let in by them, and as whom.

use amda::clock::Clock;
use amda::config::AuthConfig;
use amda::features::users::ExternalError;
use amda::graphql::{ClientInfo, Viewer};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::mailbox::Mailbox;
use super::{Client, LOG_OUT, codes, run_operation};
use crate::support::choices::Choices;
use crate::support::issuer::{Issuer, SigningKey, hs256};
use crate::support::world::World;

const PROFILE: &str = "{ viewer { user { email isEmailVerified hasPassword displayName locale timeZone }
    externalIdentities { issuer subject email linkedAt lastSeenAt } } }";

const SESSIONS: &str =
    "{ viewer { sessions { id userAgent ipAddress isCurrent externalIdentity { subject } } } }";

/// A world that accepts the tokens of an issuer with one key.
pub(super) struct Bench {
    pub(super) world: World,
    pub(super) mailbox: Mailbox,
    pub(super) issuer: Issuer,
    pub(super) key: SigningKey,
}

impl Bench {
    pub(super) async fn build() -> Self {
        Self::with(|_| {}).await
    }

    /// As [`Self::build`], after `choose` has changed something.
    pub(super) async fn with(choose: impl FnOnce(&mut Choices)) -> Self {
        let (issuer, key) = (Issuer::start().await, SigningKey::p256());
        issuer.publish("first", &key);
        let auth = accept(&issuer);
        let (world, mailbox) = Mailbox::with(|choices| {
            choices.config.auth = Some(auth);
            choose(choices);
        })
        .await;
        Self {
            world,
            mailbox,
            issuer,
            key,
        }
    }

    /// The claims of a token that is issued now.
    pub(super) fn claims(&self, subject: &str) -> Value {
        self.issuer.claims(subject, self.world.clock.now())
    }

    /// A token that is issued now.
    pub(super) fn token(&self, subject: &str) -> String {
        self.key.sign("first", &self.claims(subject))
    }

    /// A token with these claims changed.
    pub(super) fn token_with(&self, subject: &str, changes: &Value) -> String {
        self.key.sign("first", &changed(self.claims(subject), changes))
    }

    pub(super) async fn sign_in(&self, token: &str) -> Result<Viewer, ExternalError> {
        let users = &self.world.services.users;
        users.sign_in_externally(token, &ClientInfo::default()).await
    }

    pub(super) async fn ask(&self, token: &str, query: &str) -> Value {
        run_operation(&self.world, &holder(token), query, json!({})).await
    }
}

/// `claims` with some changed, and those that are null left out.
pub(super) fn changed(mut claims: Value, changes: &Value) -> Value {
    let fields = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
    claims
}

pub(super) fn accept(issuer: &Issuer) -> AuthConfig {
    AuthConfig {
        issuer: issuer.url(),
        audiences: vec!["amda".to_owned()],
        jwks_url: None,
        secret: None,
    }
}

/// Somebody who sends this token.
pub(super) fn holder(token: &str) -> Client {
    Client {
        token: Some(token.to_owned()),
        info: ClientInfo::default(),
    }
}

#[tokio::test]
async fn whoever_comes_first_becomes_a_user_with_what_the_token_says_of_them() {
    let bench = Bench::build().await;
    let says = json!({ "name": "Alice", "locale": "pt_BR", "zoneinfo": "Europe/Lisbon" });

    let answer = bench.ask(&bench.token_with("alice", &says), PROFILE).await;

    let identity = json!({
        "issuer": bench.issuer.url(), "subject": "alice", "email": "alice@example.org",
        "linkedAt": "2026-11-23T11:00:00+00:00", "lastSeenAt": "2026-11-23T11:00:00+00:00",
    });
    let user = json!({
        "email": "alice@example.org", "isEmailVerified": true, "hasPassword": false, "displayName": "Alice",
        "locale": "pt-BR", "timeZone": "Europe/Lisbon",
    });
    assert_eq!(
        answer["viewer"],
        json!({ "user": user, "externalIdentities": [identity] })
    );
}

#[tokio::test]
async fn what_cannot_be_used_of_a_token_is_left_out_and_an_unproven_address_is_asked_about() {
    let mut bench = Bench::build().await;
    let odd = json!({ "name": "x".repeat(200), "locale": "?", "zoneinfo": "Mars", "email_verified": null });

    let answer = bench.ask(&bench.token_with("alice", &odd), PROFILE).await;
    let mail = bench.mailbox.next(&bench.world).await;

    let user = json!({
        "email": "alice@example.org", "isEmailVerified": false, "hasPassword": false, "displayName": null,
        "locale": "en", "timeZone": "UTC",
    });
    assert_eq!(answer["viewer"]["user"], user);
    assert_eq!(mail.to, ["alice@example.org"]);
    assert_eq!(mail.mail.header("subject"), "Confirm your e-mail address");
}

#[tokio::test]
async fn later_tokens_are_the_same_users_whatever_address_they_name() {
    let bench = Bench::build().await;
    let first = bench.sign_in(&bench.token("alice")).await.unwrap();
    bench.world.clock.advance(TimeDelta::minutes(2));

    let later = bench.token_with("alice", &json!({ "email": "alice@example.net" }));
    let again = bench.sign_in(&later).await.unwrap();
    let answer = bench.ask(&later, PROFILE).await;

    assert_eq!((again.user, again.session()), (first.user, first.session()));
    assert_eq!(answer["viewer"]["user"]["email"], "alice@example.org");
    let identity = &answer["viewer"]["externalIdentities"][0];
    assert_eq!(identity["email"], "alice@example.net");
    assert_eq!(identity["lastSeenAt"], "2026-11-23T11:02:00+00:00");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_requests_that_come_together_make_one_user_with_one_session() {
    let bench = Bench::build().await;
    let token = bench.token("alice");

    let viewers = futures::future::join_all((0..8).map(|_| bench.sign_in(&token))).await;

    let viewers: Vec<Viewer> = viewers.into_iter().map(Result::unwrap).collect();
    assert!(
        viewers
            .iter()
            .all(|viewer| (viewer.user, viewer.session()) == (viewers[0].user, viewers[0].session())),
        "{viewers:?}"
    );
    let sessions = bench.ask(&token, SESSIONS).await;
    assert_eq!(sessions["viewer"]["sessions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_session_at_the_issuer_is_listed_and_its_tokens_are_refused_once_it_is_ended() {
    let bench = Bench::build().await;
    let laptop = bench.token_with("alice", &json!({ "sid": "laptop" }));
    let phone = bench.token_with("alice", &json!({ "sid": "phone" }));
    bench.sign_in(&laptop).await.unwrap();
    let listed = bench.ask(&phone, SESSIONS).await;

    let ended = run_operation(&bench.world, &holder(&laptop), LOG_OUT, json!({ "input": {} })).await;
    bench.world.clock.advance(TimeDelta::minutes(4));
    let renewed = bench.token_with("alice", &json!({ "sid": "laptop" }));

    let sessions = listed["viewer"]["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    assert!(
        sessions
            .iter()
            .all(|session| session["externalIdentity"]["subject"] == "alice")
    );
    assert_eq!(ended["logOut"], json!({ "endedSessions": 1, "errors": [] }));
    for token in [&laptop, &renewed] {
        assert!(matches!(bench.sign_in(token).await, Err(ExternalError::Revoked)));
    }
    assert!(bench.sign_in(&phone).await.is_ok());
}

#[tokio::test]
async fn where_sessions_have_no_names_ending_one_refuses_the_tokens_issued_until_then() {
    let bench = Bench::build().await;
    let nameless = json!({ "sid": null });
    let before = bench.token_with("alice", &nameless);
    let first = bench.sign_in(&before).await.unwrap();
    run_operation(&bench.world, &holder(&before), LOG_OUT, json!({ "input": {} })).await;

    bench.world.clock.advance(TimeDelta::seconds(1));
    let after = bench
        .sign_in(&bench.token_with("alice", &nameless))
        .await
        .unwrap();

    assert!(matches!(
        bench.sign_in(&before).await,
        Err(ExternalError::Revoked)
    ));
    assert_eq!(after.user, first.user);
    assert_ne!(after.session(), first.session());
}

#[tokio::test]
async fn a_user_without_a_password_confirms_by_a_recent_sign_in() {
    let mut bench = Bench::build().await;
    let delete = "mutation { deleteUser(input: {currentPassword: \"\"}) { errors { code path } } }";
    let change =
        "mutation { changePassword(input: {currentPassword: \"\", newPassword: \"battery staple\"}) {
        errors { code message } } }";
    bench.ask(&bench.token("alice"), PROFILE).await;

    bench.world.clock.advance(TimeDelta::minutes(11));
    let old = bench.ask(&bench.token("alice"), delete).await;
    let at = bench.world.clock.now().timestamp();
    let fresh = bench.token_with("alice", &json!({ "auth_time": at }));
    let changed = bench.ask(&fresh, change).await;
    let deleted = bench.ask(&fresh, delete).await;

    assert_eq!(codes(&old["deleteUser"]), ["SIGN_IN_NOT_RECENT"]);
    assert_eq!(codes(&changed["changePassword"]), ["CONFLICT"]);
    assert_eq!(codes(&deleted["deleteUser"]), Vec::<&str>::new());
    let mail = bench.mailbox.next(&bench.world).await;
    assert_eq!(mail.mail.header("subject"), "Your user is going to be deleted");
}

#[tokio::test]
async fn a_token_that_names_neither_its_session_nor_the_time_of_its_sign_in_confirms_nothing() {
    let bench = Bench::build().await;
    let delete = "mutation { deleteUser(input: {currentPassword: \"\"}) { errors { code } } }";

    let refused = bench
        .ask(&bench.token_with("alice", &json!({ "sid": null })), delete)
        .await;

    assert_eq!(codes(&refused["deleteUser"]), ["SIGN_IN_NOT_RECENT"]);
}

#[tokio::test]
async fn a_token_of_a_supabase_project_that_signs_with_a_secret_is_taken_as_it_is() {
    const SECRET: &[u8] = b"super-secret-jwt-token-with-at-least-32-characters-long";
    let bench = Bench::with(|choices| {
        choices.config.auth = Some(AuthConfig {
            issuer: "https://project.supabase.co/auth/v1".to_owned(),
            audiences: vec!["authenticated".to_owned()],
            jwks_url: None,
            secret: Some(SECRET.to_vec().into()),
        });
    })
    .await;
    let now = bench.world.clock.now().timestamp();
    let claims = json!({
        "aal": "aal1", "amr": [{ "method": "password", "timestamp": now - 60 }],
        "app_metadata": { "provider": "email", "providers": ["email"] }, "aud": "authenticated",
        "email": "alice@example.org", "exp": now + 3_600, "iat": now, "is_anonymous": false,
        "iss": "https://project.supabase.co/auth/v1", "phone": "", "role": "authenticated",
        "session_id": "4b938a09-5372-4177-a314-cfa292099ea2", "sub": "8ccaa7af-909f-44e7-84cb-67cdccb56be6",
        "user_metadata": { "email": "alice@example.org", "email_verified": true, "phone_verified": false },
    });
    let header = json!({ "alg": "HS256", "kid": "rOaiYq0yhQ0AbkWM", "typ": "JWT" });

    let answer = bench.ask(&hs256(&header, &claims, SECRET), PROFILE).await;
    let anonymous = changed(
        claims,
        &json!({ "email": "", "is_anonymous": true, "sub": "nobody" }),
    );
    let refused = bench.sign_in(&hs256(&header, &anonymous, SECRET)).await;

    assert_eq!(answer["viewer"]["user"]["email"], "alice@example.org");
    assert_eq!(
        answer["viewer"]["user"]["isEmailVerified"], false,
        "the user could write that"
    );
    assert!(matches!(refused, Err(ExternalError::NoEmail)));
    assert_eq!(bench.issuer.asked(), 0);
}
