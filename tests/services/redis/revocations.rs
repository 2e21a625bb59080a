use std::sync::Arc;
use std::time::Instant;

use amda::clock::{Clock, ManualClock, SystemClock};
use amda::features::users::{
    IssuedSession, Registration, RegistrationMode, TokenService, UsersConfig, UsersService,
};
use amda::graphql::ClientInfo;
use amda::plan::Plan;
use amda::work::Core;
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretSlice};
use tokio::sync::watch;
use tokio::time::timeout;

use super::server::RedisServer;
use super::{Nodes, SECRET};
use crate::support::websocket::SOON;

fn users(core: &Core) -> (UsersService, Arc<TokenService>) {
    let secret: SecretSlice<u8> = SECRET.to_vec().into();
    let tokens = TokenService::new(Arc::clone(&core.clock), Arc::clone(&core.ids), &secret);
    let tokens = Arc::new(tokens);
    let config = UsersConfig {
        registration: RegistrationMode::Open,
        default_plan: Plan::Free,
        password_cost: 4,
        is_https: false,
        has_mail_server: false,
        limits: None,
    };
    (
        UsersService::new(core.clone(), Arc::clone(&tokens), config),
        tokens,
    )
}

/// The first tokens of a new user.
async fn register(users: &UsersService, email: &str) -> IssuedSession {
    let registration = Registration {
        email: email.to_owned(),
        password: "correct horse battery".into(),
        display_name: None,
        locale: None,
        time_zone: None,
        invitation: None,
    };
    users
        .register(registration, &ClientInfo::default())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_ends_on_one_node_ends_on_the_other_one_without_redis_too() {
    let mut redis = RedisServer::start();
    let nodes = Nodes::start(&redis.url()).await;
    let ((here, _), (there, tokens)) = (users(&nodes.here), users(&nodes.there));
    nodes
        .tasks
        .spawn(there.follow_revocations(watch::Sender::new(true).subscribe(), nodes.stop.clone()));
    let issued = register(&here, "alice@example.org").await;
    let viewer = tokens.verify(issued.access.token.expose_secret()).unwrap();
    redis.kill();

    here.log_out(viewer.user, viewer.session().unwrap(), false)
        .await
        .unwrap();
    let ended = Instant::now();

    timeout(SOON, tokens.until_revoked(&viewer))
        .await
        .expect("its sockets are closed");
    eprintln!(
        "a session that ended is refused on another node after {:?}",
        ended.elapsed()
    );
    assert!(tokens.verify(issued.access.token.expose_secret()).is_err());
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_ends_on_a_node_whose_clock_is_behind_ends_on_the_others_too() {
    let redis = RedisServer::start();
    let nodes = Nodes::start(&redis.url()).await;
    let clock = Arc::new(ManualClock::new(SystemClock.now() - TimeDelta::minutes(5)));
    let behind = Core {
        clock,
        ..nodes.here.clone()
    };
    let ((here, _), (behind, _), (there, tokens)) = (users(&nodes.here), users(&behind), users(&nodes.there));
    nodes
        .tasks
        .spawn(there.follow_revocations(watch::Sender::new(true).subscribe(), nodes.stop.clone()));

    // The first one is found by a look that precedes the end of the second one.
    for (node, email) in [(&here, "alice@example.org"), (&behind, "bob@example.org")] {
        let issued = register(node, email).await;
        let viewer = tokens.verify(issued.access.token.expose_secret()).unwrap();
        node.log_out(viewer.user, viewer.session().unwrap(), false)
            .await
            .unwrap();

        timeout(SOON, tokens.until_revoked(&viewer))
            .await
            .expect("its sockets are closed");
    }
    nodes.stop().await;
}
