//! Requests of a device to its own phone: for the app-state key, for older messages, and for those that it could not read.

use buffa::{Message as _, MessageField};
use waproto::whatsapp as wa;
use waproto::whatsapp::history_sync::HistorySyncType;
use waproto::whatsapp::message::peer_data_operation_request_message::HistorySyncOnDemandRequest;
use waproto::whatsapp::message::peer_data_operation_request_response_message::PeerDataOperationResult;
use waproto::whatsapp::message::peer_data_operation_request_response_message::peer_data_operation_result::PlaceholderMessageResendResponse;
use waproto::whatsapp::message::protocol_message::Type;
use waproto::whatsapp::message::{
    HistorySyncType as Announced, PeerDataOperationRequestMessage, PeerDataOperationRequestResponseMessage,
    PeerDataOperationRequestType as Operation, ProtocolMessage,
};

use super::error::Result;
use super::history_sync::{is_view_once, zlib_stored};
use super::media::MediaStore;
use super::message_log::LoggedMessage;
use super::world::World;

/// Number of older messages that are sent when a device does not say how many it wants.
const DEFAULT_COUNT: usize = 50;

impl World {
    /// Handles a message of a device to its own phone, which has this id.
    pub(super) async fn handle_peer_message(
        &mut self,
        device: u16,
        id: &str,
        message: &wa::Message,
        media: &MediaStore,
    ) -> Result<()> {
        let Some(protocol) = message.protocol_message.as_option() else {
            return Ok(());
        };
        if protocol.r#type == Some(Type::APP_STATE_SYNC_KEY_REQUEST) {
            return self.share_app_state_key(device).await;
        }
        let Some(request) = protocol.peer_data_operation_request_message.as_option() else {
            return Ok(());
        };
        let answer = match request.peer_data_operation_request_type {
            Some(Operation::HISTORY_SYNC_ON_DEMAND) => {
                let Some(wanted) = request.history_sync_on_demand_request.as_option() else {
                    return Ok(());
                };
                self.older_messages(id, wanted, media)?
            }
            Some(Operation::PLACEHOLDER_MESSAGE_RESEND) => self.resent_messages(id, request)?,
            _ => return Ok(()),
        };
        let answer = wa::Message {
            protocol_message: MessageField::some(answer),
            ..Default::default()
        };
        self.send_as_peer(device, &answer).await
    }

    /// The messages of a chat before the oldest that a device has.
    fn older_messages(
        &self,
        id: &str,
        wanted: &HistorySyncOnDemandRequest,
        media: &MediaStore,
    ) -> Result<ProtocolMessage> {
        let count = wanted
            .on_demand_msg_count
            .and_then(|count| usize::try_from(count).ok());
        let oldest = wanted.oldest_msg_id.as_deref().unwrap_or_default();
        let chat = wanted.chat_jid.clone().unwrap_or_default();
        let part = wa::HistorySync {
            sync_type: HistorySyncType::ON_DEMAND,
            conversations: vec![self.conversation_before(&chat, oldest, count.unwrap_or(DEFAULT_COUNT))?],
            chunk_order: Some(1),
            progress: Some(100),
            ..Default::default()
        };
        let mut notice = media.store_history(&zlib_stored(&part.encode_to_vec()))?;
        notice.sync_type = Some(Announced::ON_DEMAND);
        notice.chunk_order = Some(1);
        notice.progress = Some(100);
        notice.peer_data_request_session_id = Some(id.to_owned());
        Ok(ProtocolMessage {
            r#type: Some(Type::HISTORY_SYNC_NOTIFICATION),
            history_sync_notification: MessageField::some(notice),
            ..Default::default()
        })
    }

    /// The messages that a device could not read, except those to be seen once, which phones keep to themselves.
    fn resent_messages(
        &self,
        id: &str,
        request: &PeerDataOperationRequestMessage,
    ) -> Result<ProtocolMessage> {
        let mut results = Vec::new();
        for asked in &request.placeholder_message_resend_request {
            let key = asked.message_key.as_option().and_then(|key| key.id.as_deref());
            let logged = key.and_then(|key| self.log.find(key));
            let logged = logged.filter(|logged| !is_view_once(&logged.message));
            let resent = logged.map(|logged| self.resent(logged)).transpose()?;
            results.push(PeerDataOperationResult {
                placeholder_message_resend_response: resent
                    .map_or_else(MessageField::none, MessageField::some),
                ..Default::default()
            });
        }
        Ok(ProtocolMessage {
            r#type: Some(Type::PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE),
            peer_data_operation_request_response_message: MessageField::some(
                PeerDataOperationRequestResponseMessage {
                    peer_data_operation_request_type: Some(Operation::PLACEHOLDER_MESSAGE_RESEND),
                    stanza_id: Some(id.to_owned()),
                    peer_data_operation_result: results,
                },
            ),
            ..Default::default()
        })
    }

    fn resent(&self, logged: &LoggedMessage) -> Result<PlaceholderMessageResendResponse> {
        let chat = self.chat_jid(&logged.chat)?.to_string();
        let message = self.web_message(logged, &chat)?;
        Ok(PlaceholderMessageResendResponse {
            web_message_info_bytes: Some(message.encode_to_vec()),
        })
    }
}
