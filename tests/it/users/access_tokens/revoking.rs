use std::pin::pin;

use amda::features::users::end_sessions;
use amda::graphql::Credential;
use diesel_async::RunQueryDsl;
use futures::poll;
use serde_json::json;
use tokio::time::timeout;

use super::{Alice, EMAIL, LIST, PASSWORD};
use crate::support::worker::DEADLINE;

async fn change_password(alice: &Alice) {
    let change =
        "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { errors { code } } }";
    let input = json!({"currentPassword": PASSWORD, "newPassword": "battery staple"});
    let changed = alice.ask(change, json!({ "input": input })).await;
    assert_eq!(changed["changePassword"]["errors"], json!([]));
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once_and_its_sockets_hear_of_it() {
    let alice = Alice::register().await;
    let (token, id) = alice.token(&["READ"], None).await;
    let (other, other_id) = alice.token(&["READ"], None).await;
    let viewer = alice.verify(&token).await.viewer;
    let Credential::AccessToken(named) = viewer.credential else {
        panic!("{viewer:?}");
    };
    let users = &alice.world.services.users;
    let mut closed = pin!(users.until_access_token_revoked(viewer.user, named));
    assert!(poll!(&mut closed).is_pending());

    let payload = alice.revoke(&id).await;

    assert_eq!(payload["revokedAccessTokenId"], id);
    assert_eq!(
        payload["viewer"]["accessTokens"]["edges"],
        json!([{"node": {"id": other_id}}])
    );
    assert!(!alice.is_good(&token).await);
    assert!(alice.is_good(&other).await);
    timeout(DEADLINE, closed).await.expect("the socket is closed");
    assert_eq!(alice.revoke(&id).await["errors"][0]["code"], "NOT_FOUND");
}

#[tokio::test]
async fn a_socket_that_opens_while_its_token_is_revoked_closes() {
    let alice = Alice::register().await;
    let (token, id) = alice.token(&["READ"], None).await;
    let viewer = alice.verify(&token).await.viewer;
    let Credential::AccessToken(named) = viewer.credential else {
        panic!("{viewer:?}");
    };

    alice.revoke(&id).await;
    let users = &alice.world.services.users;
    let closed = timeout(DEADLINE, users.until_access_token_revoked(viewer.user, named)).await;

    closed.expect("the socket is closed");
}

#[tokio::test]
async fn a_socket_that_is_behind_by_more_than_the_revocations_that_wait_looks_for_its_token() {
    let alice = Alice::register().await;
    let (token, _) = alice.token(&["READ"], None).await;
    let viewer = alice.verify(&token).await.viewer;
    let Credential::AccessToken(named) = viewer.credential else {
        panic!("{viewer:?}");
    };
    // 256 revocations wait for a socket.
    let mut work = alice.world.core.begin(viewer.user).await.unwrap();
    diesel::sql_query(
        "INSERT INTO access_tokens (id, user_id, token_hash, last_four, name, scopes, created_at, expires_at)
         SELECT gen_random_uuid(), user_id, sha256(number::text::bytea), last_four, name, scopes, created_at, expires_at
         FROM access_tokens, generate_series(1, 600) AS number",
    )
    .execute(&mut *work)
    .await
    .unwrap();
    work.commit().await.unwrap();
    let users = &alice.world.services.users;
    let mut closed = pin!(users.until_access_token_revoked(viewer.user, named));
    // By then the first has seen that its token is there, and listens.
    for _ in 0..2 {
        let unknown = users.until_access_token_revoked(viewer.user, alice.world.core.ids.next());
        tokio::select! {
            biased;
            () = &mut closed => panic!("nothing was revoked"),
            () = unknown => {}
        }
    }

    change_password(&alice).await;

    timeout(DEADLINE, closed).await.expect("the socket is closed");
    assert!(!alice.is_good(&token).await);
}

#[tokio::test]
async fn another_password_revokes_every_token() {
    let alice = Alice::register().await;
    let (token, _) = alice.token(&["READ", "ACT", "MANAGE"], None).await;
    assert!(alice.is_good(&token).await);

    change_password(&alice).await;

    assert!(!alice.is_good(&token).await);
    let listed = alice.ask(LIST, json!({})).await;
    assert_eq!(listed["viewer"]["accessTokens"]["totalCount"], 0);
}

#[tokio::test]
async fn logging_out_leaves_tokens_good() {
    let alice = Alice::register().await;
    let (token, _) = alice.token(&["READ"], None).await;

    let everywhere = json!({"input": {"endsAllSessions": true}});
    alice.ask(super::super::LOG_OUT, everywhere).await;

    assert!(alice.is_good(&token).await);
}

#[tokio::test]
async fn tokens_that_the_operator_revokes_are_refused_once_the_server_hears_of_it() {
    let alice = Alice::register().await;
    let (token, _) = alice.token(&["READ"], None).await;
    let viewer = alice.verify(&token).await.viewer;
    let Credential::AccessToken(named) = viewer.credential else {
        panic!("{viewer:?}");
    };
    let users = &alice.world.services.users;
    let mut closed = pin!(users.until_access_token_revoked(viewer.user, named));
    assert!(poll!(&mut closed).is_pending());

    end_sessions(&alice.world.core, EMAIL).await.unwrap();
    let running = alice.world.run("users.recall_revocations");
    let heard = timeout(DEADLINE, closed).await;
    running.stop().await;

    heard.expect("the socket is closed");
    assert!(!alice.is_good(&token).await);
}
