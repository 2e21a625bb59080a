use std::sync::Arc;
use std::time::Instant;

use amda::features::users::{Registration, RegistrationMode, TokenService, UsersConfig, UsersService};
use amda::graphql::ClientInfo;
use amda::plan::Plan;
use amda::work::Core;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_ends_on_one_node_ends_on_the_other_one_without_redis_too() {
    let mut redis = RedisServer::start();
    let nodes = Nodes::start(&redis.url()).await;
    let ((here, _), (there, tokens)) = (users(&nodes.here), users(&nodes.there));
    nodes
        .tasks
        .spawn(there.follow_revocations(watch::Sender::new(true).subscribe(), nodes.stop.clone()));
    let registration = Registration {
        email: "alice@example.org".to_owned(),
        password: "correct horse battery".into(),
        display_name: None,
        locale: None,
        time_zone: None,
        invitation: None,
    };
    let issued = here.register(registration, &ClientInfo::default()).await.unwrap();
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
