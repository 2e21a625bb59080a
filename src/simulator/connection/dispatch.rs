//! The stanzas of a client, each to its handler.

use std::sync::Arc;

use wacore_binary::Node;

use super::Handle;
use super::login::Role;
use crate::simulator::error::{Result, SimulatorError};
use crate::simulator::linking::{self, Candidate};
use crate::simulator::registry::Registry;
use crate::simulator::stanza::{attr, child, iq_error, iq_result};

/// Handles one stanza of a client.
pub(super) async fn dispatch(
    registry: &Arc<Registry>,
    role: &Role,
    handle: &Handle,
    node: &Node,
) -> Result<()> {
    match role {
        Role::Candidate(candidate) => dispatch_unlinked(registry, candidate, node).await,
        Role::Device { world, device } => {
            let mut world = world.lock().await;
            if world
                .connections
                .get(device)
                .is_none_or(|open| open.id != handle.id)
            {
                return Ok(());
            }
            let handled = match node.tag.as_ref() {
                "iq" => world.handle_iq(*device, node, registry.media()).await,
                "message" => world.handle_message(*device, node, registry.media()).await,
                "receipt" => world.handle_receipt(*device, node, registry.media()).await,
                "ack" => {
                    let class = attr(node, "class");
                    world
                        .device_mut(*device)
                        .map(|device| device.acknowledge(&class, &attr(node, "id")))
                }
                "presence" => {
                    world.handle_presence(*device, node);
                    Ok(())
                }
                "chatstate" => world.handle_chatstate(*device, node),
                _ => Ok(()),
            };
            world.commit()?;
            world.activity.send_modify(|count| *count += 1);
            let letters = std::mem::take(&mut world.letters);
            drop(world);
            registry.deliver_letters(letters).await?;
            handled
        }
        Role::Refused => Ok(()),
    }
}

/// Answers a request that failed with an error, so that the client does not wait for it.
pub(super) fn refuse(role: &Role, handle: &Handle, node: &Node) {
    if node.tag == "iq" && !matches!(role, Role::Refused) {
        handle.send(iq_error(&attr(node, "id"), 400, "bad-request"));
    }
}

/// Handles one stanza of a client that is not linked yet.
async fn dispatch_unlinked(registry: &Arc<Registry>, candidate: &Arc<Candidate>, node: &Node) -> Result<()> {
    if node.tag != "iq" {
        return Ok(());
    }
    let id = attr(node, "id");
    if let Some(signed) = linking::pair_device_sign(node) {
        let number = candidate
            .accepted_by()
            .ok_or(SimulatorError::Stanza("a phone that accepted it"))?;
        let world = registry.world(&number)?;
        let mut world = world.lock().await;
        candidate.complete_link(&mut world, signed)?;
        return world.commit();
    }
    if attr(node, "type") == "result" {
        return Ok(());
    }
    if attr(node, "xmlns") != "md" {
        candidate.connection.send(iq_result(&id, Vec::new()));
        return Ok(());
    }
    let request = child(node, "link_code_companion_reg")?;
    let number = linking::requested_number(request);
    let Ok(world) = registry.world(&number) else {
        candidate.connection.send(iq_error(&id, 404, "item-not-found"));
        return Ok(());
    };
    if attr(request, "stage") == "companion_hello" {
        let answer = candidate.begin_code_pairing(request)?;
        registry.register_for_code(&number, candidate);
        candidate.connection.send(iq_result(&id, vec![answer]));
        return Ok(());
    }
    candidate.connection.send(iq_result(&id, Vec::new()));
    let mut world = world.lock().await;
    candidate.finish_code_pairing(&mut world, request)?;
    world.commit()
}
