use amda::account::AccountRef;
use amda::db::{DbError, Fence};
use amda::event::{Event, LinkEvent};
use amda::work::WorkError;
use diesel_async::SimpleAsyncConnection;

use crate::support::core::hold_lease;
use crate::support::database::{connect, until_waiting};
use crate::support::world::World;

/// Another node claims the lease.
const CLAIM: &str = "SELECT FROM account_leases FOR UPDATE;
    UPDATE account_leases SET node_id = gen_random_uuid(), fence = fence + 1";

async fn rename(world: &World, account: AccountRef, fence: &Fence) -> Result<(), WorkError> {
    let mut work = world.core.begin_fenced(account.user, fence).await?;
    work.batch_execute("UPDATE accounts SET state = 'DEAF'").await?;
    work.commit().await
}

async fn state(world: &World) -> String {
    let client = connect(world.database.url()).await;
    client
        .query_one("SELECT state FROM accounts", &[])
        .await
        .unwrap()
        .get(0)
}

#[tokio::test]
async fn a_commit_under_a_fence_that_another_claim_raised_is_refused_and_says_so() {
    let (world, account) = World::with_user("FREE").await;
    let fence = hold_lease(&world.core, account).await;
    rename(&world, account, &fence).await.unwrap();

    connect(world.database.url())
        .await
        .batch_execute(CLAIM)
        .await
        .unwrap();
    connect(world.database.url())
        .await
        .batch_execute("UPDATE accounts SET state = 'ONLINE'")
        .await
        .unwrap();
    let refused = rename(&world, account, &fence).await;

    assert!(
        matches!(&refused, Err(WorkError::Db(DbError::LeaseOver { account: of })) if *of == account.id),
        "{refused:?}"
    );
    assert!(fence.is_lost());
    assert_eq!(state(&world).await, "ONLINE");
}

#[tokio::test]
async fn a_commit_under_a_lease_that_is_over_is_refused_though_nobody_claimed_it() {
    let (world, account) = World::with_user("FREE").await;
    let fence = hold_lease(&world.core, account).await;

    connect(world.database.url())
        .await
        .batch_execute("UPDATE account_leases SET expires_at = clock_timestamp()")
        .await
        .unwrap();
    let refused = rename(&world, account, &fence).await;

    assert!(
        matches!(refused, Err(WorkError::Db(DbError::LeaseOver { .. }))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_commit_waits_for_a_claim_that_is_under_way_and_is_refused_after_it() {
    let (world, account) = World::with_user("FREE").await;
    let fence = hold_lease(&world.core, account).await;
    let other = connect(world.database.url()).await;
    other.batch_execute(&format!("BEGIN; {CLAIM}")).await.unwrap();

    let commit = rename(&world, account, &fence);
    let (refused, ()) = tokio::join!(commit, async {
        until_waiting(&world.database, 1).await;
        other.batch_execute("COMMIT").await.unwrap();
    });

    assert!(
        matches!(refused, Err(WorkError::Db(DbError::LeaseOver { .. }))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_renewal_keeps_the_fence_and_waits_for_no_commit() {
    let (world, account) = World::with_user("FREE").await;
    let fence = hold_lease(&world.core, account).await;
    let renewing = connect(world.database.url()).await;
    renewing
        .batch_execute(
            "BEGIN; UPDATE account_leases SET expires_at = clock_timestamp() + interval '1 minute'",
        )
        .await
        .unwrap();

    let committed = rename(&world, account, &fence).await;

    committed.unwrap();
    assert!(!fence.is_lost());
    renewing.batch_execute("COMMIT").await.unwrap();
}

#[tokio::test]
async fn events_of_a_session_whose_lease_is_over_are_not_recorded() {
    let (world, account) = World::with_user("FREE").await;
    let fence = hold_lease(&world.core, account).await;
    connect(world.database.url())
        .await
        .batch_execute(CLAIM)
        .await
        .unwrap();

    let refused = world
        .receive_fenced(account, &fence, &[Event::Link(LinkEvent::Deaf)])
        .await;

    assert!(refused.is_err());
    assert_eq!(state(&world).await, "ONLINE");
    assert_eq!(world.events(account).await, []);
}
