//! The services' common base on a test's own database, and rows of users and accounts.

use std::sync::Arc;

use amda::account::AccountRef;
use amda::clock::{ManualClock, SharedClock};
use amda::crypto::MasterKey;
use amda::db::schema::{accounts, users};
use amda::db::{Db, Fence};
use amda::hub::LocalHub;
use amda::id::{AccountId, Ids, UserId};
use amda::limiter::Limiters;
use amda::metrics::Metrics;
use amda::vault::Vault;
use amda::work::{Core, WorkError};
use chrono::{DateTime, Utc};
use diesel::ExpressionMethods;
use diesel_async::RunQueryDsl;

use super::database::TestDatabase;

/// The time at which most tests begin: noon in Berlin.
pub(crate) fn noon() -> DateTime<Utc> {
    "2026-11-23T11:00:00Z".parse().unwrap()
}

/// A clock that stands at `text` (RFC 3339) until it is moved.
pub(crate) fn clock_at(text: &str) -> Arc<ManualClock> {
    Arc::new(ManualClock::new(text.parse::<DateTime<Utc>>().unwrap()))
}

/// The base of all services, on `database` and `clock`.
pub(crate) fn core(database: &TestDatabase, clock: SharedClock) -> Core {
    Core {
        db: Db::connect(database.app_url(), 24).unwrap(),
        vault: Arc::new(Vault::new(MasterKey::generate())),
        hub: Arc::new(LocalHub::default()),
        limiters: Limiters::in_process(SharedClock::clone(&clock), Metrics::default()),
        metrics: Metrics::default(),
        ids: Arc::new(Ids::seeded(SharedClock::clone(&clock), 7)),
        clock,
    }
}

/// A new user on `plan`, in Berlin.
pub(crate) async fn insert_user(core: &Core, plan: &str) -> UserId {
    let user: UserId = core.ids.next();
    let row = (
        users::id.eq(user),
        users::email.eq(format!("{user}@example.org")),
        users::password_hash.eq("none"),
        users::locale.eq("en"),
        users::time_zone.eq("Europe/Berlin"),
        users::plan.eq(plan),
        users::granted_plan.eq(plan),
        users::email_verified_at.eq(core.clock.now()),
        users::created_at.eq(core.clock.now()),
    );
    let work = core.begin_new::<WorkError>(user, async |conn| {
        diesel::insert_into(users::table)
            .values(row)
            .execute(conn)
            .await?;
        Ok(())
    });
    work.await.unwrap().commit().await.unwrap();
    user
}

/// A new account of `user`, linked and online.
pub(crate) async fn insert_account(core: &Core, user: UserId) -> AccountRef {
    let (id, now): (AccountId, _) = (core.ids.next(), core.clock.now());
    let mut work = core.begin(user).await.unwrap();
    diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(id),
            accounts::user_id.eq(user),
            accounts::link_method.eq("QR"),
            accounts::state.eq("ONLINE"),
            accounts::state_changed_at.eq(now),
            accounts::created_at.eq(now),
            accounts::linked_at.eq(now),
        ))
        .execute(&mut *work)
        .await
        .unwrap();
    work.commit().await.unwrap();
    AccountRef { id, user }
}

/// The lease of `account`, as a node holds it that never ends.
pub(crate) async fn hold_lease(core: &Core, account: AccountRef) -> Fence {
    let mut tx = core.db.begin(account.user).await.unwrap();
    let claim = "INSERT INTO account_leases (account_id, node_id, fence, expires_at)
        VALUES ($1, $1, 1, 'infinity') ON CONFLICT DO NOTHING";
    diesel::sql_query(claim)
        .bind::<diesel::sql_types::Uuid, _>(account.id)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    Fence::new(account.id, 1)
}
