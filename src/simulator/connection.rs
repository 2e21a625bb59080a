//! One socket: the handshake, then nodes in both directions until either side has enough.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use tokio::time::Instant;
use wacore::framing::{FrameDecoder, encode_frame};
use wacore::noise::NoiseCipher;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::marshal::{marshal, unmarshal_ref};
use wacore_binary::util::unpack;
use waproto::whatsapp as wa;

use super::chance;
use super::error::{Doing as _, Result, SimulatorError};
use super::line::{Line, LineEnd, Order};
use super::linking::{self, Candidate};
use super::noise;
use super::registry::{Registry, SharedWorld};
use super::stanza::{attr, child, children, iq_error, iq_result, stream_error};

/// Some clients lose a frame that comes in the moment in which their handshake ends.
const SETTLE: Duration = Duration::from_millis(100);

/// How long a client may take to leave after the last word.
const FAREWELL: Duration = Duration::from_secs(2);

/// Whom the client turned out to be.
enum Role {
    /// Nobody yet: it wants to be linked.
    Candidate(Arc<Candidate>),
    /// A linked device.
    Device { world: SharedWorld, device: u16 },
    /// Somebody whom we have told to go.
    Refused,
}

/// Serves one socket to its end.
pub(super) async fn serve(registry: Arc<Registry>, mut socket: WebSocket) {
    let handshake = match noise::accept(&mut socket, registry.identity()).await {
        Ok(handshake) => handshake,
        Err(error) => {
            tracing::debug!(%error, "a handshake failed");
            return;
        }
    };
    tokio::time::sleep(SETTLE).await;
    let (line, end) = Line::open(registry.next_line());
    let role = match open(&registry, &line, &handshake.payload).await {
        Ok(role) => role,
        Err(error) => {
            tracing::debug!(%error, "a client could not be served");
            return;
        }
    };
    let (sink, stream) = socket.split();
    let writer = Writer {
        sink,
        cipher: handshake.write,
        counter: 0,
    };
    let reader = Reader {
        stream,
        cipher: handshake.read,
        counter: 0,
        frames: handshake.frames,
    };
    tokio::select! {
        () = registry.stopped() => {}
        ended = talk(&registry, &role, &line, reader, writer, end) => {
            if let Err(error) = ended {
                tracing::debug!(%error, line.id = line.id, "a connection ended");
            }
        }
    }
    close(&registry, &role, &line).await;
}

/// Reads and writes until one of both ends.
async fn talk(
    registry: &Arc<Registry>,
    role: &Role,
    line: &Line,
    mut reader: Reader,
    mut writer: Writer,
    mut end: LineEnd,
) -> Result<()> {
    loop {
        let stalled_until = *end.stalled_until.borrow();
        if stalled_until > Instant::now() {
            tokio::select! {
                () = tokio::time::sleep_until(stalled_until) => {}
                changed = end.stalled_until.changed() => changed.doing("waiting")?,
            }
            continue;
        }
        tokio::select! {
            biased;
            changed = end.stalled_until.changed() => changed.doing("waiting")?,
            order = end.orders.recv() => match order {
                Some(Order::Send(node)) => {
                    writer.feed(&node).await?;
                    if node.tag == "stream:error" || node.tag == "failure" {
                        writer.finish().await?;
                        return reader.drain().await;
                    }
                    if end.orders.is_empty() {
                        writer.flush().await?;
                    }
                }
                Some(Order::Cut) | None => return Ok(()),
            },
            bytes = reader.read() => {
                let Some(bytes) = bytes? else { return Ok(()) };
                reader.frames.feed(&bytes);
                while let Some(node) = reader.next_node()? {
                    if let Err(error) = hear(registry, role, line, &node).await {
                        tracing::debug!(%error, tag = %node.tag, "a stanza could not be handled");
                        refuse(role, line, &node);
                    }
                }
            },
        }
    }
}

/// Tells a client whose request failed that it did, so that it need not wait.
fn refuse(role: &Role, line: &Line, node: &Node) {
    if node.tag == "iq" && !matches!(role, Role::Refused) {
        line.send(iq_error(&attr(node, "id"), 400, "bad-request"));
    }
}

/// Decides who the client is and says the first word.
async fn open(registry: &Arc<Registry>, line: &Line, payload: &wa::ClientPayload) -> Result<Role> {
    let Some(username) = payload.username else {
        let candidate = Arc::new(Candidate::new(line.clone(), payload)?);
        registry.admit(&candidate);
        line.send(candidate.offer());
        return Ok(Role::Candidate(candidate));
    };
    let device = u16::try_from(payload.device.unwrap_or(0)).unwrap_or(0);
    let Ok(shared) = registry.world(&username.to_string()) else {
        line.send(failure(401));
        return Ok(Role::Refused);
    };
    let mut world = shared.lock().await;
    if !world.devices.contains_key(&device) {
        line.send(failure(401));
        return Ok(Role::Refused);
    }
    if let Some(refusal) = world.armed.refuse() {
        line.send(refusal);
        return Ok(Role::Refused);
    }
    if let Some(old) = world.lines.insert(device, line.clone()) {
        old.send(stream_error(None, Some("replaced")));
    }
    let success = NodeBuilder::new("success")
        .attr("t", chance::now())
        .attr("props", 1)
        .attr("companion_enc_static", "")
        .attr("lid", world.owner.lid_jid().with_device(device))
        .attr("abprops", 1)
        .attr("group_abprops", 1)
        .attr("location", "frc")
        .attr("creation", 1_600_000_000);
    line.send(success.build());
    drop(world);
    Ok(Role::Device {
        world: shared,
        device,
    })
}

