//! The history that the phone sends to a newly linked device: recent chats, and people's names.

use std::collections::BTreeMap;

use buffa::{Message as _, MessageField};
use waproto::whatsapp as wa;
use waproto::whatsapp::history_sync::HistorySyncType;
use waproto::whatsapp::message::HistorySyncType as Announced;
use waproto::whatsapp::message::protocol_message::Type;

use super::content::innermost;
use super::error::Result;
use super::media::MediaStore;
use super::message_log::LoggedMessage;
use super::world::{Chat, World};

/// Number of messages in the history.
const HISTORY_MESSAGES: usize = 200;

/// The timer of a disappearing chat; 0 seconds where messages stay.
struct Timer {
    seconds: u32,
    /// Seconds since 1970.
    set_at: u64,
}

impl World {
    /// Sends a device the first part of the history, which refers to blobs on the media server.
    pub(super) async fn send_history(&mut self, device: u16, media: &MediaStore) -> Result<()> {
        let chats = wa::HistorySync {
            sync_type: HistorySyncType::INITIAL_BOOTSTRAP,
            conversations: self.conversations()?,
            phone_number_to_lid_mappings: self.lid_mappings(),
            chunk_order: Some(1),
            progress: Some(100),
            ..Default::default()
        };
        let names = wa::HistorySync {
            sync_type: HistorySyncType::PUSH_NAME,
            pushnames: self.push_names(),
            chunk_order: Some(1),
            progress: Some(100),
            ..Default::default()
        };
        for (part, kind) in [
            (chats, Announced::INITIAL_BOOTSTRAP),
            (names, Announced::PUSH_NAME),
        ] {
            let blob = zlib_stored(&part.encode_to_vec());
            let mut notice = media.store_history(&blob)?;
            notice.sync_type = Some(kind);
            notice.chunk_order = Some(1);
            notice.progress = Some(100);
            let message = wa::Message {
                protocol_message: MessageField::some(wa::message::ProtocolMessage {
                    r#type: Some(Type::HISTORY_SYNC_NOTIFICATION),
                    history_sync_notification: MessageField::some(notice),
                    ..Default::default()
                }),
                ..Default::default()
            };
            self.send_as_peer(device, &message).await?;
        }
        Ok(())
    }

    fn conversations(&self) -> Result<Vec<wa::Conversation>> {
        let mut by_chat: BTreeMap<String, Vec<wa::HistorySyncMsg>> = BTreeMap::new();
        let timers = self.timers()?;
        for chat in timers.keys() {
            by_chat.entry(chat.clone()).or_default();
        }
        for (order, logged) in self.log.latest(HISTORY_MESSAGES).enumerate() {
            if logged.chat == Chat::Status || is_left_out(&logged.message) {
                continue;
            }
            let chat = self.chat_jid(&logged.chat)?.to_string();
            let message = wa::HistorySyncMsg {
                message: MessageField::some(self.web_message(logged, &chat)?),
                msg_order_id: u64::try_from(order).ok(),
            };
            by_chat.entry(chat).or_default().push(message);
        }
        let conversations = by_chat.into_iter().map(|(id, mut messages)| {
            messages.reverse();
            let newest = messages.first().and_then(|first| first.message.as_option());
            let newest = newest.and_then(|message| message.message_timestamp);
            let timer = timers.get(&id);
            let person = id.parse().ok().and_then(|jid| self.find_person(&jid));
            wa::Conversation {
                pn_jid: person.map(|person| person.pn_jid().to_string()),
                lid_jid: person.map(|person| person.lid_jid().to_string()),
                messages,
                conversation_timestamp: newest.max(timer.map(|timer| timer.set_at)),
                ephemeral_expiration: timer.map(|timer| timer.seconds),
                ephemeral_setting_timestamp: timer.and_then(|timer| i64::try_from(timer.set_at).ok()),
                id,
                ..Default::default()
            }
        });
        Ok(conversations.collect())
    }

