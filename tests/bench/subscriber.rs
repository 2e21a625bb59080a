//! A subscriber that costs little: it counts events by their frames, and parses nothing.

use std::net::SocketAddr;

use memchr::memmem;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The bytes at the start of a message among which its type is.
const START: usize = 40;
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// A subscription on a socket of its own.
pub(super) struct Subscriber {
    stream: TcpStream,
    /// Bytes that were read, and are no whole frame yet.
    unread: Vec<u8>,
}

/// The events that came at once.
#[derive(Default)]
pub(super) struct Heard {
    /// The number of events.
    pub(super) events: usize,
    /// The bytes of their messages.
    pub(super) bytes: usize,
    is_acknowledged: bool,
}

impl Subscriber {
    /// Connects, introduces itself with `token` and subscribes.
    pub(super) async fn open(address: SocketAddr, token: &str, document: &str) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let request = format!(
            "GET /graphql HTTP/1.1\r\nhost: {address}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             sec-websocket-protocol: graphql-transport-ws\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while memmem::find(&head, b"\r\n\r\n").is_none() {
            head.push(stream.read_u8().await.unwrap());
        }
        assert!(
            head.starts_with(b"HTTP/1.1 101"),
            "{}",
            String::from_utf8_lossy(&head)
        );
        let mut subscriber = Self {
            stream,
            unread: Vec::new(),
        };
        let init = json!({ "type": "connection_init", "payload": { "token": token } });
        subscriber.send(TEXT, init.to_string().as_bytes()).await;
        while !subscriber.hear().await.is_acknowledged {}
        let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": document } });
        subscriber.send(TEXT, subscribe.to_string().as_bytes()).await;
        subscriber
    }

    /// Waits for something to come; pings are answered.
    pub(super) async fn hear(&mut self) -> Heard {
        let read = self.stream.read_buf(&mut self.unread).await.unwrap();
        assert!(read > 0, "the server closed a socket");
        let (mut heard, mut at) = (Heard::default(), 0);
        let mut pings = Vec::new();
        while let Some((kind, payload)) = frame(&self.unread[at..]) {
            let message = &self.unread[at + payload.start..at + payload.end];
            let start = &message[..message.len().min(START)];
            let is = |name: &[u8]| memmem::find(start, name).is_some();
            match kind {
                TEXT if is(b"\"next\"") => {
                    assert!(memmem::find(message, b"\"errors\"").is_none(), "an event failed");
                    heard.events += 1;
                    heard.bytes += message.len();
                }
                TEXT if is(b"\"connection_ack\"") => heard.is_acknowledged = true,
                TEXT if is(b"\"ping\"") => pings.push((TEXT, br#"{"type":"pong"}"#.to_vec())),
                PING => pings.push((PONG, message.to_vec())),
                TEXT | CLOSE => panic!("the server said {}", String::from_utf8_lossy(message)),
                _ => {}
            }
            at += payload.end;
        }
        self.unread.drain(..at);
        for (kind, payload) in pings {
            self.send(kind, &payload).await;
        }
        heard
    }

    /// Sends a frame, whose mask of zeros leaves the payload as it is.
    async fn send(&mut self, kind: u8, payload: &[u8]) {
        let mut frame = vec![0x80 | kind];
        match u8::try_from(payload.len()) {
            Ok(length) if length < 126 => frame.push(0x80 | length),
            _ => {
                frame.push(0x80 | 0x7e);
                frame.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        self.stream.write_all(&frame).await.unwrap();
    }
}

/// The kind of the first frame in `bytes`, and the place of its payload; none while it is not whole.
fn frame(bytes: &[u8]) -> Option<(u8, std::ops::Range<usize>)> {
    let (kind, length) = (*bytes.first()? & 0x0F, usize::from(*bytes.get(1)?));
    let (start, length) = match length {
        126 => (
            4,
            usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)),
        ),
        127 => panic!("an event is larger than 64 KiB"),
        length => (2, length),
    };
    let payload = start..start + length;
    (bytes.len() >= payload.end).then_some((kind, payload))
}
