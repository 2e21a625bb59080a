//! An unmodified client pointed at a simulator, and how tests wait for what it says.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use amda::simulator::{
    Addressing, Event as Happening, Media, SentMessage, Simulator, SimulatorConfig, ViewOnceForm,
};
use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio::time::timeout;
use whatsapp_rust::http::{HttpClient, HttpRequest, HttpResponse, UreqHttpClient};
use whatsapp_rust::pair_code::PairCodeOptions;
use whatsapp_rust::prelude::*;
use whatsapp_rust::transport::TokioWebSocketTransportFactory;
use whatsapp_rust::types::events::{LoggedOut, UndecryptableMessage};
use whatsapp_rust::types::message::MessageCategory;
use whatsapp_rust::wacore::net::StreamingHttpResponse;
use whatsapp_rust::wacore::store::InMemoryBackend;
use whatsapp_rust::wacore::store::traits::Backend;

/// The phone of most tests.
pub(super) const PHONE: &str = "5511999990000";
/// A contact.
pub(super) const ALICE: &str = "5511988887777";
/// Another contact.
pub(super) const BRUNO: &str = "5511977776666";

/// How long a test waits for anything. Only a failing test waits that long.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A simulator that forgets everything, with one phone and two contacts.
pub(super) async fn a_simulator() -> Simulator {
    let simulator = an_empty_simulator().await;
    furnish(&simulator, Addressing::Lid).await;
    simulator
}

/// A simulator that forgets everything.
pub(super) async fn an_empty_simulator() -> Simulator {
    Simulator::start(SimulatorConfig {
        listen: ([127, 0, 0, 1], 0).into(),
        data_dir: None,
    })
    .await
    .expect("any port is free")
}

/// Makes the phone and its contacts.
pub(super) async fn furnish(simulator: &Simulator, addressing: Addressing) {
    simulator
        .create_phone_with_addressing(PHONE, "Bia", addressing)
        .await
        .expect("the phone is new");
    for (number, name) in [(ALICE, "Alice Alves"), (BRUNO, "Bruno Braga")] {
        let added = simulator.add_contact(PHONE, number, name).await;
        added.expect("the contact has a number");
    }
}

/// A text message to the owner.
pub(super) fn a_text(from: &str, text: &str) -> Happening {
    Happening::Message {
        from: from.to_owned(),
        chat: None,
        text: Some(text.to_owned()),
        media: None,
    }
}

/// A status of text.
pub(super) fn a_status(from: &str, text: &str) -> Happening {
    Happening::Status {
        from: from.to_owned(),
        text: Some(text.to_owned()),
        media: None,
    }
}

/// A picture of Alice's, to be seen once.
pub(super) fn a_view_once(delivered: bool, form: ViewOnceForm) -> Happening {
    Happening::ViewOnce {
        from: ALICE.to_owned(),
        chat: None,
        text: None,
        media: Some(Media::Image),
        delivered,
        form,
    }
}

/// A store that outlives a client, as a disk does.
pub(super) fn a_store() -> Arc<dyn Backend> {
    Arc::new(InMemoryBackend::new())
}

/// Sends every event to the test.
struct Forward(mpsc::UnboundedSender<Arc<Event>>);

impl EventHandler for Forward {
    fn handle_event(&self, event: Arc<Event>) {
        let _ = self.0.send(event);
    }
}

/// Media addresses always name WhatsApp's hosts: sends them to the simulator.
struct Loopback {
    inner: UreqHttpClient,
    base: String,
}

impl Loopback {
    fn redirect(&self, mut request: HttpRequest) -> HttpRequest {
        if let Some(rest) = request.url.strip_prefix("https://") {
            let path = rest.find('/').map_or("", |at| &rest[at..]);
            request.url = format!("{}{path}", self.base);
        }
        request
    }
}

#[async_trait]
impl HttpClient for Loopback {
    async fn execute(&self, request: HttpRequest) -> anyhow::Result<HttpResponse> {
        self.inner.execute(self.redirect(request)).await
    }

    fn supports_streaming(&self) -> bool {
        self.inner.supports_streaming()
    }

    fn execute_streaming(&self, request: HttpRequest) -> anyhow::Result<StreamingHttpResponse> {
        self.inner.execute_streaming(self.redirect(request))
    }
}

/// A running client and what it has said so far.
pub(super) struct TestClient {
    pub(super) client: Arc<Client>,
    handle: BotHandle,
    events: mpsc::UnboundedReceiver<Arc<Event>>,
    unclaimed: VecDeque<Arc<Event>>,
    /// Messages that no test has asked for yet.
    messages: VecDeque<InboundMessage>,
}

impl TestClient {
    /// Starts a client over a store.
    pub(super) async fn start(simulator: &Simulator, store: &Arc<dyn Backend>) -> Self {
        Self::start_with(simulator, store, None).await
    }

    /// Starts a client that wants to be linked by code.
    pub(super) async fn start_for_code(
        simulator: &Simulator,
        store: &Arc<dyn Backend>,
        number: &str,
    ) -> Self {
        Self::start_with(simulator, store, Some(number)).await
    }

