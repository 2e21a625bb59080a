//! Mentions: WhatsApp writes `@` and the digits of a person's LID or phone number; apps show the person's name.

use std::borrow::Cow;
use std::collections::HashMap;

use diesel::QueryResult;

use super::people;
use crate::account::AccountRef;
use crate::event::Message;
use crate::visible_text::visible_line;
use crate::work::Work;

/// Most bytes of names in one text, so that a short text cannot become an endless one.
const MOST_BYTES: usize = 16 * 1024;
/// Most letters of a name in a text.
const MOST_LETTERS: usize = 60;

/// Returns `message` with the people whom its text or caption mentions by their names, or by their numbers where no name is
/// known. A person of whom nothing but the LID is known stays as digits.
///
/// # Errors
/// The database's.
pub async fn name_mentioned<'a>(
    work: &mut Work,
    account: AccountRef,
    message: &'a Message,
) -> QueryResult<Cow<'a, Message>> {
    let names = names_of(work, account, message).await?;
    if names.is_empty() {
        return Ok(Cow::Borrowed(message));
    }
    let mut message = message.clone();
    if let Some(text) = message.content.text_mut() {
        *text = named(text, &names);
    }
    Ok(Cow::Owned(message))
}

/// The names of the people whom `message` mentions, by the digits that stand in its text.
async fn names_of(
    work: &mut Work,
    account: AccountRef,
    message: &Message,
) -> QueryResult<HashMap<String, String>> {
    let mut names = HashMap::new();
    for person in &message.mentions {
        let known = people::find_names(work, account, person).await?;
        let best = known.and_then(|names| names.best());
        let name = best.and_then(|name| visible_line(&name, MOST_LETTERS));
        let number = person.phone_number.as_ref().map(|digits| format!("+{digits}"));
        if let Some(name) = name.or(number) {
            let digits = [&person.lid, &person.phone_number].into_iter().flatten();
            names.extend(digits.map(|digits| (digits.clone(), name.clone())));
        }
    }
    Ok(names)
}

fn named(text: &str, names: &HashMap<String, String>) -> String {
    let mut named = String::with_capacity(text.len());
    let mut rest = text;
    let mut bytes = 0;
    while let Some(at) = rest.find('@') {
        let (before, after) = rest.split_at(at + 1);
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (digits, beyond) = after.split_at(end);
        named.push_str(before);
        match names.get(digits).filter(|name| bytes + name.len() <= MOST_BYTES) {
            Some(name) => {
                named.push_str(name);
                bytes += name.len();
            }
            None => named.push_str(digits),
        }
        rest = beyond;
    }
    named + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_digits_of_a_mentioned_person_are_replaced() {
        let names = HashMap::from([
            ("111".to_owned(), "Bob".to_owned()),
            ("222".to_owned(), "Zoé A.".to_owned()),
        ]);

        for (text, wanted) in [
            ("hi @111, and @222!", "hi @Bob, and @Zoé A.!"),
            ("@111@111", "@Bob@Bob"),
            ("@1111 @11 111 @ @", "@1111 @11 111 @ @"),
            ("é@111é", "é@Bobé"),
            ("", ""),
        ] {
            assert_eq!(named(text, &names), wanted);
        }
    }

    #[test]
    fn a_text_of_nothing_but_mentions_stays_bounded() {
        let text = "@1".repeat(20_000);
        for name in ["x".repeat(60), "e\u{301}\u{301}".repeat(60)] {
            let names = HashMap::from([("1".to_owned(), name)]);

            assert!(named(&text, &names).len() <= text.len() + MOST_BYTES);
        }
    }
}
