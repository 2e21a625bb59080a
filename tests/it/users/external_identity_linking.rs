//! Identities of users who were there before, linked by the user, and unlinked.

use amda::features::users::ExternalError;
use amda::hub::EventKind;
use amda::notices::NoticeKind;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::external_identity::{Bench, holder};
use super::mailbox::token;
use super::{Client, PASSWORD, codes, registered, run_operation};

const LINK: &str = "mutation ($input: LinkExternalIdentityInput!) { linkExternalIdentity(input: $input) {
    viewer { externalIdentities { id subject } } errors { code path message } } }";

const UNLINK: &str =
    "mutation ($input: UnlinkExternalIdentityInput!) { unlinkExternalIdentity(input: $input) {
    viewer { externalIdentities { subject } } errors { code path } } }";

const IDENTITIES: &str = "{ viewer { user { id hasPassword } externalIdentities { id subject } } }";

pub(super) async fn link(bench: &Bench, client: &Client, token: &str, password: &str) -> Value {
    let variables = json!({ "input": { "token": token, "currentPassword": password } });
    run_operation(&bench.world, client, LINK, variables).await["linkExternalIdentity"].take()
}

pub(super) async fn unlink(bench: &Bench, client: &Client, id: &Value) -> Value {
    let variables = json!({ "input": { "externalIdentityId": id } });
    run_operation(&bench.world, client, UNLINK, variables).await["unlinkExternalIdentity"].take()
}

/// A world with Alice, who registered with a password.
async fn alice() -> (Bench, Client) {
    let mut bench = Bench::build().await;
    let (alice, _) = registered(&bench.world, "alice@example.org").await;
    bench.mailbox.next(&bench.world).await;
    (bench, alice)
}

#[tokio::test]
async fn a_signed_in_user_links_an_identity_with_their_password_and_is_told() {
    let (mut bench, alice) = alice().await;
    let external = bench.token_with("her sub", &json!({ "email": "alice@example.net" }));

    let linked = link(&bench, &alice, &external, PASSWORD).await;
    let mail = bench.mailbox.next(&bench.world).await;

    assert_eq!(linked["errors"], json!([]));
    assert_eq!(linked["viewer"]["externalIdentities"][0]["subject"], "her sub");
    let own = run_operation(&bench.world, &alice, IDENTITIES, json!({})).await;
    let hers = bench.ask(&external, IDENTITIES).await;
    assert_eq!(own["viewer"]["user"], hers["viewer"]["user"]);
    assert_eq!(mail.to, ["alice@example.org"]);
    assert_eq!(mail.mail.header("subject"), "Another way to sign in was added");
    assert!(mail.mail.parts[0].body.contains("alice@example.net (127.0.0.1)"));
}

#[tokio::test]
async fn a_link_is_an_event_and_a_notice() {
    let (bench, alice) = alice().await;
    let viewer = bench
        .world
        .tokens
        .verify(alice.token.as_deref().unwrap())
        .unwrap();

    link(&bench, &alice, &bench.token("her sub"), PASSWORD).await;

    let mut tx = bench.world.core.db.begin(viewer.user).await.unwrap();
    let events = amda::hub::load_after(&mut tx, viewer.user, 0, 10).await.unwrap();
    tx.commit().await.unwrap();
    let mut kinds: Vec<_> = events.iter().map(|row| row.event.kind).collect();
    kinds.sort_by_key(|kind| kind.as_str());
    assert_eq!(
        kinds,
        [EventKind::NotificationReceived, EventKind::ProfileChanged]
    );
    let notices =
        "{ viewer { notifications(first: 5) { nodes { kind title body subject { id } } } identities:
        externalIdentities { id } } }";
    let seen = run_operation(&bench.world, &alice, notices, json!({})).await;
    let notice = &seen["viewer"]["notifications"]["nodes"][0];
    assert_eq!(notice["kind"], NoticeKind::ExternalIdentityLinked.as_str());
    assert!(notice["body"].as_str().unwrap().contains("127.0.0.1"), "{notice}");
    assert_eq!(notice["subject"], seen["viewer"]["identities"][0]);
}

