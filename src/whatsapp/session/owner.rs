//! Owner of a linked account, as its client knows them.

use whatsapp_rust::Client;

use crate::event::Person;
use crate::whatsapp::translate;

/// The owner of `client`, by LID and phone number once it is linked; a person without names before.
pub(super) fn owner_of(client: &Client) -> Person {
    let (lid, pn) = (client.lid(), client.pn());
    translate::person_of(lid.iter().chain(&pn)).unwrap_or_default()
}
