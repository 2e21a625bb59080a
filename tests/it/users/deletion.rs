//! The deletion of a user.

use amda::account::AccountRef;
use amda::features::users::request_deletion;
use amda::id::UserId;
use serde_json::json;
use tokio::time::timeout;

use super::{Client, registered, viewer_email};
use crate::support::core::insert_account;
use crate::support::database::connect;
use crate::support::fetcher::{Served, picture};
use crate::support::worker::DEADLINE;
use crate::support::world::World;

/// The only user with this address.
async fn user_of(world: &World, email: &str) -> UserId {
    let found = amda::features::users::find_by_email(&world.core.db, email).await;
    found.unwrap().unwrap()
}

async fn store_a_picture(world: &World, account: AccountRef) {
    let path = format!("/{}", account.id);
    world
        .fetcher
        .serve(&path, Served::Content(bytes::Bytes::from_static(b"sunset")));
    world.fetch_later(account, &picture(&path, b"sunset")).await;
    world.settle_media(1).await;
}

async fn run_deletion(world: &World, user: UserId) {
    request_deletion(&world.core, user).await.unwrap();
    let running = world.run("users.");
    let gone = timeout(DEADLINE, async {
        while world.services.users.find(user).await.unwrap().is_some() {}
    });
    gone.await.expect("the job deletes the user in time");
    running.stop().await;
}

/// The tables that have rows of `user`.
async fn tables_with_rows_of(world: &World, user: UserId) -> Vec<String> {
    let client = connect(world.database.url()).await;
    let query = "SELECT c.table_name::text FROM information_schema.columns c JOIN information_schema.tables t
        USING (table_schema, table_name) WHERE table_schema = 'public' AND column_name = 'user_id' AND table_type = 'BASE TABLE'";
    let mut found = Vec::new();
    for row in client.query(query, &[]).await.unwrap() {
        let table: String = row.get(0);
        let count = format!(
            "SELECT count(*) FROM {table} WHERE user_id = '{}'",
            user.as_uuid()
        );
        let row = client.query_one(&count, &[]).await.unwrap();
        if row.get::<_, i64>(0) > 0 {
            found.push(table);
        }
    }
    found
}

fn files(world: &World, user: UserId) -> usize {
    let folder = world.folder.path().join(user.to_string());
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|account| std::fs::read_dir(account.path()).unwrap().count())
        .sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_user_leaves_nothing_behind_and_other_users_keep_what_is_theirs() {
    let world = World::build().await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    let (bob, _) = registered(&world, "bob@example.org").await;
    let (her, him) = (
        user_of(&world, "alice@example.org").await,
        user_of(&world, "bob@example.org").await,
    );
    let (hers, his) = (
        insert_account(&world.core, her).await,
        insert_account(&world.core, him).await,
    );
    store_a_picture(&world, hers).await;
    store_a_picture(&world, his).await;
    assert_eq!((files(&world, her), files(&world, him)), (1, 1));

    run_deletion(&world, her).await;
    // Something else that the worker of media comes to after the removal.
    world.fetch_later(his, &picture("/nothing", b"x")).await;
    world.settle_media(1).await;

    assert_eq!(tables_with_rows_of(&world, her).await, Vec::<String>::new());
    assert!(viewer_email(&world, &alice).await.is_null());
    assert_eq!(viewer_email(&world, &bob).await, "bob@example.org");
    assert_eq!((files(&world, her), files(&world, him)), (0, 1));
}

#[tokio::test]
async fn the_address_of_a_deleted_user_is_free_again_and_a_second_deletion_finds_nobody() {
    let world = World::build().await;
    registered(&world, "alice@example.org").await;
    let first = user_of(&world, "alice@example.org").await;

    run_deletion(&world, first).await;
    let (second, _) = registered(&world, "alice@example.org").await;
    let unknown = amda::features::users::describe(&world.core, "nobody@example.org").await;

    assert_eq!(viewer_email(&world, &second).await, "alice@example.org");
    assert!(unknown.unwrap_err().to_string().contains("nobody@example.org"));
    let answer = super::log_in(&world, &Client::default(), "alice@example.org", "wrong password").await;
    assert_eq!(answer["errors"][0]["code"], json!("WRONG_CREDENTIALS"));
}
