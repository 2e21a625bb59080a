//! A simulated phone, and a supervisor pointed at it.

use std::sync::Arc;
use std::time::Duration;

use amda::account::AccountRef;
use amda::clock::{SharedClock, SystemClock};
use amda::crypto::MasterKey;
use amda::db::Db;
use amda::db::schema::{accounts, outbox as outbox_rows, users, whatsapp_store};
use amda::event::{Content, Event, LinkEvent, Message, Outgoing, SendOutcome};
use amda::hub::{EventKind, EventRow, LocalHub, NewEvent};
use amda::id::{Ids, SendId};
use amda::limiter::Limiters;
use amda::metrics::Metrics;
use amda::simulator::{Event as Happens, SentMessage, Simulator, SimulatorConfig};
use amda::vault::Vault;
use amda::whatsapp::outbox::{self, Budget};
use amda::whatsapp::{
    EventSink, LeaseTiming, LinkMethod, Supervisor, SupervisorConfig, SupervisorError, Timing,
};
use amda::work::{Core, WorkError};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::fake_files::FakeFiles;
use super::recorder::Recorder;
use crate::support::database::TestDatabase;

/// The phone of most tests.
pub(super) const PHONE: &str = "5511999990000";
/// A contact.
pub(super) const ALICE: &str = "5511988887777";

/// Longest wait for anything. Only a failing test waits that long.
const WAIT_TIMEOUT: Duration = Duration::from_secs(40);

/// Short waits and limits.
pub(super) const QUICK: Timing = Timing {
    first_retry: Duration::from_millis(50),
    longest_retry: Duration::from_millis(500),
    stable_after: Duration::from_secs(1),
    silence: Duration::from_mins(1),
    probe: Duration::from_secs(5),
    goodbye: Duration::from_secs(5),
};

/// Leases that outlast the pauses of a busy machine, and end while a test still waits.
const LEASE: LeaseTiming = LeaseTiming {
    ttl: Duration::from_secs(15),
    ..LeaseTiming::USUAL
};

/// A budget that is never used up.
pub(super) const AMPLE: Budget = Budget {
    per_minute: 1_000,
    per_hour: 1_000,
    least_gap: Duration::ZERO,
    most_gap: Duration::from_millis(1),
    answer_within: Duration::from_secs(5),
    again_after: Duration::from_millis(100),
    least_typing: Duration::ZERO,
    most_typing: Duration::ZERO,
};

/// Simulator, supervisor, sink and database of a test of sessions.
pub(super) struct SessionHarness {
    pub(super) simulator: Simulator,
    pub(super) supervisor: Supervisor,
    pub(super) sink: Arc<Recorder>,
    pub(super) core: Core,
    /// The files that statuses show.
    pub(super) files: Arc<FakeFiles>,
    config: SupervisorConfig,
    database: TestDatabase,
}

impl SessionHarness {
    /// A simulator with a phone and a contact, and nothing linked.
    pub(super) async fn open() -> Self {
        Self::open_with(QUICK, AMPLE).await
    }

    pub(super) async fn open_with(timing: Timing, budget: Budget) -> Self {
        let simulator = Simulator::start(SimulatorConfig {
            listen: ([127, 0, 0, 1], 0).into(),
            data_dir: None,
        })
        .await
        .unwrap();
        simulator.create_phone(PHONE, "Bia").await.unwrap();
        simulator.add_contact(PHONE, ALICE, "Alice Alves").await.unwrap();
        let database = TestDatabase::create().await;
        let clock: SharedClock = Arc::new(SystemClock);
        let core = Core {
            db: Db::connect(database.app_url(), 8).unwrap(),
            vault: Arc::new(Vault::new(MasterKey::generate())),
            hub: Arc::new(LocalHub::default()),
            limiters: Limiters::in_process(SharedClock::clone(&clock), Metrics::default()),
            metrics: Metrics::default(),
            ids: Arc::new(Ids::new(Arc::clone(&clock))),
            clock,
        };
        let sink = Arc::new(Recorder::new(core.clone()));
        let files = Arc::new(FakeFiles::default());
        let config = SupervisorConfig {
            core: core.clone(),
            websocket_url: simulator.websocket_url().parse().unwrap(),
            media_base_url: Some(simulator.media_base_url().parse().unwrap()),
            version: (2, 3000, 1_035_194_821),
            device_name: "AMDA".to_owned(),
            timing,
            lease: LEASE,
            budget,
            files: Arc::clone(&files) as _,
        };
        let supervisor = supervisor(&config, &sink);
        Self {
            simulator,
            supervisor,
            sink,
            core,
            files,
            config,
            database,
        }
    }

