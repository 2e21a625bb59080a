//! Plain HTTP to this machine.

use reqwest::{Client, Response};

/// A client that goes straight to whoever is asked, whatever proxy the machine has.
pub(crate) fn client() -> Client {
    // Its TLS is not needed here, but it is not built without a provider of it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

/// What is behind a link.
pub(crate) async fn get(url: &str) -> Response {
    client().get(url).send().await.unwrap()
}
