//! The hashed ids of deleted users, by which a user who comes back with an older backup is deleted again.

use chrono::{DateTime, SecondsFormat, Utc};
use data_encoding::HEXLOWER;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use ring::digest::{SHA256, digest};

use super::schema::deleted_users;
use crate::id::UserId;

/// Length of a hash.
const HASH_BYTES: usize = 32;
/// Number of rows of one statement.
const BATCH: usize = 1_000;

mod functions {
    diesel::define_sql_function! { fn amda_returned_users() -> Uuid; }
}

/// The tombstone of a user who was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = deleted_users)]
pub struct Tombstone {
    /// SHA-256 of the user's id, whose 80 bits of chance nobody guesses.
    id_hash: Vec<u8>,
    /// Time of the deletion.
    deleted_at: DateTime<Utc>,
}

impl Tombstone {
    /// The tombstone as a line of a file.
    pub fn to_line(&self) -> String {
        let deleted_at = self.deleted_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        format!("{} {deleted_at}", HEXLOWER.encode(&self.id_hash))
    }

    /// Reads a line that [`Self::to_line`] wrote; none when it is another.
    pub fn parse(line: &str) -> Option<Self> {
        let (hash, at) = line.trim().split_once(' ')?;
        let id_hash = HEXLOWER.decode(hash.as_bytes()).ok()?;
        (id_hash.len() == HASH_BYTES).then_some(())?;
        Some(Self {
            id_hash,
            deleted_at: at.trim().parse().ok()?,
        })
    }
}

/// The hash by which a tombstone names `user`.
pub fn hash(user: UserId) -> Vec<u8> {
    digest(&SHA256, user.as_uuid().as_bytes()).as_ref().to_vec()
}

/// The [`hash`]es of the users who were deleted at `since` or later.
///
/// # Errors
/// The database's.
pub async fn list_since(conn: &mut AsyncPgConnection, since: DateTime<Utc>) -> QueryResult<Vec<Vec<u8>>> {
    deleted_users::table
        .filter(deleted_users::deleted_at.ge(since))
        .select(deleted_users::id_hash)
        .load(conn)
        .await
}

/// Notes that `user` is deleted.
///
/// # Errors
/// The database's.
pub async fn insert(conn: &mut AsyncPgConnection, user: UserId, now: DateTime<Utc>) -> QueryResult<()> {
    let tombstone = Tombstone {
        id_hash: hash(user),
        deleted_at: now,
    };
    insert_all(conn, &[tombstone]).await
}

/// Adds tombstones; those that are there already stay as they are.
///
/// # Errors
/// The database's.
pub async fn insert_all(conn: &mut AsyncPgConnection, tombstones: &[Tombstone]) -> QueryResult<()> {
    for some in tombstones.chunks(BATCH) {
        diesel::insert_into(deleted_users::table)
            .values(some)
            .on_conflict_do_nothing()
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// The tombstones, the oldest first.
///
/// # Errors
/// The database's.
pub async fn list(conn: &mut AsyncPgConnection) -> QueryResult<Vec<Tombstone>> {
    deleted_users::table
        .order((deleted_users::deleted_at, deleted_users::id_hash))
        .load(conn)
        .await
}

/// The users who have a tombstone and are there.
///
/// # Errors
/// The database's.
pub async fn find_returned(conn: &mut AsyncPgConnection) -> QueryResult<Vec<UserId>> {
    diesel::select(functions::amda_returned_users()).load(conn).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tombstone_reads_back_from_its_line_and_other_lines_are_none() {
        let tombstone = Tombstone {
            id_hash: vec![7; 32],
            deleted_at: "2026-11-29T12:00:00Z".parse().unwrap(),
        };

        let line = tombstone.to_line();

        assert_eq!(Tombstone::parse(&format!("{line}\n")), Some(tombstone));
        for wrong in [
            "",
            "07 2026-11-29T12:00:00Z",
            &line[2..],
            &line.replace("2026", "then"),
        ] {
            assert_eq!(Tombstone::parse(wrong), None, "{wrong}");
        }
    }
}
