//! The media server takes what is its due, and serves nothing without a signature.

use amda::simulator::Simulator;
use data_encoding::{BASE64URL, BASE64URL_NOPAD};
use reqwest::{Method, StatusCode};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::client::a_simulator;
use super::independent_client::{Connection, Node, request};
use super::wire::a_device;
use crate::support::http;

const BODY: &[u8] = b"ciphertext of a picture";

/// The secret for uploads that the server gives to devices.
async fn auth(connection: &mut Connection) -> String {
    let answer = connection
        .ask(request("set", "w:m", [Node::new("media_conn")]))
        .await;
    answer.need("media_conn").text("auth").to_owned()
}

async fn ask(simulator: &Simulator, method: Method, path: &str, body: &'static [u8]) -> (StatusCode, String) {
    let url = format!("{}{path}", simulator.media_base_url());
    let answer = http::client()
        .request(method, url)
        .body(body)
        .send()
        .await
        .unwrap();
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test]
async fn an_upload_needs_the_secret_of_the_account_and_the_hash_of_its_body() {
    let simulator = a_simulator().await;
    let (_, mut connection) = a_device(&simulator).await;
    let auth = auth(&mut connection).await;
    let token = BASE64URL_NOPAD.encode(&Sha256::digest(BODY));
    let padded = BASE64URL.encode(&Sha256::digest(BODY)).replace('=', "%3D");
    let upload = |auth: &str, token: &str| {
        let path = format!("/mms/image/{token}?auth={auth}&token={token}");
        let simulator = simulator.clone();
        async move { ask(&simulator, Method::POST, &path, BODY).await.0 }
    };

    assert_eq!(upload("guessed", &token).await, StatusCode::UNAUTHORIZED);
    assert_eq!(upload(&auth, "AAAA").await, StatusCode::BAD_REQUEST);
    assert_eq!(upload(&auth, &token).await, StatusCode::OK);
    assert_eq!(upload(&auth, &padded).await, StatusCode::OK);
}

#[tokio::test]
async fn a_file_is_served_with_the_signature_of_its_address_until_it_is_deleted() {
    let simulator = a_simulator().await;
    let (_, mut connection) = a_device(&simulator).await;
    let auth = auth(&mut connection).await;
    let token = BASE64URL_NOPAD.encode(&Sha256::digest(BODY));
    let path = format!("/mms/md-app-state/{token}?auth={auth}&token={token}");
    let (_, uploaded) = ask(&simulator, Method::POST, &path, BODY).await;
    let uploaded: Json = serde_json::from_str(&uploaded).unwrap();
    let direct_path = uploaded["direct_path"].as_str().unwrap();
    let bare = direct_path.split('?').next().unwrap();
    let named = BASE64URL_NOPAD.encode(bare.as_bytes());
    let get = |path: String| {
        let simulator = simulator.clone();
        async move { ask(&simulator, Method::GET, &path, b"").await }
    };

    assert_eq!(get(bare.to_owned()).await.0, StatusCode::FORBIDDEN);
    // The library that AMDA uses begins a second query behind the first.
    let served = get(format!("{direct_path}?auth={auth}&token={token}")).await;
    assert_eq!(
        served,
        (StatusCode::OK, String::from_utf8_lossy(BODY).into_owned())
    );
    let delete = |auth: &str| format!("/mms/md-app-state/{token}?d_md={named}&token={token}&auth={auth}");
    let (refused, _) = ask(&simulator, Method::DELETE, &delete("guessed"), b"").await;
    let (deleted, _) = ask(&simulator, Method::DELETE, &delete(&auth), b"").await;

    assert_eq!((refused, deleted), (StatusCode::UNAUTHORIZED, StatusCode::OK));
    assert_eq!(get(direct_path.to_owned()).await.0, StatusCode::NOT_FOUND);
}
