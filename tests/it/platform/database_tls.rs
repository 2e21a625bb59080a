//! TLS to a PostgreSQL whose certificate a private authority signed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::AbortOnDropHandle;

use super::command_line::amda;
use super::embedded::a_folder;
use crate::support::database::TestDatabase;

/// The first bytes of a client that asks for TLS.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// The tests' PostgreSQL behind TLS, with a certificate for `localhost` of an authority that only `authority` holds.
struct TlsServer {
    port: u16,
    database: TestDatabase,
    folder: TempDir,
    _accepting: AbortOnDropHandle<()>,
}

impl TlsServer {
    async fn start() -> Self {
        let database = TestDatabase::create().await;
        let folder = a_folder();
        let acceptor = TlsAcceptor::from(Arc::new(certificates(&folder.path().join("ca.pem"))));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let socket = socket_of(&database);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(relay(stream, acceptor.clone(), socket.clone()));
            }
        });
        Self {
            port,
            database,
            folder,
            _accepting: AbortOnDropHandle::new(accepting),
        }
    }

    /// The file of the authority's certificate.
    fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    fn url(&self, host: &str, options: &str) -> String {
        let (_, name) = self.database.url().expose_secret().rsplit_once('/').unwrap();
        format!("postgresql://amda_app@{host}:{}/{name}?{options}", self.port)
    }

    /// The error of connecting, with its causes; none when the connection succeeded.
    async fn refusal(&self, host: &str, options: &str) -> Option<String> {
        let connected = amda::db::connect(&self.url(host, options).into()).await;
        connected.err().map(|error| amda::telemetry::chain(&error))
    }
}

/// The server's side of TLS; writes the authority's certificate to `file`.
fn certificates(file: &Path) -> ServerConfig {
    let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority
        .distinguished_name
        .push(DnType::CommonName, "a private authority");
    let authority_key = KeyPair::generate().unwrap();
    fs::write(file, authority.self_signed(&authority_key).unwrap().pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &Issuer::new(authority, authority_key))
        .unwrap();
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .unwrap()
}

fn socket_of(database: &TestDatabase) -> PathBuf {
    let config: tokio_postgres::Config = database.url().expose_secret().parse().unwrap();
    match &config.get_hosts()[0] {
        tokio_postgres::config::Host::Unix(folder) => folder.join(".s.PGSQL.5432"),
        tokio_postgres::config::Host::Tcp(name) => panic!("{name} is no socket"),
    }
}

/// Answers a client as PostgreSQL with `ssl = on`, and passes on what it says to the socket.
async fn relay(mut stream: TcpStream, acceptor: TlsAcceptor, socket: PathBuf) {
    let mut request = [0; 8];
    let asks = stream.read_exact(&mut request).await.is_ok() && request == SSL_REQUEST;
    if !asks || stream.write_all(b"S").await.is_err() {
        return;
    }
    // A client that refuses the certificate is what these tests are about.
    if let Ok(mut client) = acceptor.accept(stream).await {
        let mut server = UnixStream::connect(socket).await.unwrap();
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_named() {
    let server = TlsServer::start().await;
    let root = format!("sslrootcert={}", server.authority().display());

    for mode in ["require", "verify-ca", "verify-full"] {
        let options = format!("sslmode={mode}&{root}");
        assert_eq!(server.refusal("localhost", &options).await, None, "{mode}");
    }
    for mode in ["prefer", "require"] {
        let unchecked = server.refusal("localhost", &format!("sslmode={mode}")).await;
        assert_eq!(
            unchecked, None,
            "{mode} checks nothing unless an authority is named"
        );
    }
}

#[tokio::test]
async fn an_authority_that_is_not_named_is_refused_with_the_remedy() {
    let server = TlsServer::start().await;

    for mode in ["verify-ca", "verify-full"] {
        let refusal = server
            .refusal("localhost", &format!("sslmode={mode}"))
            .await
            .unwrap();
        assert!(
            refusal.contains("sslrootcert") && refusal.contains("PGSSLROOTCERT"),
            "{refusal}"
        );
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_enough_for_verify_ca_alone() {
    let server = TlsServer::start().await;
    let root = format!("sslrootcert={}", server.authority().display());

    let by_authority = server
        .refusal("127.0.0.1", &format!("sslmode=verify-ca&{root}"))
        .await;
    let by_name = server
        .refusal("127.0.0.1", &format!("sslmode=verify-full&{root}"))
        .await;

    assert_eq!(by_authority, None);
    assert!(by_name.unwrap().contains("certificate is for another name"));
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_tls_is_demanded() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let answering = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_exact(&mut [0; 8]).await.unwrap();
        stream.write_all(b"N").await.unwrap();
    });

    let url = format!("postgresql://amda@127.0.0.1:{port}/amda?sslmode=require");
    let refused = amda::db::connect(&url.into()).await.err().unwrap();

    let told = amda::telemetry::chain(&refused);
    assert!(told.contains("the server offers no TLS"), "{told}");
    answering.await.unwrap();
}

#[tokio::test]
async fn the_variables_of_libpq_and_of_the_system_name_authorities_too() {
    let server = TlsServer::start().await;
    let url = server.url("localhost", "sslmode=verify-full");
    let authority = server.authority();
    let authority = authority.to_str().unwrap();

    let unnamed = amda(server.folder.path(), &["doctor"], &[("DATABASE_URL", &url)]).await;

    assert!(unnamed.printed.contains("sslrootcert"), "{}", unnamed.printed);
    for variable in ["PGSSLROOTCERT", "SSL_CERT_FILE"] {
        let variables = [("DATABASE_URL", url.as_str()), (variable, authority)];
        let named = amda(server.folder.path(), &["doctor"], &variables).await;
        assert!(named.printed.contains("answers"), "{variable}: {}", named.printed);
        assert_eq!(named.code, Some(0), "{variable}: {}", named.printed);
    }
}
