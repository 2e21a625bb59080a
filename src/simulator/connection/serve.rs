//! The task of one connection, from the handshake to the end.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::WebSocket;
use tokio::time::Instant;
use wacore_binary::Node;

use super::Handle;
use super::dispatch::{dispatch, refuse};
use super::frames::{self, Reader, Writer};
use super::handle::{Command, Commands};
use super::login::{Role, log_in, log_out};
use crate::simulator::error::{Doing as _, Result};
use crate::simulator::noise;
use crate::simulator::registry::Registry;

/// Pause after the handshake: some clients lose a frame that arrives in the moment in which theirs ends.
const POST_HANDSHAKE_DELAY: Duration = Duration::from_millis(100);

/// Serves one socket to its end.
pub(crate) async fn serve(registry: Arc<Registry>, mut socket: WebSocket) {
    let handshake = match noise::accept(&mut socket, registry.identity()).await {
        Ok(handshake) => handshake,
        Err(error) => {
            tracing::debug!(%error, "a handshake failed");
            return;
        }
    };
    tokio::time::sleep(POST_HANDSHAKE_DELAY).await;
    let (handle, commands) = Handle::open(registry.next_connection_id());
    let role = match log_in(&registry, &handle, &handshake).await {
        Ok(role) => role,
        Err(error) => {
            tracing::debug!(%error, "a client could not be logged in");
            return;
        }
    };
    let (reader, writer) = frames::split(socket, handshake);
    let connection = Connection {
        registry: &registry,
        role: &role,
        handle: &handle,
        reader,
        writer,
    };
    tokio::select! {
        () = registry.stopped() => {}
        ended = connection.run(commands) => {
            if let Err(error) = ended {
                tracing::debug!(%error, connection.id = handle.id, "a connection ended");
            }
        }
    }
    log_out(&registry, &role, &handle).await;
}

/// A connection whose client is logged in.
struct Connection<'a> {
    registry: &'a Arc<Registry>,
    role: &'a Role,
    handle: &'a Handle,
    reader: Reader,
    writer: Writer,
}

impl Connection<'_> {
    /// Reads and writes until the client or the server ends the connection.
    async fn run(mut self, mut commands: Commands) -> Result<()> {
        loop {
            let stalled_until = *commands.stalled_until.borrow();
            if stalled_until > Instant::now() {
                tokio::select! {
                    () = tokio::time::sleep_until(stalled_until) => {}
                    changed = commands.stalled_until.changed() => changed.doing("waiting")?,
                }
                continue;
            }
            tokio::select! {
                biased;
                changed = commands.stalled_until.changed() => changed.doing("waiting")?,
                command = commands.queue.recv() => match command {
                    Some(Command::Send(node)) => {
                        self.writer.feed(&node).await?;
                        if node.tag == "stream:error" || node.tag == "failure" {
                            self.writer.finish().await?;
                            self.reader.drain().await;
                            return Ok(());
                        }
                        if commands.queue.is_empty() {
                            self.writer.flush().await?;
                        }
                    }
                    Some(Command::Disconnect) | None => return Ok(()),
                },
                bytes = self.reader.read() => {
                    let Some(bytes) = bytes? else { return Ok(()) };
                    self.reader.feed(&bytes);
                    while let Some(node) = self.reader.next_node()? {
                        self.handle(&node).await;
                    }
                },
            }
        }
    }

    async fn handle(&self, node: &Node) {
        if let Err(error) = dispatch(self.registry, self.role, self.handle, node).await {
            tracing::debug!(%error, tag = %node.tag, "a stanza could not be handled");
            refuse(self.role, self.handle, node);
        }
    }
}
