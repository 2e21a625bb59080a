//! A socket to the server: the Noise handshake, and nodes in both directions.

use std::time::Duration;

use amda::simulator::Simulator;
use futures::{SinkExt as _, StreamExt as _};
use prost::Message as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::binary::Node;
use super::curve::{KeyPair, untyped, verify};
use super::noise::{self, Cipher};
use super::proto::{
    Certificate, CertificateChain, CertificateDetails, ClientFinish, ClientPayload, ClientSide, Handshake,
};

/// The header of every connection, which the handshake covers too.
const HEADER: &[u8] = b"WA\x06\x03";
/// Time that a test waits for anything. Only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(30);

/// The end of a stream, as the client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The server said farewell with a WebSocket close frame.
    CloseFrame,
    /// The socket just ended.
    Abrupt,
}

/// An open connection.
pub(crate) struct Connection {
    frames: Frames,
    ours: Cipher,
    servers: Cipher,
    /// Nodes that no test has asked for.
    unclaimed: Vec<Node>,
}

/// Frames of three bytes of length and a body, over WebSocket messages that need not end where they do.
struct Frames {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    received: Vec<u8>,
}

impl Connection {
    /// Connects, and shakes hands with this static key.
    pub(crate) async fn open(simulator: &Simulator, key: &KeyPair, payload: &ClientPayload) -> Self {
        let (socket, _) = connect_async(simulator.websocket_url())
            .await
            .expect("it listens");
        let mut frames = Frames {
            socket,
            received: Vec::new(),
        };
        let mut noise = noise::Handshake::new(HEADER);
        let ephemeral = KeyPair::generate();
        noise.authenticate(&ephemeral.public);
        let hello = Handshake {
            client_hello: Some(ClientSide {
                ephemeral: Some(ephemeral.public.to_vec()),
            }),
            ..Handshake::default()
        };
        frames.send(HEADER, &hello.encode_to_vec()).await;

        let answer = frames.next().await.expect("the server answers");
        let answer = Handshake::decode(&*answer).expect("the answer is a handshake");
        let answer = answer.server_hello.expect("the server says hello");
        let theirs = untyped(answer.ephemeral.as_deref().unwrap_or_default());
        noise.authenticate(&theirs);
        noise.agree(&ephemeral, &theirs);
        let server = untyped(&noise.open(answer.sealed_static.as_deref().unwrap_or_default()));
        noise.agree(&ephemeral, &server);
        let certificates = noise.open(answer.payload.as_deref().unwrap_or_default());
        check_certificates(&certificates, &server);

        let sealed_static = noise.seal(&key.public);
        noise.agree(key, &theirs);
        let finish = Handshake {
            client_finish: Some(ClientFinish {
                sealed_static: Some(sealed_static),
                payload: Some(noise.seal(&payload.encode_to_vec())),
            }),
            ..Handshake::default()
        };
        frames.send(&[], &finish.encode_to_vec()).await;
        let (ours, servers) = noise.finish();
        Self {
            frames,
            ours,
            servers,
            unclaimed: Vec::new(),
        }
    }

    pub(crate) async fn send(&mut self, node: &Node) {
        let sealed = self.ours.seal(&[], &node.encode());
        self.frames.send(&[], &sealed).await;
    }

    /// Sends a request and returns the answer, be it a result or an error.
    pub(crate) async fn ask(&mut self, request: Node) -> Node {
        let id = request.text("id").to_owned();
        self.send(&request).await;
        self.wait("the answer", |node| node.tag == "iq" && node.text("id") == id)
            .await
    }

    /// The first node that is wanted; others stay for later questions.
    pub(crate) async fn wait(&mut self, what: &str, is_wanted: impl Fn(&Node) -> bool) -> Node {
        if let Some(at) = self.unclaimed.iter().position(&is_wanted) {
            return self.unclaimed.remove(at);
        }
        loop {
            match self.next().await {
                Ok(node) if is_wanted(&node) => return node,
                Ok(node) => self.unclaimed.push(node),
                Err(end) => panic!("{end:?} before {what}; seen: {:#?}", self.unclaimed),
            }
        }
    }

    /// The next node, or the way in which the stream ended.
    pub(crate) async fn next(&mut self) -> Result<Node, End> {
        let sealed = self.frames.next().await?;
        Ok(Node::decode(&self.servers.open(&[], &sealed)))
    }

    /// What came and nobody asked for.
    pub(crate) fn unclaimed(&self) -> &[Node] {
        &self.unclaimed
    }
}

impl Frames {
    async fn send(&mut self, before: &[u8], body: &[u8]) {
        let length = u32::try_from(body.len()).expect("frames are short").to_be_bytes();
        let frame = [before, &length[1..], body].concat();
        self.socket
            .send(Frame::Binary(frame.into()))
            .await
            .expect("the socket is open");
    }

    async fn next(&mut self) -> Result<Vec<u8>, End> {
        loop {
            if let Some((&[high, middle, low], rest)) = self.received.split_first_chunk() {
                let length = u32::from_be_bytes([0, high, middle, low]) as usize;
                if let Some(body) = rest.get(..length) {
                    let body = body.to_vec();
                    self.received.drain(..3 + length);
                    return Ok(body);
                }
            }
            let next = timeout(PATIENCE, self.socket.next()).await;
            match next.expect("the server says something in time") {
                Some(Ok(Frame::Binary(bytes))) => self.received.extend(bytes),
                Some(Ok(Frame::Close(_))) => return Err(End::CloseFrame),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(End::Abrupt),
            }
        }
    }
}

/// Checks that the chain is signed link by link and vouches for the server's key. The root is the simulator's own.
fn check_certificates(chain: &[u8], server: &[u8]) {
    let chain = CertificateChain::decode(chain).expect("it is a chain");
    let details = |certificate: &Option<Certificate>| {
        let certificate = certificate.clone().expect("both links are there");
        let bytes = certificate.details.expect("a certificate has details");
        let details = CertificateDetails::decode(&*bytes).expect("they are details");
        (
            bytes,
            details,
            certificate.signature.expect("a certificate is signed"),
        )
    };
    let (_, issuer, _) = details(&chain.intermediate);
    let (signed, leaf, signature) = details(&chain.leaf);
    let issuer_key = untyped(issuer.key.as_deref().unwrap_or_default());
    assert!(verify(&issuer_key, &signed, &signature));
    assert_eq!(leaf.issuer_serial, issuer.serial);
    assert_eq!(leaf.key.as_deref(), Some(server));
}
