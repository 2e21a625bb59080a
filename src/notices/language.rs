use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::users;
use crate::id::UserId;

/// A language that notices and letters are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// English, also for every locale that is in none of the others.
    English,
    /// French.
    French,
    /// Portuguese.
    Portuguese,
}

impl Language {
    /// The language of a locale, such as `pt-BR`.
    pub fn of(locale: &str) -> Self {
        let language = locale.split('-').next().unwrap_or_default();
        match language.to_ascii_lowercase().as_str() {
            "fr" => Self::French,
            "pt" => Self::Portuguese,
            _ => Self::English,
        }
    }

    /// The language of a user.
    ///
    /// # Errors
    /// The database's.
    pub async fn of_user(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<Self> {
        let locale: String = users::table.find(user).select(users::locale).first(conn).await?;
        Ok(Self::of(&locale))
    }

    /// Its tag, for `lang` and `Content-Language`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
            Self::Portuguese => "pt",
        }
    }

    /// The text of three that is written in this language.
    pub fn pick<T>(self, english: T, french: T, portuguese: T) -> T {
        match self {
            Self::English => english,
            Self::French => french,
            Self::Portuguese => portuguese,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_has_its_languages_words_and_english_where_there_are_none() {
        assert_eq!(Language::of("pt-BR"), Language::Portuguese);
        assert_eq!(Language::of("PT"), Language::Portuguese);
        assert_eq!(Language::of("fr-CA"), Language::French);
        assert_eq!(Language::of("en-GB"), Language::English);
        assert_eq!(Language::of("ptx"), Language::English);
        assert_eq!(Language::of("de"), Language::English);
    }
}
