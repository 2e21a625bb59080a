//! Each wrong setting is named, with what to do, and no secret is told.

use amda::config::{BucketConfig, MediaConfig, MediaEncryption};
use amda::id::Ids;
use amda::media::check_bucket;
use tokio::net::TcpListener;

use super::server::{S3Server, SECRET};
use crate::support::core::noon;
use crate::support::tls;

/// What checking the bucket ends with, when `change` made something of its settings wrong.
async fn told(server: &S3Server, change: impl FnOnce(&mut BucketConfig)) -> String {
    let MediaConfig { bucket, .. } = server.config(MediaEncryption::Sealed);
    let mut bucket = bucket.unwrap();
    change(&mut bucket);
    let ids = Ids::new(std::sync::Arc::new(amda::clock::ManualClock::new(noon())));
    match check_bucket(&bucket, &ids).await {
        Ok(()) => String::new(),
        Err(error) => {
            let text = format!("{error} {error:?}");
            assert!(!text.contains(SECRET), "{text}");
            text
        }
    }
}

#[tokio::test]
async fn a_bucket_that_can_be_used_is_left_as_it_was() {
    let server = S3Server::start().await;

    assert_eq!(told(&server, |_| {}).await, "");
    assert_eq!(server.keys(), [""; 0]);
    assert_eq!(server.count("DeleteObject"), 1);
}

#[tokio::test]
async fn each_wrong_setting_is_named() {
    let server = S3Server::start().await;

    let bucket = told(&server, |bucket| bucket.name = "no-such-bucket".to_owned()).await;
    let key = told(&server, |bucket| bucket.access_key_id = "NOBODYSKEY".to_owned()).await;
    let secret = told(&server, |bucket| bucket.secret_access_key = "wrong".into()).await;

    assert!(
        bucket.contains("there is no bucket no-such-bucket") && bucket.contains("AMDA_S3_BUCKET"),
        "{bucket}"
    );
    assert!(key.contains("AMDA_S3_ACCESS_KEY_ID"), "{key}");
    assert!(secret.contains("AMDA_S3_SECRET_ACCESS_KEY"), "{secret}");
}

#[tokio::test]
async fn each_missing_permission_is_named() {
    let server = S3Server::start().await;

    for (operation, named) in [
        ("ListObjectsV2", "s3:ListBucket"),
        ("PutObject", "s3:PutObject"),
        ("GetObject", "s3:GetObject"),
        ("DeleteObject", "s3:DeleteObject"),
    ] {
        server.deny(&[operation]);

        let told = told(&server, |_| {}).await;

        assert!(
            told.contains(named) && told.contains("may not"),
            "{operation}: {told}"
        );
    }
}

#[tokio::test]
async fn an_address_where_nothing_or_something_else_answers_is_named() {
    let server = S3Server::start().await;
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let site = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = site.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(site, axum::Router::new()).await });

    let nothing = told(&server, |bucket| {
        bucket.endpoint = Some(format!("http://{closed}").parse().unwrap());
    })
    .await;
    let other = told(&server, |bucket| {
        bucket.endpoint = Some(format!("http://{address}").parse().unwrap());
    })
    .await;

    assert!(
        nothing.contains("cannot be reached") && nothing.contains("AMDA_S3_ENDPOINT"),
        "{nothing}"
    );
    assert!(other.contains("does not speak S3 (404 Not Found)"), "{other}");
}

#[tokio::test]
async fn a_failure_of_tls_is_named() {
    let server = S3Server::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let unknown = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = tls::begin(&mut socket).await;
        }
    });

    let https = |address| {
        move |bucket: &mut BucketConfig| bucket.endpoint = Some(format!("https://{address}").parse().unwrap())
    };
    let plain = told(&server, https(server.address)).await;
    let untrusted = told(&server, https(unknown)).await;

    assert!(plain.contains("begins as the server speaks"), "{plain}");
    assert!(
        untrusted.contains("certificate") && untrusted.contains("SSL_CERT_FILE"),
        "{untrusted}"
    );
}
