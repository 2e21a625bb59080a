//! The authorities that this machine trusts to vouch for servers.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

/// The authorities of this machine, or of `SSL_CERT_FILE` and `SSL_CERT_DIR` where they are set; Mozilla's where it has
/// none, such as in a minimal container.
pub fn load() -> RootCertStore {
    let mut store = RootCertStore::empty();
    // A machine may list some that are malformed; the others count.
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if store.is_empty() {
        store.roots.extend_from_slice(webpki_roots::TLS_SERVER_ROOTS);
    }
    store
}

/// The client's side of TLS with servers whose name one of them vouches for.
pub fn client_config() -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring supports the default versions of TLS")
        .with_root_certificates(load())
        .with_no_client_auth()
}