    /// The timers of disappearing chats, by the JIDs of the chats.
    fn timers(&self) -> Result<BTreeMap<String, Timer>> {
        let mut timers = BTreeMap::new();
        for logged in self.log.latest(usize::MAX) {
            let setting = innermost(&logged.message).protocol_message.as_option();
            let setting = setting.filter(|setting| setting.r#type == Some(Type::EPHEMERAL_SETTING));
            if let Some(setting) = setting {
                let timer = Timer {
                    seconds: setting.ephemeral_expiration.unwrap_or(0),
                    set_at: logged.at,
                };
                timers.insert(self.chat_jid(&logged.chat)?.to_string(), timer);
            }
        }
        Ok(timers)
    }

    /// The messages of a chat before the one with this id, newest first.
    pub(super) fn conversation_before(&self, chat: &str, id: &str, count: usize) -> Result<wa::Conversation> {
        let wanted = chat.parse().ok().and_then(|jid| self.chat_of(&jid));
        let earlier = self.log.latest(usize::MAX).take_while(|logged| logged.id != id);
        let mut of_chat: Vec<&LoggedMessage> = earlier
            .filter(|logged| Some(&logged.chat) == wanted.as_ref() && !is_left_out(&logged.message))
            .collect();
        of_chat.reverse();
        of_chat.truncate(count);
        let mut messages = Vec::new();
        for logged in of_chat {
            messages.push(wa::HistorySyncMsg {
                message: MessageField::some(self.web_message(logged, chat)?),
                msg_order_id: None,
            });
        }
        Ok(wa::Conversation {
            id: chat.to_owned(),
            messages,
            ..Default::default()
        })
    }

    pub(super) fn web_message(&self, logged: &LoggedMessage, chat: &str) -> Result<wa::WebMessageInfo> {
        let author = self.person(&logged.author)?;
        let name = self.jid_of(author).to_string();
        let is_shared = !matches!(logged.chat, Chat::With(_));
        Ok(wa::WebMessageInfo {
            key: MessageField::some(wa::MessageKey {
                remote_jid: Some(chat.to_owned()),
                from_me: Some(author.number == self.owner.number),
                id: Some(logged.id.clone()),
                participant: is_shared.then_some(name),
            }),
            message: MessageField::some(logged.message.clone()),
            message_timestamp: Some(logged.at),
            push_name: Some(author.name.clone()),
            ..Default::default()
        })
    }

    fn push_names(&self) -> Vec<wa::Pushname> {
        let people = self.contacts.values();
        people
            .map(|person| wa::Pushname {
                id: Some(self.jid_of(person).to_string()),
                pushname: Some(person.name.clone()),
            })
            .collect()
    }

    fn lid_mappings(&self) -> Vec<wa::PhoneNumberToLIDMapping> {
        let people = self.contacts.values();
        people
            .map(|person| wa::PhoneNumberToLIDMapping {
                pn_jid: Some(person.pn_jid().to_string()),
                lid_jid: Some(person.lid_jid().to_string()),
            })
            .collect()
    }
}

/// True for a message that phones leave out of the history: view-once media, reactions, edits and deletions.
fn is_left_out(message: &wa::Message) -> bool {
    let inner = innermost(message);
    inner.protocol_message.is_set() || inner.reaction_message.is_set() || is_view_once(message)
}

/// True for media that are to be seen once.
pub(super) fn is_view_once(message: &wa::Message) -> bool {
    let inner = innermost(message);
    let flags = [
        inner.image_message.as_option().and_then(|image| image.view_once),
        inner.video_message.as_option().and_then(|video| video.view_once),
        inner.audio_message.as_option().and_then(|audio| audio.view_once),
    ];
    flags.contains(&Some(true))
}

/// A zlib stream that compresses nothing, which every reader of zlib takes.
pub(super) fn zlib_stored(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(usize::from(u16::MAX)).peekable();
    if blocks.peek().is_none() {
        stream.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (low, high) = bytes.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    stream.extend(((high << 16) | low).to_be_bytes());
    stream
}
