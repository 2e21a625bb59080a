//! People whom a text or caption mentions.

use std::collections::HashSet;

use super::content::{Opened, open};
use super::{people, quoted};
use crate::event::{Content, Person};

/// Most people who are told apart in one text.
const MOST_PEOPLE: usize = 32;

/// Reads the people whom the content's text mentions. A message may list everybody of a group without naming anybody:
/// those whose digits do not stand in the text are left out.
pub(super) fn mentions(opened: &Opened<'_>, content: &Content) -> Vec<Person> {
    let Some(text) = content.text() else {
        return Vec::new();
    };
    let edited = opened
        .body
        .protocol_message
        .as_option()
        .and_then(|protocol| protocol.edited_message.as_option());
    let body = edited.map_or(opened.body, |edited| open(edited).body);
    let Some(context) = quoted::context(body) else {
        return Vec::new();
    };
    let written: HashSet<&str> = text
        .split('@')
        .skip(1)
        .map(|rest| &rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())])
        .collect();
    let is_written = |person: &Person| {
        let mut digits = [&person.lid, &person.phone_number].into_iter().flatten();
        digits.any(|digits| written.contains(digits.as_str()))
    };
    let mut seen = HashSet::new();
    context
        .mentioned_jid
        .iter()
        .filter_map(|jid| people::parse_person(jid))
        .filter(is_written)
        .filter(|person| seen.insert(person.clone()))
        .take(MOST_PEOPLE)
        .collect()
}
