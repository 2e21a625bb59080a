//! A server that clients reach by nginx alone, over TLS and by its name.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use amda::app::Tuning;
use amda::features::users::Limits;
use rcgen::generate_simple_self_signed;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::nginx::{Listeners, Nginx};
use crate::program::free_port;
use crate::support::app::{PASSWORD, TestApp, tuning};
use crate::support::websocket::Socket;

/// The name in `deploy/nginx.conf`.
pub(super) const NAME: &str = "amda.example.org";

/// The server and the nginx in front of it.
pub(super) struct Front {
    pub(super) app: TestApp,
    pub(super) nginx: Nginx,
    certificate: CertificateDer<'static>,
}

/// A client at an address of its own.
pub(super) struct Caller<'a> {
    front: &'a Front,
    from: IpAddr,
    pub(super) http: Client,
    pub(super) token: Option<String>,
}

impl Front {
    /// Both, with the limits of service and one proxy that is believed.
    pub(super) async fn open() -> Self {
        // The client of TLS is not built without one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let listeners = Listeners {
            https: at(free_port()),
            http: at(free_port()),
        };
        let public_url = format!("https://{NAME}:{}", listeners.https.port());
        let tuning = Tuning {
            limits: Some(Limits::in_service()),
            ..tuning()
        };
        let app = TestApp::start_tuned(
            |config| {
                config.public_url = public_url.parse().unwrap();
                config.proxies = 1;
            },
            tuning,
        )
        .await;
        let certificate = generate_simple_self_signed([NAME.to_owned()]).unwrap();
        let nginx = Nginx::start(app.app.address, &listeners, &certificate);
        Self {
            app,
            nginx,
            certificate: certificate.cert.der().clone(),
        }
    }

    /// The address by which clients call it.
    pub(super) fn url(&self, path: &str) -> String {
        format!("https://{NAME}:{}{path}", self.nginx.https.port())
    }

    /// A client at the address 127.0.0.`last`.
    pub(super) fn caller(&self, last: u8) -> Caller<'_> {
        let from = IpAddr::from([127, 0, 0, last]);
        let http = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .local_address(from)
            .resolve(NAME, self.nginx.https)
            .tls_backend_preconfigured(self.tls())
            .build()
            .unwrap();
        Caller {
            front: self,
            from,
            http,
            token: None,
        }
    }

    fn tls(&self) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth()
    }
}

impl Caller<'_> {
    /// Sends an operation, with further headers.
    pub(super) async fn send(&self, query: &str, variables: Value, headers: &[(&str, &str)]) -> Response {
        let mut request = self.http.post(self.front.url("/graphql"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let body = json!({ "query": query, "variables": variables });
        request.json(&body).send().await.unwrap()
    }

    /// The data of an operation that must succeed.
    pub(super) async fn run(&self, query: &str, variables: Value) -> Value {
        let response = self.send(query, variables, &[]).await;
        assert_eq!(response.status(), StatusCode::OK);
        let mut body: Value = response.json().await.unwrap();
        assert!(body.get("errors").is_none(), "{body:#}");
        body["data"].take()
    }

    /// Registers somebody and signs the client in; answers with the code of the first error instead.
    pub(super) async fn register(&mut self, email: &str, headers: &[(&str, &str)]) -> Result<(), String> {
        let query =
            "mutation ($input: RegisterInput!) { register(input: $input) { accessToken errors { code } } }";
        let input = json!({"input": {"email": email, "password": PASSWORD}});
        let answer: Value = self.send(query, input, headers).await.json().await.unwrap();
        let payload = &answer["data"]["register"];
        self.token = payload["accessToken"].as_str().map(str::to_owned);
        match &self.token {
            Some(_) => Ok(()),
            None => Err(payload["errors"][0]["code"].as_str().unwrap().to_owned()),
        }
    }

    /// Opens a socket as a page of `origin`, or as no page.
    pub(super) async fn connect(
        &self,
        origin: Option<&str>,
    ) -> Result<Socket<TlsStream<tokio::net::TcpStream>>, tungstenite::Error> {
        let url = self.front.url("/graphql").replacen("https", "wss", 1);
        let mut request = url.into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        if let Some(origin) = origin {
            headers.insert("origin", origin.parse().unwrap());
        }
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(self.from, 0)).unwrap();
        let stream = socket.connect(self.front.nginx.https).await.unwrap();
        let connector = TlsConnector::from(Arc::new(self.front.tls()));
        let name = ServerName::try_from(NAME).unwrap();
        let stream = connector.connect(name, stream).await.unwrap();
        let (stream, _) = tokio_tungstenite::client_async(request, stream).await?;
        Ok(Socket::over(stream))
    }
}