    /// Ends everything that runs and starts anew, as a restart of the server does.
    pub(super) async fn restart_server(&mut self) {
        self.supervisor.shutdown().await;
        self.supervisor = supervisor(&self.config, &self.sink);
    }

    /// As [`Self::restart_server`], with other waits from then on.
    pub(super) async fn restart_server_with(&mut self, timing: Timing) {
        self.config.timing = timing;
        self.restart_server().await;
    }

    /// Starts the account's session on threads of its own, which a test can end as the end of a process does: at once,
    /// with no goodbye. Returns when it is online.
    pub(super) async fn start_in_another_process(&self, account: AccountRef) -> (Runtime, Supervisor) {
        let process = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let core = Core {
            db: Db::connect(self.database.app_url(), 4).unwrap(),
            ..self.core.clone()
        };
        let config = SupervisorConfig {
            core,
            ..self.config.clone()
        };
        let supervisor = supervisor(&config, &self.sink);
        self.forget();
        let starting = supervisor.clone();
        process
            .spawn(async move { starting.start(account).await })
            .await
            .unwrap()
            .unwrap();
        self.online(account).await;
        (process, supervisor)
    }

    /// Waits until the sink met so many faults.
    pub(super) async fn wait_for_faults(&self, times: u32) {
        let mut faults = self.sink.faults.subscribe();
        timeout(WAIT_TIMEOUT, faults.wait_for(|count| *count >= times))
            .await
            .expect("the sink meets its faults in time")
            .unwrap();
    }

    /// A user with an account that is linked to nothing.
    pub(super) async fn an_account(&self) -> AccountRef {
        let account = AccountRef {
            id: self.core.ids.next(),
            user: self.core.ids.next(),
        };
        let now = self.now();
        let made = self.core.begin_new::<WorkError>(account.user, async |conn| {
            diesel::insert_into(users::table)
                .values((
                    users::id.eq(account.user),
                    users::email.eq(format!("{}@example.org", account.user)),
                    users::password_hash.eq("-"),
                    users::locale.eq("en"),
                    users::time_zone.eq("UTC"),
                    users::plan.eq("FREE"),
                    users::created_at.eq(now),
                ))
                .execute(conn)
                .await?;
            Ok(())
        });
        let mut work = made.await.unwrap();
        diesel::insert_into(accounts::table)
            .values((
                accounts::id.eq(account.id),
                accounts::user_id.eq(account.user),
                accounts::link_method.eq("QR"),
                accounts::state.eq("CREATED"),
                accounts::state_changed_at.eq(now),
                accounts::created_at.eq(now),
            ))
            .execute(&mut *work)
            .await
            .unwrap();
        work.commit().await.unwrap();
        account
    }

    /// Records that the account is linked, as its feature does.
    pub(super) async fn set_linked(&self, account: AccountRef) {
        let mut work = self.core.begin(account.user).await.unwrap();
        diesel::update(accounts::table.find(account.id))
            .set((accounts::state.eq("ONLINE"), accounts::linked_at.eq(self.now())))
            .execute(&mut *work)
            .await
            .unwrap();
        work.commit().await.unwrap();
    }

