//! Media in a bucket of a real S3 server, which checks signatures and times, started in this process.

mod command;
mod keeping;
mod migrating;
mod outage;
mod plain;
mod restoring;
mod server;
mod settings;

use amda::account::AccountRef;
use amda::config::{MediaConfig, MediaEncryption, MediaStore};
use amda::db::schema::users;
use amda::id::MediaId;
use amda::media::{MediaRow, Objects, Storage, load};
use bytes::Bytes;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use self::server::S3Server;
use crate::support::fetcher::{Served, picture};
use crate::support::world::World;

/// A world whose files go to the bucket, and a user in it.
async fn world(server: &S3Server, encryption: MediaEncryption) -> (World, AccountRef) {
    let media = server.config(encryption);
    let world = World::with(|choices| choices.config.media = media).await;
    let account = world.user("PREMIUM").await;
    (world, account)
}

/// A file with this content, stored.
async fn stored(world: &World, account: AccountRef, path: &str, content: &Bytes) -> MediaId {
    world.fetcher.serve(path, Served::Content(content.clone()));
    let media = world.fetch_later(account, &picture(path, content)).await;
    world.settle_media(1).await;
    assert_eq!(row(world, account, media).await.state.as_str(), "STORED");
    media
}

async fn row(world: &World, account: AccountRef, media: MediaId) -> MediaRow {
    let mut tx = world.core.db.begin(account.user).await.unwrap();
    let found = load(&mut tx, &[media]).await.unwrap().pop();
    tx.commit().await.unwrap();
    found.expect("the file has a row")
}

async fn storage(world: &World, account: AccountRef, media: MediaId) -> Storage {
    row(world, account, media).await.storage
}

/// The whole content of a file, as AMDA reads it.
async fn read(world: &World, objects: &Objects, account: AccountRef, media: MediaId) -> Bytes {
    amda::media::read(&world.core, objects, account.user, media)
        .await
        .unwrap()
}

/// The store of `world` with other decisions of the operator.
fn objects(world: &World, config: &MediaConfig, store: MediaStore) -> Objects {
    let config = MediaConfig {
        store,
        ..config.clone()
    };
    Objects::in_folder(world.folder.path())
        .unwrap()
        .with_bucket(&config)
        .unwrap()
}

/// Deletes the account's user, with the job that removes what is stored of them.
async fn delete_user(world: &World, account: AccountRef) {
    let mut work = world.core.begin(account.user).await.unwrap();
    let (user, now) = (work.user, work.now);
    amda::media::discard_of_user(&mut work, &world.core.ids, user, now)
        .await
        .unwrap();
    work.wake_on_commit();
    diesel::delete(users::table.find(account.user))
        .execute(&mut *work)
        .await
        .unwrap();
    work.commit().await.unwrap();
}
