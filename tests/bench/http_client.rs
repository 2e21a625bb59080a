//! A client that costs little: it sends the same bytes again and again, and reads of a response what tells its end.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures::future::join_all;
use memchr::memmem;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Number of connections, each with one request at a time.
const CONNECTIONS: usize = 32;

/// A GraphQL operation as an HTTP request.
pub(super) fn request(address: SocketAddr, token: Option<&str>, query: &str) -> Vec<u8> {
    let body = json!({ "query": query }).to_string();
    let authorization = token.map_or(String::new(), |token| {
        format!("authorization: Bearer {token}\r\n")
    });
    format!(
        "POST /graphql HTTP/1.1\r\nhost: {address}\r\naccept: application/json\r\ncontent-type: application/json\r\n\
         {authorization}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends `request` on connections that stay open, for so long; returns the number of responses a second.
pub(super) async fn requests_per_second(address: SocketAddr, request: &[u8], time: Duration) -> f64 {
    let started = Instant::now();
    let sending = (0..CONNECTIONS).map(async |_| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (mut response, mut count) = (Vec::new(), 0_u32);
        while started.elapsed() < time {
            stream.write_all(request).await.unwrap();
            response.clear();
            while !is_whole(&response) {
                let read = stream.read_buf(&mut response).await.unwrap();
                assert!(read > 0, "the server closed a connection");
            }
            check(&response);
            count += 1;
        }
        count
    });
    let count: u32 = join_all(sending).await.into_iter().sum();
    f64::from(count) / started.elapsed().as_secs_f64()
}

/// True when the body has the length that the head says, or the last of its chunks.
fn is_whole(response: &[u8]) -> bool {
    let Some(end) = memmem::find(response, b"\r\n\r\n") else {
        return false;
    };
    let (head, body) = (&response[..end], &response[end + 4..]);
    let Some(at) = memmem::find(head, b"content-length: ") else {
        return body.ends_with(b"0\r\n\r\n");
    };
    let digits = head[at + 16..].iter().take_while(|byte| byte.is_ascii_digit());
    let length = digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    body.len() >= length
}

fn check(response: &[u8]) {
    let is_right = response.starts_with(b"HTTP/1.1 200") && memmem::find(response, b"\"errors\"").is_none();
    assert!(is_right, "{}", String::from_utf8_lossy(response));
}
