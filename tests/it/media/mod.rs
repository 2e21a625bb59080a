//! Media: fetched, sealed, settled once, and shown through signed links.

mod checking;
mod fetching;
mod improving;
mod links;
mod nodes;
mod renewal;
mod storage;

use amda::account::AccountRef;
use amda::db::schema::{jobs, media};
use amda::id::MediaId;
use amda::media::{Fetching, MediaRow, fetch_later, load};
use bytes::Bytes;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::support::fetcher::{Served, picture};
use crate::support::world::World;

/// A file with this content, stored.
async fn stored(world: &World, account: AccountRef, content: &Bytes) -> MediaId {
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

/// The only file of the user.
async fn only_file(world: &World, account: AccountRef) -> MediaId {
    let mut tx = world.core.db.begin(account.user).await.unwrap();
    let files: Vec<MediaId> = media::table.select(media::id).load(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(files.len(), 1);
    files[0]
}

/// Has the file fetched, which is not stored.
async fn want(world: &World, account: AccountRef, media: MediaId) {
    let mut work = world.core.begin(account.user).await.unwrap();
    let fetching = fetch_later(&mut work, account, media).await.unwrap();
    assert_eq!(fetching, Fetching::Queued);
    work.commit().await.unwrap();
}

/// The number of fetches that wait.
async fn fetches(world: &World) -> i64 {
    let mut tx = world.core.db.begin_without_user().await.unwrap();
    let waiting = jobs::table
        .filter(jobs::kind.eq("media.fetch").and(jobs::died_at.is_null()))
        .count();
    let count = waiting.get_result(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    count
}

/// A picture of this size.
fn png(width: u32, height: u32) -> Bytes {
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(width, height, image::Rgb([9, 99, 199]))
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    png.into_inner().into()
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
