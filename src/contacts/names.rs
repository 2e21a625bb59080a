use diesel::prelude::*;

use crate::crypto::{CryptoError, DataKey};
use crate::db::schema::contacts;
use crate::id::ContactId;
use crate::visible_text::visible_line;

/// The names and the number of a person, sealed as their row holds them.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = contacts)]
pub struct SealedNames {
    id: ContactId,
    sealed_phone_number: Option<Vec<u8>>,
    sealed_name: Option<Vec<u8>>,
    sealed_push_name: Option<Vec<u8>>,
    sealed_verified_name: Option<Vec<u8>>,
}

/// The names and the number of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonNames {
    /// Digits with country code.
    pub phone_number: Option<String>,
    /// Name in the owner's address book.
    pub name: Option<String>,
    /// Name that the person chose.
    pub push_name: Option<String>,
    /// Name of a business, which WhatsApp verified.
    pub verified_name: Option<String>,
}

impl PersonNames {
    /// The best name there is: the address book's, else what they call themselves, else the verified name of a business,
    /// else the phone number with a plus.
    pub fn best(&self) -> Option<String> {
        let names = [&self.name, &self.push_name, &self.verified_name];
        let name = names.into_iter().flatten().next().cloned();
        name.or_else(|| self.phone_number.as_ref().map(|digits| format!("+{digits}")))
    }
}

impl SealedNames {
    /// Opens the names with the key of the row's user.
    ///
    /// # Errors
    /// [`CryptoError`].
    pub fn open(&self, key: &DataKey) -> Result<PersonNames, CryptoError> {
        let open = |column, sealed: &Option<Vec<u8>>| {
            let sealed = sealed.as_deref();
            sealed
                .map(|sealed| key.open_text("contacts", column, self.id, sealed))
                .transpose()
        };
        // Earlier releases stored names as they came.
        let open_name = |column, sealed| {
            let name: Option<String> = open(column, sealed)?;
            Ok(name.and_then(|name| visible_line(&name, usize::MAX)))
        };
        Ok(PersonNames {
            phone_number: open(PHONE_NUMBER, &self.sealed_phone_number)?,
            name: open_name(NAME, &self.sealed_name)?,
            push_name: open_name(PUSH_NAME, &self.sealed_push_name)?,
            verified_name: open_name(VERIFIED_NAME, &self.sealed_verified_name)?,
        })
    }
}

/// The column of the number.
pub(super) const PHONE_NUMBER: &str = "sealed_phone_number";
/// The column of the name in the address book.
pub(super) const NAME: &str = "sealed_name";
/// The column of the name that the person chose.
pub(super) const PUSH_NAME: &str = "sealed_push_name";
/// The column of the verified name of a business.
pub(super) const VERIFIED_NAME: &str = "sealed_verified_name";

/// Seals a text for `column` of the contact `id`.
pub(super) fn seal(key: &DataKey, column: &str, id: ContactId, text: &str) -> Vec<u8> {
    key.seal_text("contacts", column, id, text)
}

/// The fingerprint by which a contact is found from the digits of a phone number.
pub fn phone_number_print(key: &DataKey, digits: &str) -> i64 {
    key.fingerprint("phone number of a contact", digits)
}

#[cfg(test)]
mod tests {
    use ulid::Ulid;

    use super::*;

    #[test]
    fn a_name_that_was_stored_as_it_came_opens_as_one_visible_line() {
        let (key, id) = (DataKey::generate(), ContactId::from(Ulid::from(1_u128)));
        let sealed = |column, text| Some(seal(&key, column, id, text));
        let names = SealedNames {
            id,
            sealed_phone_number: sealed(PHONE_NUMBER, "5511900000001"),
            sealed_name: sealed(NAME, "\u{3164}\u{200B}"),
            sealed_push_name: sealed(PUSH_NAME, "Bob\n\u{202E}Admin"),
            sealed_verified_name: None,
        };

        let opened = names.open(&key).unwrap();

        assert_eq!(opened.name, None);
        assert_eq!(opened.push_name.as_deref(), Some("Bob Admin"));
        assert_eq!(opened.phone_number.as_deref(), Some("5511900000001"));
    }
}
