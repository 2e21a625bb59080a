//! Linked WhatsApp numbers: link by QR or pairing code, watch the link, relink, unlink.
//!
//! The session (in `whatsapp`) says what happens to the link; the feature writes it to the account's row; clients
//! hear of it as `AccountChanged`. The service only starts and stops sessions. A code on show is sealed in the
//! database and opened for its owner alone, or for the operator's command that links an account.
//!
//! A plan that became smaller pauses the newest accounts beyond its limit and never unlinks one; a larger plan resumes
//! them ([`FitToPlan`]). While their user is suspended, all are paused.

mod checks;
mod error;
mod event;
mod events;
mod expiry;
mod exported;
mod graphql;
mod ids;
mod loader;
mod model;
mod notices;
mod operator;
mod phone_number;
mod plan_fit;
mod service;
mod store;

pub use error::AccountError;
pub use event::{AccountEvent, AccountRemovedEvent, RemovedAccount};
pub use graphql::{AccountFields, AdminFields, Mutation, Subscription, ViewerFields};
pub use graphql::{AccountHealth, AdminAccount, ConnectionGap, LinkQr, PairingCode};
pub use graphql::{
    LinkAccountInput, LinkMethodInput, PairingCodeInput, RelinkAccountInput, RemoveAccountInput,
    RenameAccountInput, RestartAccountInput, UnlinkAccountInput,
};
pub use graphql::{
    LinkAccountPayload, RelinkAccountPayload, RemoveAccountPayload, RenameAccountPayload,
    RestartAccountPayload, UnlinkAccountPayload,
};
pub use ids::{AccountHealthId, AdminAccountId, GapId};
pub use model::{AccountState, AccountStateReason, Label, LinkKind, NewAccount};
pub use operator::{RequestedLink, find_link, give_up_link, request_link};
pub use plan_fit::FitToPlan;
pub use service::{AccountsService, LINK_RATE};
pub use store::{AccountRow, ContactOrder, GapRow, OpenAccount, seal_plain};

use std::sync::Arc;

use async_trait::async_trait;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use crate::event_consumers::EventConsumer;
use crate::features::{EventContext, ExportedTable, Feature, FeatureError, OwnWorker, Parts, Received};
use crate::id::UserId;
use crate::jobs::Handler;
use crate::notices::NoticeType;
use crate::plan::Limit;
use crate::retention::Expires;

/// Linked WhatsApp numbers.
#[derive(Debug)]
pub struct Accounts;

#[async_trait]
impl Feature for Accounts {
    fn name(&self) -> &'static str {
        "accounts"
    }

    fn exported(&self) -> &'static [ExportedTable] {
        exported::EXPORTED
    }

    async fn on_messages(
        &self,
        cx: &mut EventContext<'_>,
        received: &[Received<'_>],
    ) -> Result<(), FeatureError> {
        Ok(events::note_messages(cx, received).await?)
    }

    async fn on_event(
        &self,
        cx: &mut EventContext<'_>,
        event: &crate::event::Event,
    ) -> Result<(), FeatureError> {
        events::on_event(cx, event).await
    }

    async fn limited(&self, conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<Option<(Limit, i64)>> {
        let linked = store::count_for_plan(conn, user).await?;
        Ok(Some((Limit::LinkedAccounts, linked)))
    }

    fn expiries(&self) -> Vec<Arc<dyn Expires>> {
        vec![Arc::new(expiry::GAP_EXPIRY)]
    }

    fn consumer(&self) -> Option<Arc<dyn EventConsumer>> {
        Some(Arc::new(plan_fit::PlanChanges))
    }

    fn handlers(&self, parts: &Parts) -> Vec<Arc<dyn Handler>> {
        vec![Arc::new(FitToPlan {
            core: parts.core.clone(),
            supervisor: Arc::clone(&parts.supervisor),
        })]
    }

    fn workers(&self, parts: &Parts) -> Vec<OwnWorker> {
        // Somebody looks at a terminal: neither waits for the general worker's files.
        vec![OwnWorker {
            at_once: 2,
            handlers: operator::handlers(parts.into()),
        }]
    }

    fn notice_types(&self) -> &'static [&'static dyn NoticeType] {
        &[&notices::AccountNeedsAttention, &notices::SendsPaused]
    }
}
