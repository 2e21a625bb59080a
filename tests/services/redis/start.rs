use std::time::Instant;

use amda::limiter::Rate;
use amda::redis::{Redis, inspect};
use chrono::TimeDelta;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use secrecy::SecretString;

use super::server::RedisServer;
use super::{Nodes, SECRET};
use crate::program::free_port;
use crate::support::websocket::SOON;

/// The error of the start with the Redis at `url`, as the operator reads it.
async fn refused(url: &SecretString) -> String {
    let error = Redis::open(url, SECRET)
        .await
        .expect_err("the server does not start");
    assert_eq!(
        inspect(url)
            .await
            .map(|kind| kind.version)
            .map_err(|error| error.to_string()),
        Err(error.to_string()),
        "the doctor says the same"
    );
    let chain = format!(
        "{error}: {:?}",
        std::error::Error::source(&error).map(ToString::to_string)
    );
    assert!(!chain.contains("hunter2"), "{chain}");
    chain
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_thing_wrong_with_a_password_is_named() {
    let redis = RedisServer::start_with(&["--requirepass", "hunter2"]);

    assert!(refused(&redis.url()).await.contains("wants a password"));
    assert!(
        refused(&redis.url_with(":hunter2hunter2@"))
            .await
            .contains("refuses the user and password")
    );
    assert!(
        refused(&redis.url_with("nobody:hunter2@"))
            .await
            .contains("refuses the user and password")
    );
    assert!(Redis::open(&redis.url_with(":hunter2@"), SECRET).await.is_ok());
    assert!(
        Redis::open(&redis.url_with("default:hunter2@"), SECRET)
            .await
            .is_ok()
    );
}

/// A server with a user `amda` who may do what `rights` say.
fn user(rights: &str) -> RedisServer {
    let words = ["--user", "amda", "on", ">hunter2"]
        .into_iter()
        .chain(rights.split_whitespace());
    RedisServer::start_with(&words.collect::<Vec<_>>())
}

fn rate() -> Rate {
    Rate {
        burst: 5,
        per: TimeDelta::hours(1),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rights_that_the_error_names_suffice_and_fewer_do_not() {
    let poor = user("resetkeys -@all +@connection");
    let told = refused(&poor.url_with("amda:hunter2@")).await;
    let rights = told.split('`').nth(1).expect("the rights stand in code");
    let redis = user(&format!("resetchannels resetkeys -@all {rights}"));

    let nodes = Nodes::start(&redis.url_with("amda:hunter2@")).await;
    let limiter = nodes.here.limiters.limiter("test", rate());
    limiter.spend("alice").await.unwrap();
    limiter.spend("alice").await.unwrap();
    limiter.give_back("alice").await;

    let keys = redis.ask(&[
        "--user",
        "amda",
        "--pass",
        "hunter2",
        "--no-auth-warning",
        "EXISTS",
        "amda:x",
    ]);
    assert!(
        keys[0].starts_with("NOPERM"),
        "it may ask for nothing else: {keys:?}"
    );
    let counted = redis.ask(&["--scan"]);
    assert_eq!(counted.len(), 1, "the limit was counted there");
    let deadline = Instant::now() + SOON;
    while redis.ask(&["PUBSUB", "CHANNELS"]).len() < 16 {
        assert!(Instant::now() < deadline, "the node subscribes");
    }
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_and_a_replica_are_named() {
    let cluster = RedisServer::start_with(&["--cluster-enabled", "yes"]);
    let primary = RedisServer::start();
    let port = primary.port.to_string();
    let replica = RedisServer::start_with(&["--replicaof", "127.0.0.1", &port]);

    assert!(refused(&cluster.url()).await.contains("cluster mode"));
    assert!(refused(&replica.url()).await.contains("read-only replica"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_nobody_vouches_for_and_a_server_without_tls_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, cert.pem()).unwrap();
    std::fs::write(&key, signing_key.serialize_pem()).unwrap();
    let tls_port = free_port();
    let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    let _redis = RedisServer::start_with(&[
        "--tls-port",
        &tls_port.to_string(),
        "--tls-cert-file",
        certificate,
        "--tls-key-file",
        key,
        "--tls-ca-cert-file",
        certificate,
        "--tls-auth-clients",
        "no",
    ]);
    let plain = RedisServer::start();

    let encrypted: SecretString = format!("rediss://:hunter2@127.0.0.1:{tls_port}").into();
    assert!(refused(&encrypted).await.contains("SSL_CERT_FILE"));
    let not_encrypted: SecretString = format!("rediss://127.0.0.1:{}", plain.port).into();
    // It waits for the rest of what it takes for a command, so nothing but silence tells.
    let told = inspect(&not_encrypted).await.unwrap_err().to_string();
    assert!(
        told.contains("that TLS (rediss://) is used where it wants it"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_there_is_named_by_the_doctor_and_waited_for_by_the_server() {
    let url: SecretString = format!("redis://:hunter2@127.0.0.1:{}", free_port()).into();

    let told = inspect(&url).await.unwrap_err();

    assert!(told.is_absence());
    assert!(told.to_string().contains("check that it runs"), "{told}");
    let redis = Redis::open(&url, SECRET).await.unwrap();
    assert!(redis.ping().await.is_err());
}
