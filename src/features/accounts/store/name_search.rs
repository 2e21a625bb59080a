use crate::contacts::PersonNames;
use crate::features::accounts::phone_number::digits_of;
use crate::visible_text::visible_line;

/// Number of rows that are opened at a time in search of a name.
pub(super) const BATCH: i64 = 1_000;

/// A search by part of a name, without regard to case, or of a phone number.
#[derive(Debug)]
pub(super) struct NameSearch {
    part: String,
    digits: String,
}

impl NameSearch {
    /// A search for `text`; none when nothing visible is in it.
    pub(super) fn new(text: &str) -> Option<Self> {
        let text = visible_line(text, usize::MAX)?;
        Some(Self {
            part: text.to_lowercase(),
            digits: digits_of(&text),
        })
    }

    /// True when one of the names, or the number, is looked for.
    pub(super) fn finds_person(&self, names: &PersonNames) -> bool {
        let is_in = |name: &Option<String>| name.as_deref().is_some_and(|name| self.finds_name(name));
        let has_digits = || {
            let number = names.phone_number.as_deref();
            !self.digits.is_empty() && number.is_some_and(|number| number.contains(&self.digits))
        };
        is_in(&names.name) || is_in(&names.push_name) || is_in(&names.verified_name) || has_digits()
    }

    /// True when `name` is looked for.
    pub(super) fn finds_name(&self, name: &str) -> bool {
        name.to_lowercase().contains(&self.part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_found_by_part_of_a_name_or_number() {
        let names = PersonNames {
            phone_number: Some("5511988887777".to_owned()),
            name: Some("Zoé Álvares".to_owned()),
            push_name: Some("zo 100%_".to_owned()),
            verified_name: Some("Álvares Ltda".to_owned()),
        };
        let finds = |text: &str| NameSearch::new(text).unwrap().finds_person(&names);

        assert!(
            finds("ÁLVA") && finds("ltda") && finds("zo 1") && finds("+55\u{A0}11 9888") && finds("100%_")
        );
        assert!(!finds("Alice") && !finds("4915") && !finds("%o"));
        assert!(NameSearch::new(" \u{200B} ").is_none());
    }
}
