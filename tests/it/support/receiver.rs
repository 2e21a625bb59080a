//! Somebody else's server on loopback, which notes what it is sent and answers as a test wants.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use futures::StreamExt as _;
use serde_json::Value;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How it answers one request.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// With a status and a short body.
    Status(u16),
    /// With a status and a header.
    With(u16, &'static str, String),
    /// With 200 and a body that never ends, as fast as it can.
    Endless,
    /// With 200, a few bytes, and then no more while the connection stays.
    Stuck,
    /// Not at all.
    Never,
}

/// A request that it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Heard {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

#[derive(Debug)]
struct Script {
    answers: VecDeque<Answer>,
    otherwise: Answer,
}

/// An address where nobody listens, and nobody else can for as long as this is kept.
pub(crate) struct Nobody {
    pub(crate) address: SocketAddr,
    _socket: TcpSocket,
}

impl Nobody {
    pub(crate) fn stay() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        Self {
            address: socket.local_addr().unwrap(),
            _socket: socket,
        }
    }
}

/// A server that takes everything in with 200, unless told otherwise.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    script: Arc<Mutex<Script>>,
    heard: mpsc::UnboundedReceiver<Heard>,
}

#[derive(Clone)]
struct Inside {
    script: Arc<Mutex<Script>>,
    heard: mpsc::UnboundedSender<Heard>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::new(Mutex::new(Script {
            answers: VecDeque::new(),
            otherwise: Answer::Status(200),
        }));
        let (sender, heard) = mpsc::unbounded_channel();
        let inside = Inside {
            script: Arc::clone(&script),
            heard: sender,
        };
        let router = Router::new().fallback(take).with_state(inside);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            script,
            heard,
        }
    }

    /// Where it listens, as a user would type it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Answers the next requests so, one after the other.
    pub(crate) fn answer(&self, answers: impl IntoIterator<Item = Answer>) {
        self.script.lock().unwrap().answers.extend(answers);
    }

    /// Answers so whenever nothing else was said.
    pub(crate) fn answer_all(&self, answer: Answer) {
        let mut script = self.script.lock().unwrap();
        script.answers.clear();
        script.otherwise = answer;
    }

    /// The next request; there must be one soon.
    pub(crate) async fn next(&mut self) -> Heard {
        timeout(Duration::from_secs(20), self.heard.recv())
            .await
            .expect("the receiver is called in time")
            .expect("the receiver runs")
    }

    /// What it was sent and nobody asked for yet.
    pub(crate) fn drain(&mut self) -> Vec<Heard> {
        std::iter::from_fn(|| self.heard.try_recv().ok()).collect()
    }
}

async fn take(State(inside): State<Inside>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let answer = {
        let mut script = inside.script.lock().unwrap();
        let next = script.answers.pop_front();
        next.unwrap_or_else(|| script.otherwise.clone())
    };
    // A test that ended no longer listens.
    let _ = inside.heard.send(Heard { uri, headers, body });
    let chunk = |text: &'static [u8]| Ok::<_, Infallible>(Bytes::from_static(text));
    match answer {
        Answer::Status(status) => respond(status, None, Body::from(format!("answer {status}"))),
        Answer::With(status, name, value) => respond(status, Some((name, value)), Body::empty()),
        Answer::Endless => {
            let forever = futures::stream::repeat(chunk(&[b'x'; 8192]));
            respond(200, None, Body::from_stream(forever))
        }
        Answer::Stuck => {
            let stuck = futures::stream::iter([chunk(b"wait")]).chain(futures::stream::pending());
            respond(200, None, Body::from_stream(stuck))
        }
        Answer::Never => std::future::pending().await,
    }
}

fn respond(status: u16, header: Option<(&str, String)>, body: Body) -> Response {
    let mut response = Response::builder().status(status);
    if let Some((name, value)) = header {
        response = response.header(name, value);
    }
    response.body(body).unwrap()
}
