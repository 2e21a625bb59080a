//! The account's app state: contacts, push name and mutes, as encrypted patches that every linked device applies.

use std::collections::BTreeMap;

use buffa::{Message as _, MessageField};
use serde::{Deserialize, Serialize};
use wacore::appstate::encode::encode_record;
use wacore::appstate::hash::{HashState, generate_patch_mac};
use wacore::appstate::keys::expand_app_state_keys;
use wacore::appstate::{ExpandedAppStateKeys, decode_record};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};
use waproto::whatsapp as wa;
use waproto::whatsapp::sync_action_value as action;
use waproto::whatsapp::syncd_mutation::SyncdOperation;

use super::encoded;
use super::error::{Doing as _, Result, SimulatorError};
use super::random;
use super::stanza::{attr, bytes, children, error};
use super::time;

/// The collections of WhatsApp.
const COLLECTIONS: [&str; 5] = [
    "critical_block",
    "critical_unblock_low",
    "regular_low",
    "regular_high",
    "regular",
];

/// One collection: its patches in order, and the hash that the next one builds on.
#[derive(Clone, Serialize, Deserialize)]
struct Collection {
    state: HashState,
    /// MAC of the value under each index, to take out of the hash what a later patch replaces.
    values: BTreeMap<String, Vec<u8>>,
    #[serde(with = "encoded::queue")]
    patches: std::collections::VecDeque<wa::SyncdPatch>,
}

/// The collections and the key that the phone shares with its devices.
#[derive(Serialize, Deserialize)]
pub(super) struct AppState {
    #[serde(with = "encoded")]
    key_id: Vec<u8>,
    #[serde(with = "encoded")]
    key: Vec<u8>,
    made_at: u64,
    collections: BTreeMap<String, Collection>,
}

impl AppState {
    pub(super) fn new() -> Self {
        let collections = COLLECTIONS.map(|name| {
            let collection = Collection {
                state: HashState::default(),
                values: BTreeMap::new(),
                patches: std::collections::VecDeque::new(),
            };
            (name.to_owned(), collection)
        });
        let mut key_id = vec![0, 0];
        key_id.extend(random::secret::<4>());
        Self {
            key_id,
            key: random::secret::<32>().to_vec(),
            made_at: time::now(),
            collections: collections.into(),
        }
    }

