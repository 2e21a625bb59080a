//! Units of work, from commit to announcement.

use amda::hub::EventKind;
use tokio::time::timeout;

use crate::support::database::{connect, until_waiting};
use crate::support::worker::DEADLINE;
use crate::support::world::World;

/// Makes every commit of an event wait for a lock.
const HOLD: &str = "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION hold();
    SELECT pg_advisory_lock(1)";

#[tokio::test]
async fn committed_events_are_announced_even_when_the_caller_no_longer_waits() {
    let (world, account) = World::with_user("FREE").await;
    let mut news = world.core.hub.subscribe(account.user);
    let owner = connect(world.database.url()).await;
    owner.batch_execute(HOLD).await.unwrap();
    let mut work = world.core.begin(account.user).await.unwrap();
    work.emit(EventKind::AccountChanged, Some(account.id), account.id);
    let mut commit = Box::pin(work.commit());

    // As for a request whose client is gone.
    tokio::select! {
        _ = &mut commit => panic!("it is held"),
        () = until_waiting(&world.database, 1) => {}
    }
    drop(commit);
    owner.batch_execute("SELECT pg_advisory_unlock(1)").await.unwrap();

    let told = timeout(DEADLINE, news.recv())
        .await
        .expect("it is announced in time")
        .unwrap();
    assert_eq!(told.rows[0].event.kind, EventKind::AccountChanged);
    assert_eq!(world.events(account).await, *told.rows);
}