    /// End and code of the pause of the account's sends.
    pub(super) async fn pause(&self, account: AccountRef) -> (Option<DateTime<Utc>>, Option<String>) {
        let mut work = self.core.begin(account.user).await.unwrap();
        accounts::table
            .find(account.id)
            .select((accounts::sends_paused_until, accounts::sends_paused_reason))
            .first(&mut *work)
            .await
            .unwrap()
    }

    /// A supervisor pointed elsewhere.
    pub(super) fn supervisor_for(&self, url: &str) -> Result<Supervisor, SupervisorError> {
        let config = SupervisorConfig {
            websocket_url: url.parse().unwrap(),
            ..self.config.clone()
        };
        let sink: Arc<dyn EventSink> = Arc::clone(&self.sink) as _;
        Supervisor::new(config, sink, TaskTracker::new(), CancellationToken::new())
    }

    /// An account that is linked to the phone by QR code, and online.
    pub(super) async fn a_linked_account(&self) -> AccountRef {
        self.an_account_linked_to(PHONE).await
    }

    pub(super) async fn an_account_linked_to(&self, phone: &str) -> AccountRef {
        let account = self.an_account().await;
        self.link_by_qr(account, phone).await;
        account
    }

    /// Links an account by QR code, and waits until it is online.
    pub(super) async fn link_by_qr(&self, account: AccountRef, phone: &str) {
        self.supervisor.link(account, LinkMethod::Qr).await.unwrap();
        let code = self
            .wait_for_link_event(account, "a QR code", |event| match event {
                LinkEvent::Qr { code, .. } => Some(code.clone()),
                _ => None,
            })
            .await;
        self.simulator.scan(phone, &code).await.unwrap();
        self.online(account).await;
    }

    /// Waits until the account is online for the first time since [`Self::forget`].
    pub(super) async fn online(&self, account: AccountRef) {
        self.wait_for_link_event(account, "the account to be online", |event| {
            (*event == LinkEvent::Online).then_some(())
        })
        .await;
    }

    /// Waits for an event of the account's link for which `ask` returns a value.
    pub(super) async fn wait_for_link_event<T>(
        &self,
        account: AccountRef,
        what: &str,
        ask: impl Fn(&LinkEvent) -> Option<T>,
    ) -> T {
        self.wait_for_event(account, what, |event| match event {
            Event::Link(link) => ask(link),
            _ => None,
        })
        .await
    }

    /// Events of the account's link so far.
    pub(super) fn links(&self, account: AccountRef) -> Vec<LinkEvent> {
        let events = self.sink.events.borrow();
        let of_account = events.iter().filter(|(whose, _)| *whose == account);
        of_account
            .filter_map(|(_, event)| match event {
                Event::Link(link) => Some(link.clone()),
                _ => None,
            })
            .collect()
    }

    /// As [`Self::links`], without the owner's name, which comes by itself and may be late.
    pub(super) fn states(&self, account: AccountRef) -> Vec<LinkEvent> {
        let mut links = self.links(account);
        links.retain(|link| !matches!(link, LinkEvent::PushName(_)));
        links
    }

    /// Alice writes to the phone's owner.
    pub(super) async fn hears_from_alice(&self, text: &str) -> String {
        let message = Happens::Message {
            from: ALICE.to_owned(),
            chat: None,
            text: Some(text.to_owned()),
            media: None,
        };
        self.simulator.perform(PHONE, message).await.unwrap()
    }

    /// Alice posts a status.
    pub(super) async fn sees_a_status_of_alice(&self) -> String {
        let status = Happens::Status {
            from: ALICE.to_owned(),
            text: Some("good morning".to_owned()),
            media: None,
        };
        self.simulator.perform(PHONE, status).await.unwrap()
    }

    /// Waits until the linked devices have acknowledged everything.
    pub(super) async fn acknowledged(&self) {
        timeout(WAIT_TIMEOUT, self.simulator.wait_until_acknowledged(PHONE))
            .await
            .expect("everything is acknowledged in time")
            .unwrap();
    }