    /// The message by which the phone gives a device the key.
    pub(super) fn key_share(&self) -> wa::Message {
        let fingerprint = wa::message::AppStateSyncKeyFingerprint {
            raw_id: Some(1),
            current_index: Some(1),
            device_indexes: vec![0, 1],
        };
        let data = wa::message::AppStateSyncKeyData {
            key_data: Some(self.key.clone()),
            timestamp: i64::try_from(self.made_at).ok(),
            fingerprint: MessageField::some(fingerprint),
        };
        let key = wa::message::AppStateSyncKey {
            key_id: MessageField::some(wa::message::AppStateSyncKeyId {
                key_id: Some(self.key_id.clone()),
            }),
            key_data: MessageField::some(data),
        };
        wa::Message {
            protocol_message: MessageField::some(wa::message::ProtocolMessage {
                r#type: Some(wa::message::protocol_message::Type::APP_STATE_SYNC_KEY_SHARE),
                app_state_sync_key_share: MessageField::some(wa::message::AppStateSyncKeyShare {
                    keys: vec![key],
                }),
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    /// Sets the owner's push name.
    pub(super) fn set_push_name(&mut self, name: &str) -> Result<()> {
        let value = wa::SyncActionValue {
            push_name_setting: MessageField::some(action::PushNameSetting {
                name: Some(name.to_owned()),
            }),
            ..stamped()
        };
        self.set("critical_block", &["setting_pushName"], &value, 1)
    }

    /// Puts a contact into the address book.
    pub(super) fn set_contact(&mut self, pn: &Jid, lid: &Jid, name: &str) -> Result<()> {
        let first = name.split_whitespace().next().unwrap_or(name);
        let value = wa::SyncActionValue {
            contact_action: MessageField::some(action::ContactAction {
                full_name: Some(name.to_owned()),
                first_name: Some(first.to_owned()),
                lid_jid: Some(lid.to_string()),
                ..Default::default()
            }),
            ..stamped()
        };
        let index = ["contact", &pn.to_string()];
        self.set("critical_unblock_low", &index, &value, 2)
    }

    /// Mutes or unmutes a chat, for ever.
    pub(super) fn set_mute(&mut self, chat: &Jid, is_muted: bool) -> Result<()> {
        let value = wa::SyncActionValue {
            mute_action: MessageField::some(action::MuteAction {
                muted: Some(is_muted),
                mute_end_timestamp: is_muted.then_some(-1),
                ..Default::default()
            }),
            ..stamped()
        };
        self.set("regular_high", &["mute", &chat.to_string()], &value, 2)
    }

    /// Mutes or unmutes a contact's statuses.
    pub(super) fn set_status_mute(&mut self, author: &Jid, is_muted: bool) -> Result<()> {
        let value = wa::SyncActionValue {
            user_status_mute_action: MessageField::some(action::UserStatusMuteAction {
                muted: Some(is_muted),
            }),
            ..stamped()
        };
        let index = ["userStatusMute", &author.to_string()];
        self.set("regular_high", &index, &value, 7)
    }

    /// Appends the patch that the phone would have made.
    fn set(
        &mut self,
        collection: &str,
        index: &[&str],
        value: &wa::SyncActionValue,
        action_version: i32,
    ) -> Result<()> {
        let step = "making an app-state patch";
        let keys = expand_app_state_keys(&self.key);
        let index = serde_json::to_vec(index).doing(step)?;
        let (mutation, _) = encode_record(
            SyncdOperation::SET,
            &index,
            value,
            &keys,
            &self.key_id,
            &random::secret(),
            action_version,
        );
        let name = collection;
        let collection = self.collection(collection)?;
        let mut patch = wa::SyncdPatch {
            mutations: vec![mutation],
            ..Default::default()
        };
        collection.apply(&mut patch)?;
        patch.snapshot_mac = Some(collection.state.generate_snapshot_mac(name, &keys.snapshot_mac));
        let version = collection.state.version;
        patch.patch_mac = Some(generate_patch_mac(&patch, name, &keys.patch_mac, version));
        collection.patches.push_back(patch);
        let key_id = self.key_id.clone();
        // The key's id is outside both MACs.
        if let Some(patch) = self.collection(name)?.patches.back_mut() {
            patch.key_id = MessageField::some(wa::KeyId { id: Some(key_id) });
        }
        Ok(())
    }

    fn collection(&mut self, name: &str) -> Result<&mut Collection> {
        self.collections.get_mut(name).ok_or_else(|| {
            SimulatorError::unknown("collection", name, "WhatsApp has five, named in app_state.rs")
        })
    }

    /// The version of a collection.
    pub(super) fn version(&self, name: &str) -> u64 {
        self.collections
            .get(name)
            .map_or(0, |collection| collection.state.version)
    }

    /// Answers one `<collection>` of a sync request, and applies the patch that it may bring. The second value is true
    /// when a patch was applied.
    pub(super) fn answer(&mut self, asked: &Node) -> Result<(Node, bool)> {
        let name = attr(asked, "name");
        let (key, key_id) = (expand_app_state_keys(&self.key), self.key_id.clone());
        let answer = NodeBuilder::new("collection").attr("name", name.as_str());
        let Ok(collection) = self.collection(&name) else {
            let refusal = [error(404, "item-not-found")];
            return Ok((answer.attr("type", "error").children(refusal).build(), false));
        };
        let known = attr(asked, "version").parse().unwrap_or(0);
        let patch = asked.get_optional_child("patch").or_else(|| {
            asked
                .get_optional_child("patches")
                .and_then(|all| children(all).first())
        });
        let Some(patch) = patch else {
            return Ok((collection.since(answer, known).build(), false));
        };
        if known != collection.state.version {
            let answer = answer.attr("type", "error");
            let (patches, version) = (collection.patch_nodes(known), collection.state.version);
            let children = [error(409, "conflict"), patches];
            return Ok((answer.attr("version", version).children(children).build(), false));
        }
        let mut patch =
            wa::SyncdPatch::decode_from_slice(&bytes(patch)).doing("reading an app-state patch")?;
        let mut changed = collection.clone();
        changed.apply(&mut patch)?;
        if !is_authentic(&patch, &name, &changed.state, &key, &key_id) {
            let refusal = [error(400, "bad-request")];
            return Ok((answer.attr("type", "error").children(refusal).build(), false));
        }
        changed.patches.push_back(patch);
        let version = changed.state.version;
        *collection = changed;
        Ok((answer.attr("version", version).build(), true))
    }
}

impl Collection {
    /// Advances the hash by a patch and numbers the patch.
    fn apply(&mut self, patch: &mut wa::SyncdPatch) -> Result<()> {
        let values = &self.values;
        let (_, done) = self
            .state
            .update_hash(&patch.mutations, |index, _| Ok(values.get(&hex(index)).cloned()));
        done.doing("hashing an app-state patch")?;
        for mutation in &patch.mutations {
            let record = mutation.record.as_option();
            let index = record
                .and_then(|record| record.index.as_option())
                .and_then(|index| index.blob.as_deref())
                .map(hex)
                .unwrap_or_default();
            let mac = record
                .and_then(|record| record.value.as_option())
                .and_then(|value| value.blob.as_deref())
                .and_then(|blob| blob.last_chunk::<32>());
            let removes = mutation
                .operation
                .is_some_and(|operation| operation == SyncdOperation::REMOVE);
            match mac {
                Some(mac) if !removes => self.values.insert(index, mac.to_vec()),
                _ => self.values.remove(&index),
            };
        }
        self.state.version += 1;
        patch.version = MessageField::some(wa::SyncdVersion {
            version: Some(self.state.version),
        });
        Ok(())
    }

    /// The answer with every patch after a version.
    fn since(&self, answer: NodeBuilder, known: u64) -> NodeBuilder {
        let answer = answer.attr("version", self.state.version);
        if known < self.state.version {
            answer.children([self.patch_nodes(known)])
        } else {
            answer
        }
    }

    fn patch_nodes(&self, known: u64) -> Node {
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        let patches = self
            .patches
            .iter()
            .skip(known)
            .map(|patch| NodeBuilder::new("patch").bytes(patch.encode_to_vec()).build());
        NodeBuilder::new("patches")
            .children(patches.collect::<Vec<_>>())
            .build()
    }
}

/// True when every MAC of a patch is its maker's, who holds the account's key; `after` is the state that it leads to.
fn is_authentic(
    patch: &wa::SyncdPatch,
    name: &str,
    after: &HashState,
    key: &ExpandedAppStateKeys,
    key_id: &[u8],
) -> bool {
    let opens = patch.mutations.iter().all(|mutation| {
        let removes = mutation
            .operation
            .is_some_and(|operation| operation == SyncdOperation::REMOVE);
        let operation = if removes {
            SyncdOperation::REMOVE
        } else {
            SyncdOperation::SET
        };
        let record = mutation.record.as_option();
        record.is_some_and(|record| decode_record(operation, record, key, key_id, true).is_ok())
    });
    let whole = after.generate_snapshot_mac(name, &key.snapshot_mac);
    let own = generate_patch_mac(patch, name, &key.patch_mac, after.version);
    opens && patch.snapshot_mac == Some(whole) && patch.patch_mac == Some(own)
}

fn stamped() -> wa::SyncActionValue {
    wa::SyncActionValue {
        timestamp: i64::try_from(time::now_ms()).ok(),
        ..Default::default()
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
