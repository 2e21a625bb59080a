//! Stanzas as encrypted frames on the socket, each direction with its own cipher and counter.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use wacore::framing::{FrameDecoder, encode_frame};
use wacore::noise::NoiseCipher;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::marshal::{marshal, unmarshal_ref};
use wacore_binary::util::unpack;

use crate::simulator::error::{Doing as _, Result};
use crate::simulator::noise::Handshake;
use crate::simulator::stanza::children;

/// Longest time for which a socket stays open after the last stanza.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Time without a word from the client after which a socket can be dropped.
const QUIET: Duration = Duration::from_millis(100);

/// Splits a socket whose handshake is finished.
pub(super) fn split(socket: WebSocket, handshake: Handshake) -> (Reader, Writer) {
    let (sink, stream) = socket.split();
    let reader = Reader {
        stream,
        cipher: handshake.read,
        counter: 0,
        frames: handshake.frames,
    };
    let writer = Writer {
        sink,
        cipher: handshake.write,
        counter: 0,
    };
    (reader, writer)
}

/// The client's stanzas.
pub(super) struct Reader {
    stream: SplitStream<WebSocket>,
    cipher: NoiseCipher,
    counter: u32,
    frames: FrameDecoder,
}

impl Reader {
    /// Reads the next bytes. `None` at the end of the stream. Safe to cancel.
    pub(super) async fn read(&mut self) -> Result<Option<Bytes>> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Binary(bytes))) => return Ok(Some(bytes)),
                Some(Ok(Message::Close(_))) | None => return Ok(None),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error).doing("reading from a socket"),
            }
        }
    }

    /// Reads and discards until the client closes the socket, says nothing for a moment, or the timeout is over.
    // A socket that is dropped with unread bytes is reset, and a reset can lose the last stanza that was sent.
    pub(super) async fn drain(&mut self) {
        let rest = async { while let Ok(Ok(Some(_))) = tokio::time::timeout(QUIET, self.read()).await {} };
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, rest).await;
    }

    /// Adds bytes that were read.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.frames.feed(bytes);
    }

    /// Decrypts the next whole frame. `None` until one is there.
    pub(super) fn next_node(&mut self) -> Result<Option<Node>> {
        let Some(frame) = self.frames.decode_frame() else {
            return Ok(None);
        };
        let mut frame = frame.to_vec();
        self.cipher
            .decrypt_in_place_with_counter(self.counter, &mut frame)
            .doing("decrypting a frame")?;
        self.counter = self.counter.wrapping_add(1);
        let step = "reading a stanza";
        let plain = unpack(&frame).doing(step)?;
        let node = unmarshal_ref(&plain).doing(step)?.to_owned();
        tracing::trace!(tag = %node.tag, children = children(&node).len(), "received a stanza");
        Ok(Some(node))
    }
}

/// The server's stanzas.
pub(super) struct Writer {
    sink: SplitSink<WebSocket, Message>,
    cipher: NoiseCipher,
    counter: u32,
}

impl Writer {
    /// Encrypts a stanza into the socket's buffer.
    pub(super) async fn feed(&mut self, node: &Node) -> Result<()> {
        let step = "writing a stanza";
        let plain = marshal(node).doing(step)?;
        let sealed = self
            .cipher
            .encrypt_with_counter(self.counter, &plain)
            .doing(step)?;
        self.counter = self.counter.wrapping_add(1);
        let frame = encode_frame(&sealed, None).doing(step)?;
        self.sink.feed(Message::Binary(frame.into())).await.doing(step)
    }

    /// Sends the socket's buffer.
    pub(super) async fn flush(&mut self) -> Result<()> {
        self.sink.flush().await.doing("writing to a socket")
    }

    /// Sends the socket's buffer and the end of the stream. WhatsApp sends no close frame: the socket just ends.
    pub(super) async fn finish(&mut self) -> Result<()> {
        self.feed(&NodeBuilder::new("xmlstreamend").build()).await?;
        self.flush().await
    }
}
