//! The login: the first stanza of the server, and the role that the client has from then on.

use std::sync::Arc;

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::Handle;
use crate::simulator::error::Result;
use crate::simulator::linking::Candidate;
use crate::simulator::noise::Handshake;
use crate::simulator::registry::{Registry, SharedWorld};
use crate::simulator::stanza::stream_error;
use crate::simulator::time;

/// The role of a connected client.
pub(super) enum Role {
    /// Not linked yet: it shows QR codes or asks for a pairing code.
    Candidate(Arc<Candidate>),
    /// A linked device.
    Device { world: SharedWorld, device: u16 },
    /// Refused: it was sent the reason and must leave.
    Refused,
}

/// Sends the first stanza that the client's payload calls for, and returns its role.
pub(super) async fn log_in(registry: &Arc<Registry>, handle: &Handle, handshake: &Handshake) -> Result<Role> {
    let payload = &handshake.payload;
    let Some(username) = payload.username else {
        let candidate = Candidate::new(handle.clone(), payload, handshake.client_key)?;
        let candidate = Arc::new(candidate);
        registry.register_candidate(&candidate);
        handle.send(candidate.offer());
        return Ok(Role::Candidate(candidate));
    };
    let device = u16::try_from(payload.device.unwrap_or(0)).unwrap_or(0);
    let Ok(shared) = registry.world(&username.to_string()) else {
        handle.send(failure(401));
        return Ok(Role::Refused);
    };
    let mut world = shared.lock().await;
    let is_known = world
        .devices
        .get_mut(&device)
        .is_some_and(|device| device.proves_itself(handshake.client_key));
    if !is_known {
        handle.send(failure(401));
        return Ok(Role::Refused);
    }
    if let Some(refusal) = world.pending_faults.take_login_refusal() {
        handle.send(refusal);
        return Ok(Role::Refused);
    }
    let old = world.connections.insert(device, handle.clone());
    world
        .logins
        .count(old.as_ref().is_some_and(|old| !old.is_closed()));
    if let Some(old) = old {
        old.send(stream_error(None, Some("replaced")));
    }
    let success = NodeBuilder::new("success")
        .attr("t", time::now())
        .attr("props", 1)
        .attr("companion_enc_static", "")
        .attr("lid", world.owner.lid_jid().with_device(device))
        .attr("abprops", 1)
        .attr("group_abprops", 1)
        .attr("location", "frc")
        .attr("creation", 1_600_000_000);
    handle.send(success.build());
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

/// Forgets a connection that has ended.
pub(super) async fn log_out(registry: &Arc<Registry>, role: &Role, handle: &Handle) {
    match role {
        Role::Candidate(candidate) => registry.remove_candidate(candidate),
        Role::Device { world, device } => {
            let mut world = world.lock().await;
            if world
                .connections
                .get(device)
                .is_some_and(|open| open.id == handle.id)
            {
                world.connections.remove(device);
            }
        }
        Role::Refused => {}
    }
}