#[tokio::test]
async fn a_wrong_password_or_a_bad_token_links_nothing() {
    let (bench, alice) = alice().await;
    let external = bench.token("her sub");

    let guess = link(&bench, &alice, &external, "a wrong guess").await;
    let forged = link(&bench, &alice, "nonsense", PASSWORD).await;
    bench.world.clock.advance(TimeDelta::minutes(6));
    let expired = link(&bench, &alice, &external, PASSWORD).await;

    assert_eq!(codes(&guess), ["WRONG_CREDENTIALS"]);
    assert_eq!(codes(&forged), ["INVALID_EXTERNAL_TOKEN"]);
    assert_eq!(codes(&expired), ["INVALID_EXTERNAL_TOKEN"]);
    let seen = run_operation(&bench.world, &alice, IDENTITIES, json!({})).await;
    assert_eq!(seen["viewer"]["externalIdentities"], json!([]));
}

#[tokio::test]
async fn an_identity_of_another_user_stays_theirs_and_ones_own_is_linked_once() {
    let (bench, alice) = alice().await;
    let (bobs, hers) = (bench.token("bob"), bench.token("her sub"));
    bench.sign_in(&bobs).await.unwrap();

    let taken = link(&bench, &alice, &bobs, PASSWORD).await;
    link(&bench, &alice, &hers, PASSWORD).await;
    let again = link(&bench, &alice, &hers, PASSWORD).await;

    assert_eq!(codes(&taken), ["CONFLICT"]);
    assert_eq!(taken["errors"][0]["path"], json!(["token"]));
    assert_eq!(codes(&again), Vec::<&str>::new());
    assert_eq!(again["viewer"]["externalIdentities"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_unlinked_identity_is_let_in_no_more_and_its_sessions_are_over() {
    let (bench, alice) = alice().await;
    let external = bench.token("alice");
    let linked = link(&bench, &alice, &external, PASSWORD).await;
    let viewer = bench.sign_in(&external).await.unwrap();

    let id = &linked["viewer"]["externalIdentities"][0]["id"];
    let unlinked = unlink(&bench, &alice, id).await;

    assert_eq!(
        unlinked,
        json!({ "viewer": { "externalIdentities": [] }, "errors": [] })
    );
    bench.world.tokens.until_revoked(&viewer).await;
    let refused = bench.sign_in(&external).await;
    assert!(
        matches!(refused, Err(ExternalError::NotLinked { .. })),
        "{refused:?}"
    );
    let sessions = "{ viewer { sessions { isCurrent } } }";
    let left = run_operation(&bench.world, &alice, sessions, json!({})).await;
    assert_eq!(left["viewer"]["sessions"], json!([{ "isCurrent": true }]));
    assert_eq!(codes(&unlink(&bench, &alice, id).await), ["NOT_FOUND"]);
}

#[tokio::test]
async fn the_only_way_in_stays_until_there_is_a_password() {
    let mut bench = Bench::build().await;
    let external = bench.token("alice");
    let mut before = bench.ask(&external, IDENTITIES).await;
    let id = before["viewer"]["externalIdentities"][0]["id"].take();

    let refused = unlink(&bench, &holder(&external), &id).await;
    let request =
        "mutation { requestPasswordReset(input: {email: \"alice@example.org\"}) { errors { code } } }";
    run_operation(&bench.world, &Client::default(), request, json!({})).await;
    let reset = "mutation ($token: String!) { resetPassword(input: {token: $token, newPassword: \"battery staple\"}) {
        errors { code } } }";
    let mail = bench.mailbox.next(&bench.world).await;
    let done = run_operation(
        &bench.world,
        &Client::default(),
        reset,
        json!({ "token": token(&mail) }),
    )
    .await;

    assert_eq!(codes(&refused), ["CONFLICT"]);
    assert_eq!(done["resetPassword"]["errors"], json!([]));
    // The reset ended the session of the token, and the identity stayed.
    let fresh = bench.token_with("alice", &json!({ "sid": "another" }));
    let after = bench.ask(&fresh, IDENTITIES).await;
    assert_eq!(after["viewer"]["user"]["hasPassword"], true);
    assert_eq!(
        codes(&unlink(&bench, &holder(&fresh), &id).await),
        Vec::<&str>::new()
    );
}