    async fn start_with(simulator: &Simulator, store: &Arc<dyn Backend>, number: Option<&str>) -> Self {
        let (sender, events) = mpsc::unbounded_channel();
        let http = Loopback {
            inner: UreqHttpClient::new(),
            base: simulator.media_base_url(),
        };
        let transport = TokioWebSocketTransportFactory::new().with_url(simulator.websocket_url());
        let mut builder = Bot::builder()
            .with_backend_arc(store.clone())
            .with_transport_factory(transport)
            .with_http_client(http)
            .with_runtime(TokioRuntime)
            .with_version((2, 3000, 1_030_000_000))
            .with_wanted_pre_key_count(20)
            .with_event_handler(Forward(sender));
        if let Some(number) = number {
            builder = builder.with_pair_code(PairCodeOptions {
                phone_number: number.to_owned(),
                ..Default::default()
            });
        }
        let bot = builder.build().await.expect("the client has all it needs");
        Self {
            client: bot.client(),
            handle: bot.spawn(),
            events,
            unclaimed: VecDeque::new(),
            messages: VecDeque::new(),
        }
    }

    /// A client linked to a phone by its QR code, and connected.
    pub(super) async fn linked(simulator: &Simulator, phone: &str) -> (Self, Arc<dyn Backend>) {
        let store = a_store();
        let mut client = Self::start(simulator, &store).await;
        let code = client.qr_code().await;
        let scanned = simulator.scan(phone, &code).await;
        scanned.expect("the code is shown");
        client.connected().await;
        (client, store)
    }

    /// The first event that the question answers; others stay for later questions.
    pub(super) async fn wait<T>(&mut self, what: &str, ask: impl Fn(&Event) -> Option<T>) -> T {
        for at in 0..self.unclaimed.len() {
            if let Some(answer) = ask(&self.unclaimed[at]) {
                self.unclaimed.remove(at);
                return answer;
            }
        }
        let found = timeout(PATIENCE, async {
            loop {
                let event = self.events.recv().await.expect("the client must be running");
                if let Some(answer) = ask(&event) {
                    return answer;
                }
                self.unclaimed.push_back(event);
            }
        });
        if let Ok(answer) = found.await {
            return answer;
        }
        panic!("waited in vain for {what}; seen: {:#?}", self.seen())
    }

    /// What came and nobody asked for, in short.
    fn seen(&self) -> Vec<String> {
        let events = self.unclaimed.iter();
        events
            .map(|event| format!("{event:?}").chars().take(300).collect())
            .collect()
    }

    /// Everything heard by now that nobody asked for.
    pub(super) fn unclaimed(&mut self) -> Vec<Arc<Event>> {
        while let Ok(event) = self.events.try_recv() {
            self.unclaimed.push_back(event);
        }
        self.unclaimed.iter().cloned().collect()
    }

    pub(super) async fn qr_code(&mut self) -> String {
        self.wait("a QR code", |event| match event {
            Event::PairingQrCode(qr) => Some(qr.code.clone()),
            _ => None,
        })
        .await
    }

    pub(super) async fn connected(&mut self) {
        self.wait("the connection", |event| {
            matches!(event, Event::Connected(_)).then_some(())
        })
        .await;
    }

    /// Lets a contact write, and answers by which name the device may write to them.
    pub(super) async fn meet(&mut self, simulator: &Simulator, number: &str) -> Jid {
        let id = simulator.perform(PHONE, a_text(number, "hi")).await;
        let id = id.expect("the contact can write");
        self.message(&id).await.info.source.sender.to_non_ad()
    }

    /// The message with this id.
    pub(super) async fn message(&mut self, id: &str) -> InboundMessage {
        loop {
            let at = self.messages.iter().position(|message| message.info.id == id);
            if let Some(message) = at.and_then(|at| self.messages.remove(at)) {
                return message;
            }
            self.hear_messages(&format!("message {id}")).await;
        }
    }

    /// The next message of a chat that no test has seen yet.
    pub(super) async fn next_message(&mut self) -> InboundMessage {
        loop {
            if let Some(message) = self.messages.pop_front() {
                return message;
            }
            self.hear_messages("a message").await;
        }
    }

    async fn hear_messages(&mut self, what: &str) {
        let heard = self
            .wait(what, |event| match event {
                Event::Messages(batch) => Some(chat_messages(batch)),
                _ => None,
            })
            .await;
        self.messages.extend(heard);
    }

    pub(super) async fn disconnected(&mut self) {
        self.wait("the end of the connection", |event| {
            matches!(event, Event::Disconnected(_)).then_some(())
        })
        .await;
    }

    pub(super) async fn logged_out(&mut self) -> LoggedOut {
        self.wait("the logout", |event| match event {
            Event::LoggedOut(logout) => Some(logout.clone()),
            _ => None,
        })
        .await
    }

    /// The notice that the message with this id cannot be read.
    pub(super) async fn undecryptable(&mut self, id: &str) -> UndecryptableMessage {
        self.wait(&format!("the notice of {id}"), |event| match event {
            Event::UndecryptableMessage(notice) if notice.info.id == id => Some(notice.clone()),
            _ => None,
        })
        .await
    }

    pub(super) async fn shutdown(self) {
        self.handle.shutdown().await;
    }
}

/// Waits until the simulator has heard something that the question answers.
pub(super) async fn heard(
    simulator: &Simulator,
    phone: &str,
    ask: impl Fn(&SentMessage) -> bool,
) -> SentMessage {
    timeout(PATIENCE, simulator.wait_for_sent(phone, ask))
        .await
        .expect("the simulator hears it in time")
        .expect("the phone exists")
}

/// Leaves out what the phone tells its device apart from any chat.
fn chat_messages(batch: &MessageBatch) -> VecDeque<InboundMessage> {
    let is_of_a_chat = |message: &&InboundMessage| message.info.category != MessageCategory::Peer;
    batch.iter().filter(is_of_a_chat).cloned().collect()
}