    /// Number of messages that the library decrypted, of all accounts.
    pub(super) fn decrypted(&self) -> u64 {
        let page = self.core.metrics.to_text();
        let line = page
            .lines()
            .find_map(|line| line.strip_prefix("amda_stage_seconds_count{stage=\"DECRYPT\"} "));
        line.map_or(0, |count| count.parse().unwrap())
    }

    /// Waits until the library has decrypted so many messages.
    pub(super) async fn wait_for_decrypted(&self, messages: u64) {
        let search = async {
            while self.decrypted() < messages {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(WAIT_TIMEOUT, search)
            .await
            .unwrap_or_else(|_| panic!("of {messages} messages, {} were decrypted", self.decrypted()));
    }

    /// Waits until the library's buffer holds copies of so many of the account's messages.
    pub(super) async fn buffered(&self, account: AccountRef, copies: i64) {
        let count = async || {
            let mut work = self.core.begin(account.user).await.unwrap();
            whatsapp_store::table
                .filter(whatsapp_store::account_id.eq(account.id))
                .filter(whatsapp_store::space.eq("pending_inbound"))
                .count()
                .get_result::<i64>(&mut *work)
                .await
                .unwrap()
        };
        let search = async {
            while count().await != copies {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(WAIT_TIMEOUT, search)
            .await
            .unwrap_or_else(|_| panic!("waited in vain for {copies} messages in the buffer"));
    }

    /// Waits for a message.
    pub(super) async fn message(&self, account: AccountRef, wa_id: &str) -> Message {
        self.wait_for_event(account, &format!("message {wa_id}"), |event| match event {
            Event::Message(message) if message.wa_id == wa_id => Some(Message::clone(message)),
            _ => None,
        })
        .await
    }

    /// Number of commits of a message with content.
    pub(super) fn count(&self, account: AccountRef, wa_id: &str) -> usize {
        let events = self.sink.events.borrow();
        let of_account = events.iter().filter(|(whose, _)| *whose == account);
        of_account
            .filter(|(_, event)| {
                matches!(event, Event::Message(m) if m.wa_id == wa_id && m.content != Content::Undecrypted)
            })
            .count()
    }

    /// Waits for the outcome of a send.
    pub(super) async fn settled(&self, account: AccountRef, send: SendId) -> SendOutcome {
        self.wait_for_event(account, "the end of the send", |event| match event {
            Event::Send(news) if news.send == send && news.outcome != SendOutcome::Sent => {
                Some(news.outcome.clone())
            }
            _ => None,
        })
        .await
    }

    /// Waits for an event of the account for which `ask` returns a value.
    pub(super) async fn wait_for_event<T>(
        &self,
        account: AccountRef,
        what: &str,
        ask: impl Fn(&Event) -> Option<T>,
    ) -> T {
        let mut news = self.sink.events.subscribe();
        let search = async {
            loop {
                let found = news
                    .borrow_and_update()
                    .iter()
                    .filter(|(whose, _)| *whose == account)
                    .find_map(|(_, event)| ask(event));
                if let Some(found) = found {
                    return found;
                }
                news.changed().await.unwrap();
            }
        };
        timeout(WAIT_TIMEOUT, search).await.unwrap_or_else(|_| {
            panic!(
                "waited in vain for {what}; events: {:#?}",
                self.sink.events.borrow()
            )
        })
    }

    /// Forgets the events so far, so that only later ones are found.
    pub(super) fn forget(&self) {
        self.sink.events.send_modify(Vec::clear);
    }

    /// Waits until the simulator received a sent message for which `is_wanted` is true.
    pub(super) async fn heard(&self, phone: &str, is_wanted: impl Fn(&SentMessage) -> bool) -> SentMessage {
        timeout(WAIT_TIMEOUT, self.simulator.wait_for_sent(phone, is_wanted))
            .await
            .expect("the simulator receives it in time")
            .unwrap()
    }

    /// Puts a message into the account's outbox, and announces an event as every commit does.
    pub(super) async fn send(&self, account: AccountRef, outgoing: &Outgoing) -> SendId {
        let send = self.enqueue(account, outgoing, self.now()).await;
        let event = NewEvent {
            kind: EventKind::AccountChanged,
            account: Some(account.id),
            subject: account.id.as_uuid(),
            occurred_at: self.now(),
        };
        self.core
            .hub
            .publish(account.user, &[EventRow { sequence: 1, event }], true);
        send
    }

    pub(super) async fn enqueue(
        &self,
        account: AccountRef,
        outgoing: &Outgoing,
        at: DateTime<Utc>,
    ) -> SendId {
        let mut work = self.core.begin(account.user).await.unwrap();
        let queued = outbox::enqueue(&mut work, account, outgoing, at).await.unwrap();
        work.commit().await.unwrap();
        queued.id
    }

    /// Cancels a send, unless the sender has begun with it.
    pub(super) async fn cancel(&self, account: AccountRef, send: SendId) -> bool {
        let mut work = self.core.begin(account.user).await.unwrap();
        let is_cancelled = outbox::cancel(&mut work, send).await.unwrap();
        work.commit().await.unwrap();
        is_cancelled
    }

    /// Withdraws a send. Returns false when it is on its way.
    pub(super) async fn withdraw(&self, account: AccountRef, send: SendId, reason: &str) -> bool {
        let mut work = self.core.begin(account.user).await.unwrap();
        let is_cancelled = outbox::withdraw(&mut work, send, reason).await.unwrap();
        work.commit().await.unwrap();
        is_cancelled
    }

    /// Outcomes of a send so far, in order.
    pub(super) fn outcomes(&self, send: SendId) -> Vec<SendOutcome> {
        let events = self.sink.events.borrow();
        events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::Send(news) if news.send == send => Some(news.outcome.clone()),
                _ => None,
            })
            .collect()
    }

    /// Leaves a send in the state of a server that died between claiming and sending it.
    pub(super) async fn pretend_it_was_being_sent(&self, account: AccountRef, send: SendId) {
        let mut work = self.core.begin(account.user).await.unwrap();
        diesel::update(outbox_rows::table.find(send))
            .set((outbox_rows::attempts.eq(1), outbox_rows::sent_at.eq(self.now())))
            .execute(&mut *work)
            .await
            .unwrap();
        work.commit().await.unwrap();
    }

    /// WhatsApp's id of a send.
    pub(super) async fn wa_id_of(&self, account: AccountRef, send: SendId) -> String {
        let mut work = self.core.begin(account.user).await.unwrap();
        outbox_rows::table
            .find(send)
            .select(outbox_rows::wa_id)
            .first(&mut *work)
            .await
            .unwrap()
    }

    /// Time at which a send is due.
    pub(super) async fn send_at_of(&self, account: AccountRef, send: SendId) -> DateTime<Utc> {
        let mut work = self.core.begin(account.user).await.unwrap();
        outbox_rows::table
            .find(send)
            .select(outbox_rows::send_at)
            .first(&mut *work)
            .await
            .unwrap()
    }

    /// The state of a send's row.
    pub(super) async fn state_of(&self, account: AccountRef, send: SendId) -> String {
        let mut work = self.core.begin(account.user).await.unwrap();
        outbox_rows::table
            .find(send)
            .select(outbox_rows::state)
            .first(&mut *work)
            .await
            .unwrap()
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.core.clock.now()
    }

    pub(super) async fn close(self) {
        self.supervisor.shutdown().await;
        self.simulator.shutdown().await;
    }
}

fn supervisor(config: &SupervisorConfig, sink: &Arc<Recorder>) -> Supervisor {
    let sink: Arc<dyn EventSink> = Arc::clone(sink) as _;
    Supervisor::new(config.clone(), sink, TaskTracker::new(), CancellationToken::new()).unwrap()
}
