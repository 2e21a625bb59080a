//! Rounds of scheduled jobs.

use amda::db::schema::jobs;
use amda::features::Feature;
use amda::jobs::Scheduler;
use diesel::QueryDsl;
use diesel_async::RunQueryDsl;
use tokio::time::timeout;

use super::worker::DEADLINE;
use super::world::World;

/// Runs one round of the scheduled jobs of `feature` that are due, to their end.
pub(crate) async fn run_round(world: &World, feature: &dyn Feature) {
    let scheduler = Scheduler::new(world.core.clone(), feature.schedules());
    scheduler.write().await.unwrap();
    assert!(scheduler.tick().await.unwrap() > 0, "no job is due");
    let running = world.run(&format!("{}.", feature.name()));
    let done = async {
        loop {
            let mut tx = world.core.db.begin_without_user().await.unwrap();
            let left: i64 = jobs::table.count().get_result(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
            if left == 0 {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(DEADLINE, done).await.expect("the round ends in time");
    running.stop().await;
}
