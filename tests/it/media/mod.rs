//! Media: fetched, sealed, settled once, and shown through signed links.

mod checking;
mod fetching;
mod improving;
mod links;
mod nodes;
mod renewal;
mod storage;

use amda::account::AccountRef;
use amda::db::schema::media;
use amda::id::MediaId;
use amda::media::{MediaRow, load};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::support::fetcher::{Served, picture};
use crate::support::world::World;

/// A file with this content, stored.
async fn stored(world: &World, account: AccountRef, content: &bytes::Bytes) -> MediaId {
    world.fetcher.serve("/stored", Served::Content(content.clone()));
    let media = world.fetch_later(account, &picture("/stored", content)).await;
    world.settle_media(1).await;
    assert_eq!(row(world, account, media).await.state.as_str(), "STORED");
    media
}

async fn row(world: &World, account: AccountRef, media: MediaId) -> MediaRow {
    find(world, account, media).await.expect("the file has a row")
}

async fn find(world: &World, account: AccountRef, media: MediaId) -> Option<MediaRow> {
    let mut tx = world.core.db.begin(account.user).await.unwrap();
    let found = load(&mut tx, &[media]).await.unwrap().pop();
    tx.commit().await.unwrap();
    found
}

/// Writes one column of a file's row.
async fn set_mime_type(world: &World, account: AccountRef, media: MediaId, mime_type: &str) {
    let mut tx = world.core.db.begin(account.user).await.unwrap();
    diesel::update(media::table.find(media))
        .set(media::mime_type.eq(mime_type))
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Every object in the store.
fn objects(world: &World) -> Vec<std::path::PathBuf> {
    fn visit(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    visit(world.folder.path(), &mut found);
    found
}
