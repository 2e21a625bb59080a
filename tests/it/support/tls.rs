//! A server's side of TLS, with a certificate that nobody vouches for.

use std::io;
use std::sync::Arc;

use data_encoding::BASE64;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Of 127.0.0.1 until the year 2120, signed by itself: nothing is wrong with it but that.
const CERTIFICATE: &str = "MIIBPzCB5qADAgECAgEBMAoGCCqGSM49BAMCMBcxFTATBgNVBAMMDHBvc3Rib3gudGVzdDAgFw0yMDAxMDEw\
    MDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFzEVMBMGA1UEAwwMcG9zdGJveC50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOEss\
    1kY7WSe2V4n88eaK+7qaHgzXbjvbWl1/r/ezHV2RUZsQcFGiUD/VkuxZHU7W2m7JiSmRxay0DqVIkAxcMKMhMB8wDAYDVR0TAQH/BAIw\
    ADAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUCIQCgl6bg5vncm3+OMo3azTo6MB3lEXfotgrqaeg7mvDWXQIgKpWKS/ks\
    13Txy3URxH+zp8BnYonTnfCtlJwOeS06oTU=";
/// The key of that certificate, which guards nothing.
const KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg9khrkEU3DzX+OKqxFGufJWHaLjXvVrz5aba0sKpES4eh\
    RANCAAQ4SyzWRjtZJ7ZXifzx5or7upoeDNduO9taXX+v97MdXZFRmxBwUaJQP9WS7FkdTtbabsmJKZHFrLQOpUiQDFww";

/// Begins TLS, and ends when the client accepted the certificate.
///
/// # Errors
/// The client refused it, went, or speaks no TLS.
pub(crate) async fn begin(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
    let mut tls = ServerConnection::new(Arc::new(config())).unwrap();
    let mut buffer = [0; 4096];
    while tls.is_handshaking() {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut came = &buffer[..count];
        while !came.is_empty() {
            tls.read_tls(&mut came)?;
            tls.process_new_packets().map_err(io::Error::other)?;
        }
        let mut answer = Vec::new();
        while tls.wants_write() {
            tls.write_tls(&mut answer)?;
        }
        stream.write_all(&answer).await?;
        stream.flush().await?;
    }
    Ok(())
}

fn config() -> ServerConfig {
    let certificate = CertificateDer::from(BASE64.decode(CERTIFICATE.as_bytes()).unwrap());
    let key = PrivatePkcs8KeyDer::from(BASE64.decode(KEY.as_bytes()).unwrap());
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key.into())
        .unwrap()
}
