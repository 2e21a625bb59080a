//! `amda media migrate`: to the bucket and back, while files are read.

use std::collections::BTreeMap;

use amda::account::AccountRef;
use amda::config::{MediaConfig, MediaEncryption, MediaStore};
use amda::id::MediaId;
use amda::media::{Migrated, Migration, Objects, Storage};
use bytes::Bytes;
use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use super::server::S3Server;
use super::{objects, read, row, storage, stored};
use crate::support::fetcher::content;
use crate::support::world::World;

const FILES: usize = 12;

/// A world whose files lie in the folder beside a bucket.
struct Moving {
    server: S3Server,
    world: World,
    alice: AccountRef,
    config: MediaConfig,
    objects: Objects,
    files: BTreeMap<MediaId, Bytes>,
}

impl Moving {
    async fn build(encryption: MediaEncryption) -> Self {
        let server = S3Server::start().await;
        let config = MediaConfig {
            store: MediaStore::Folder,
            ..server.config(encryption)
        };
        let media = config.clone();
        let world = World::with(|choices| choices.config.media = media).await;
        let alice = world.user("PREMIUM").await;
        let mut files = BTreeMap::new();
        for number in 0..FILES {
            let content = content(number * 97_001 + 1);
            let media = stored(&world, alice, &format!("/{number}"), &content).await;
            files.insert(media, content);
        }
        Self {
            objects: objects(&world, &config, MediaStore::Folder),
            server,
            world,
            alice,
            config,
            files,
        }
    }

    fn migration(&self, to: Storage) -> Migration {
        Migration {
            core: self.world.core.clone(),
            objects: self.objects.clone(),
            to,
        }
    }

    async fn migrate(&self, to: Storage) -> Migrated {
        let stop = CancellationToken::new();
        self.migration(to).run(&stop, |_| {}).await.unwrap()
    }

    /// Reads every file and compares it.
    async fn read_all(&self) {
        for (media, content) in &self.files {
            let found = read(&self.world, &self.world.objects, self.alice, *media).await;
            assert_eq!(found, *content, "{media}");
        }
    }

    async fn count_in(&self, wanted: Storage) -> usize {
        let mut count = 0;
        for media in self.files.keys() {
            count += usize::from(storage(&self.world, self.alice, *media).await == wanted);
        }
        count
    }

    /// Lets the jobs run that remove what nothing names.
    async fn remove_former(&self) {
        self.world.clock.advance(TimeDelta::hours(2));
        stored(&self.world, self.alice, "/last", &content(5)).await;
    }

    fn files_in_folder(&self) -> usize {
        count_files(self.world.folder.path())
    }
}

fn count_files(folder: &std::path::Path) -> usize {
    let paths = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    paths
        .map(|path| if path.is_dir() { count_files(&path) } else { 1 })
        .sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_move_to_the_bucket_and_back_while_they_are_read() {
    let moving = Moving::build(MediaEncryption::Sealed).await;

    for to in [Storage::Bucket, Storage::Folder] {
        let moved = async {
            let moved = moving.migrate(to).await;
            assert_eq!(moved.files, FILES as u64);
        };
        let reading = async {
            for _ in 0..5 {
                moving.read_all().await;
            }
        };
        tokio::join!(moved, reading);

        assert_eq!(moving.count_in(to).await, FILES);
        moving.read_all().await;
    }
    moving.remove_former().await;
    moving.read_all().await;
    assert_eq!(moving.server.keys(), [""; 0], "nothing stays in the bucket");
    assert_eq!(moving.files_in_folder(), FILES + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_that_was_killed_is_taken_up_where_it_was() {
    let moving = Moving::build(MediaEncryption::Sealed).await;
    let migration = moving.migration(Storage::Bucket);

    let killed = tokio::spawn(async move {
        let stop = CancellationToken::new();
        let die = |done: &Migrated| assert!(done.files < 3, "killed in the middle");
        migration.run(&stop, die).await
    });
    assert!(killed.await.unwrap_err().is_panic());
    let before = moving.count_in(Storage::Bucket).await;
    moving.read_all().await;

    let rest = moving.migrate(Storage::Bucket).await;

    assert!((3..FILES).contains(&before), "{before} were moved");
    assert_eq!(rest.files, (FILES - before) as u64, "and not again");
    assert_eq!(moving.count_in(Storage::Bucket).await, FILES);
    moving.remove_former().await;
    moving.read_all().await;
    assert_eq!(moving.server.keys().len(), FILES, "what was half done went");
    assert_eq!(moving.files_in_folder(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_become_plain_in_a_bucket_that_encrypts_and_sealed_again() {
    let moving = Moving::build(MediaEncryption::Bucket).await;

    moving.migrate(Storage::PlainBucket).await;
    moving.read_all().await;
    let media = *moving.files.keys().next_back().unwrap();
    let row = row(&moving.world, moving.alice, media).await;
    let key = format!("amda/{}", row.object_key.unwrap());
    assert_eq!(moving.server.object(&key), moving.files[&media]);

    moving.migrate(Storage::Bucket).await;

    assert_eq!(moving.count_in(Storage::Bucket).await, FILES);
    moving.read_all().await;
    let store = objects(&moving.world, &moving.config, MediaStore::Bucket);
    assert_eq!(
        read(&moving.world, &store, moving.alice, media).await,
        moving.files[&media]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_lost_stays_as_it_is_and_does_not_keep_the_others() {
    let moving = Moving::build(MediaEncryption::Sealed).await;
    let lost = *moving.files.keys().next().unwrap();
    let name = row(&moving.world, moving.alice, lost).await.object_key.unwrap();
    std::fs::remove_file(moving.world.folder.path().join(name)).unwrap();

    let moved = moving.migrate(Storage::Bucket).await;

    assert_eq!(moved.unreadable, [lost]);
    assert_eq!(moved.files, FILES as u64 - 1);
    assert_eq!(storage(&moving.world, moving.alice, lost).await, Storage::Folder);
}
