//! Tests of the write buffer.

use std::collections::BTreeSet;

use super::keyspace::{Keyspace, MessageAddress, RowKey, RowValue};
use super::write_buffer::{Snapshot, WriteBuffer};

const ALICE: &str = "alice@s.whatsapp.net";

fn of(id: &str) -> MessageAddress<'_> {
    MessageAddress {
        chat: ALICE,
        sender: ALICE,
        id,
    }
}

fn copy(id: &str) -> RowKey {
    RowKey::pending_inbound(ALICE, ALICE, id)
}

/// Adds a copy, for which memory is enough, or not.
fn is_enough_for(buffer: &WriteBuffer, id: &str, plain: &str) -> bool {
    !buffer.add_copies([(of(id), RowValue::new(plain))])
}

fn give_ratchet(buffer: &WriteBuffer) {
    let session = RowKey::of_device(Keyspace::Session, ALICE);
    buffer.add_ratchets([(session, RowValue::new("moved"))]);
}

async fn store(buffer: &WriteBuffer) -> Snapshot {
    let snapshot = buffer.begin_storing().await.unwrap();
    buffer.note_stored(&snapshot);
    snapshot
}

#[tokio::test]
async fn a_copy_that_was_never_stored_leaves_nothing_to_remove() {
    let buffer = WriteBuffer::default();
    buffer.note_arrival(ALICE, "1");
    assert!(is_enough_for(&buffer, "1", "one") && is_enough_for(&buffer, "2", "two"));

    let snapshot = buffer.begin_storing().await.unwrap();
    assert!(is_enough_for(&buffer, "2", "two again"));
    buffer.note_stored(&snapshot);
    drop(snapshot);

    assert!(buffer.row(&copy("1")).is_none());
    assert_eq!(buffer.row(&copy("2")).unwrap().unwrap().plain, b"two again");
    let both = [copy("1"), copy("2")];
    buffer.remove_copies(&both);
    assert_eq!(store(&buffer).await.removed, BTreeSet::from(both));
    assert!(is_enough_for(&buffer, "3", "three"));
    buffer.remove_copies(&[copy("3")]);
    assert!(buffer.begin_storing().await.is_none());
}

#[tokio::test]
async fn memory_is_enough_while_no_ratchet_is_stored_that_was_given_since_the_message_was_decrypted() {
    let buffer = WriteBuffer::default();
    assert!(!is_enough_for(
        &buffer,
        "1",
        "when it was decrypted, nobody knows"
    ));
    assert!(is_enough_for(&buffer, "2", "decrypted after the copy before it"));
    give_ratchet(&buffer);
    assert!(is_enough_for(&buffer, "3", "the ratchet is not stored"));
    store(&buffer).await;
    assert!(is_enough_for(
        &buffer,
        "4",
        "decrypted after that ratchet was given"
    ));

    buffer.note_arrival(ALICE, "5");
    give_ratchet(&buffer);
    store(&buffer).await;

    assert!(!is_enough_for(&buffer, "5", "the ratchet may have passed it"));
    give_ratchet(&buffer);
    buffer.note_arrival(ALICE, "6");
    store(&buffer).await;
    assert!(is_enough_for(
        &buffer,
        "6",
        "it arrived after the ratchet was given"
    ));
    give_ratchet(&buffer);
    store(&buffer).await;
    buffer.note_arrival("bob@s.whatsapp.net", "7");
    assert!(!is_enough_for(
        &buffer,
        "7",
        "one of the same id arrived in another chat"
    ));
}

#[test]
fn messages_that_are_copied_together_were_decrypted_before() {
    let buffer = WriteBuffer::default();
    let together = ["1", "2"].map(|id| (of(id), RowValue::new("of a backlog")));

    assert!(
        buffer.add_copies(together),
        "the first does not vouch for the second"
    );
}

#[tokio::test]
async fn one_frame_holds_until_a_ratchet_is_stored_and_those_behind_it_need_not() {
    let buffer = WriteBuffer::default();
    let is_held = || buffer.hold_for_ratchets(|| ()).is_some();
    assert!(!is_held(), "there is none");
    give_ratchet(&buffer);

    assert!(is_held());
    assert!(!is_held(), "it is being stored");
    give_ratchet(&buffer);
    assert!(is_held(), "this one came later");
    store(&buffer).await;
    assert!(!is_held());
    give_ratchet(&buffer);
    store(&buffer).await;
    assert!(!is_held(), "it went with something else");
}

#[tokio::test]
async fn a_closed_buffer_stores_nothing() {
    let buffer = WriteBuffer::default();
    give_ratchet(&buffer);

    assert!(buffer.remove_copies(&[copy("1")]));
    buffer.close();

    assert!(!buffer.remove_copies(&[copy("2")]));
    assert!(buffer.begin_storing().await.is_none());
}

#[tokio::test]
async fn a_copy_that_is_removed_while_it_is_being_stored_is_removed_afterwards() {
    let buffer = WriteBuffer::default();
    is_enough_for(&buffer, "1", "one");
    let snapshot = buffer.begin_storing().await.unwrap();

    buffer.remove_copies(&[copy("1")]);
    buffer.note_stored(&snapshot);
    drop(snapshot);

    assert_eq!(store(&buffer).await.removed, BTreeSet::from([copy("1")]));
    assert!(buffer.begin_storing().await.is_none());
}

#[tokio::test]
async fn a_row_that_is_written_again_behind_its_removal_stays() {
    let buffer = WriteBuffer::default();
    let session = RowKey::of_device(Keyspace::Session, ALICE);
    give_ratchet(&buffer);
    buffer.remove(session.clone());
    assert!(matches!(buffer.row(&session), Some(None)));
    let snapshot = buffer.begin_storing().await.unwrap();

    give_ratchet(&buffer);
    buffer.note_stored(&snapshot);
    drop(snapshot);

    assert!(buffer.row(&session).flatten().is_some());
    let snapshot = buffer.begin_storing().await.unwrap();
    assert!(snapshot.removed.is_empty() && snapshot.rows.contains_key(&session));
}

#[tokio::test]
async fn a_copy_that_is_to_be_removed_is_gone_until_it_comes_again() {
    let buffer = WriteBuffer::default();
    is_enough_for(&buffer, "1", "one");
    store(&buffer).await;

    buffer.remove_copies(&[copy("1")]);

    assert!(matches!(buffer.row(&copy("1")), Some(None)));
    let snapshot = buffer.begin_storing().await.unwrap();
    assert!(snapshot.removed.contains(&copy("1")) && snapshot.rows.is_empty());
    drop(snapshot);
    is_enough_for(&buffer, "1", "one again");
    assert_eq!(buffer.row(&copy("1")).unwrap().unwrap().plain, b"one again");
    assert!(buffer.begin_storing().await.unwrap().removed.is_empty());
}
