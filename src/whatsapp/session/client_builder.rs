//! Settings of the library's client.

use std::sync::Arc;

use whatsapp_rust::bot::{Bot, BotBuilderError};
use whatsapp_rust::wacore::store::DevicePropsOverride;
use whatsapp_rust::wacore::store::traits::Backend;
use whatsapp_rust::waproto::whatsapp::device_props::PlatformType;
use whatsapp_rust::{CacheConfig, TokioRuntime};

use super::account_session::SessionSettings;
use super::account_span::AccountSpan;
use super::event_handler::EventHandlers;
use super::transport::GatedTransportFactory;

/// Number of one-time keys that are made and uploaded at once. WhatsApp's own client makes 812, which an account holds
/// in memory for years while a handful of new contacts a day use them up; the library uploads more when they run low.
const PREKEYS: usize = 50;

/// Builds a client. `is_linked` is false for one that is still to be linked: the phone sends its history to that one, of
/// which the timers of disappearing chats are taken.
pub(super) async fn build(
    settings: &SessionSettings,
    store: Arc<dyn Backend>,
    transports: GatedTransportFactory,
    handlers: &EventHandlers,
    span: &AccountSpan,
    is_linked: bool,
) -> Result<Bot, BotBuilderError> {
    let mut builder = Bot::builder()
        .with_backend_arc(store)
        .with_transport_factory(transports)
        .with_http_client(settings.media_http.clone())
        .with_runtime(TokioRuntime)
        .with_version(settings.version)
        .with_wanted_pre_key_count(PREKEYS)
        .with_cache_config(caches())
        .with_task_instrument(Arc::new(span.clone()))
        .with_event_handler(handlers.clone())
        .with_inbound_durability_hook(handlers.clone());
    if is_linked {
        builder = builder.skip_history_sync();
    } else {
        // The phone shows these in its list of devices; WhatsApp asks for them once.
        let props = DevicePropsOverride::new()
            .with_os(&settings.device_name)
            .with_platform_type(PlatformType::DESKTOP);
        builder = builder.with_device_props(props);
    }
    builder.build().await
}

/// Sizes of the library's caches, for one person's account rather than a busy bot's. The map of LIDs to phone numbers
/// keeps the library's own setting: a forgotten pair would send to the wrong address.
fn caches() -> CacheConfig {
    CacheConfig {
        session_locks_capacity: 2_000,
        chat_lanes_capacity: 1_000,
        group_distribution_locks_capacity: 64,
        resend_rate_limiter_capacity: 256,
        // Messages of history are not kept, so neither are their secrets.
        seed_msg_secrets_from_history: false,
        ..CacheConfig::default()
    }
}