fn failure(reason: u16) -> Node {
    NodeBuilder::new("failure")
        .attr("reason", reason)
        .attr("location", "frc")
        .build()
}

async fn close(registry: &Arc<Registry>, role: &Role, line: &Line) {
    match role {
        Role::Candidate(candidate) => registry.dismiss(candidate),
        Role::Device { world, device } => {
            let mut world = world.lock().await;
            if world.lines.get(device).is_some_and(|open| open.id == line.id) {
                world.lines.remove(device);
            }
        }
        Role::Refused => {}
    }
}

async fn hear(registry: &Arc<Registry>, role: &Role, line: &Line, node: &Node) -> Result<()> {
    match role {
        Role::Candidate(candidate) => hear_candidate(registry, candidate, node).await,
        Role::Device { world, device } => {
            let mut world = world.lock().await;
            if world.lines.get(device).is_none_or(|open| open.id != line.id) {
                return Ok(());
            }
            let heard = match node.tag.as_ref() {
                "iq" => world.answer(*device, node, registry.shelf()).await,
                "message" => world.take_message(*device, node, registry.shelf()).await,
                "receipt" => world.take_receipt(*device, node, registry.shelf()).await,
                "ack" => {
                    let class = attr(node, "class");
                    world
                        .device_mut(*device)
                        .map(|device| device.acknowledge(&class, &attr(node, "id")))
                }
                "presence" => {
                    world.take_presence(*device, node);
                    Ok(())
                }
                "chatstate" => world.take_chatstate(*device, node),
                _ => Ok(()),
            };
            world.commit()?;
            world.heard.send_modify(|count| *count += 1);
            heard
        }
        Role::Refused => Ok(()),
    }
}

/// What a client that is not linked yet may say.
async fn hear_candidate(registry: &Arc<Registry>, candidate: &Arc<Candidate>, node: &Node) -> Result<()> {
    if node.tag != "iq" {
        return Ok(());
    }
    let id = attr(node, "id");
    if let Some(signed) = linking::signature_in(node) {
        let number = candidate
            .accepted_by()
            .ok_or(SimulatorError::Stanza("a phone that accepted it"))?;
        let world = registry.world(&number)?;
        let mut world = world.lock().await;
        candidate.complete(&mut world, signed)?;
        return world.commit();
    }
    if attr(node, "type") == "result" {
        return Ok(());
    }
    if attr(node, "xmlns") != "md" {
        candidate.line.send(iq_result(&id, Vec::new()));
        return Ok(());
    }
    let request = child(node, "link_code_companion_reg")?;
    let number = linking::number_of_hello(request);
    let Ok(world) = registry.world(&number) else {
        candidate.line.send(iq_error(&id, 404, "item-not-found"));
        return Ok(());
    };
    if attr(request, "stage") == "companion_hello" {
        let answer = candidate.hello(request)?;
        registry.await_code(&number, candidate);
        candidate.line.send(iq_result(&id, vec![answer]));
        return Ok(());
    }
    candidate.line.send(iq_result(&id, Vec::new()));
    let mut world = world.lock().await;
    candidate.finish(&mut world, request)?;
    world.commit()
}

struct Reader {
    stream: SplitStream<WebSocket>,
    cipher: NoiseCipher,
    counter: u32,
    frames: FrameDecoder,
}

impl Reader {
    /// The next bytes, or none at the end. May be dropped while it waits.
    async fn read(&mut self) -> Result<Option<Bytes>> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Binary(bytes))) => return Ok(Some(bytes)),
                Some(Ok(Message::Close(_))) | None => return Ok(None),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error).doing("reading from a socket"),
            }
        }
    }

    /// Reads what still comes until the client leaves too: a socket that is dropped with something unread is reset, and
    /// then the client may lose the last word that it was sent.
    async fn drain(&mut self) -> Result<()> {
        let rest = async { while let Ok(Some(_)) = self.read().await {} };
        let _ = tokio::time::timeout(FAREWELL, rest).await;
        Ok(())
    }

    fn next_node(&mut self) -> Result<Option<Node>> {
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
        tracing::trace!(tag = %node.tag, children = children(&node).len(), "heard");
        Ok(Some(node))
    }
}

struct Writer {
    sink: SplitSink<WebSocket, Message>,
    cipher: NoiseCipher,
    counter: u32,
}

impl Writer {
    /// Puts a stanza into the socket's buffer.
    async fn feed(&mut self, node: &Node) -> Result<()> {
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

    async fn flush(&mut self) -> Result<()> {
        self.sink.flush().await.doing("writing to a socket")
    }

    /// Sends what is left and closes.
    async fn finish(&mut self) -> Result<()> {
        self.flush().await?;
        self.sink.close().await.doing("closing a socket")
    }
}
