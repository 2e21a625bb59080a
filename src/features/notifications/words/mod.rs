//! What notifications say, in each language.

mod bodies;
mod titles;

pub(super) use titles::title;

use super::facts::{Facts, Reader};
use crate::notices::NoticeKind;

/// What a notification says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// What happened, without naming anybody.
    pub title: &'static str,
    /// The same with names and times, in one or two sentences.
    pub body: String,
}

/// The words of a notification of `kind` for `reader`.
pub(super) fn of(kind: NoticeKind, facts: &Facts, reader: Reader) -> Words {
    Words {
        title: title(kind, reader.language),
        body: bodies::body(kind, facts, reader),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::language::Language;
    use super::*;

    const ALL: [Language; 3] = [Language::English, Language::French, Language::Portuguese];

    fn reader(language: Language) -> Reader {
        Reader {
            language,
            zone: chrono_tz::Europe::Berlin,
        }
    }

    fn facts(details: serde_json::Value) -> Facts {
        Facts {
            account: Some("Work".to_owned()),
            person: Some("Ana".to_owned()),
            group: Some("Família".to_owned()),
            details,
        }
    }

    #[test]
    fn every_kind_says_something_of_its_own_in_every_language() {
        let mut said = std::collections::HashSet::new();

        for kind in NoticeKind::ALL {
            for language in ALL {
                let words = of(kind, &facts(json!({})), reader(language));
                assert!(said.insert(words.title), "{kind:?} {language:?}");
                assert!(words.body.ends_with('.'), "{kind:?} {language:?}");
            }
        }
    }

    #[test]
    fn a_title_names_nobody_and_a_body_does() {
        let words = of(
            NoticeKind::MessageDeleted,
            &facts(json!({})),
            reader(Language::Portuguese),
        );

        assert_eq!(words.title, "Uma mensagem foi apagada");
        assert_eq!(words.body, "Ana apagou uma mensagem em Família.");
    }

    #[test]
    fn whoever_is_not_known_any_more_is_somebody() {
        let words = of(
            NoticeKind::MessageEdited,
            &Facts::default(),
            reader(Language::French),
        );

        assert_eq!(words.body, "Quelqu’un a modifié un message.");
    }

    #[test]
    fn each_state_that_needs_the_owner_says_what_to_do() {
        let told = |state: &str| {
            let details = json!({"state": state, "until": "2026-11-24T11:00:00Z"});
            of(
                NoticeKind::AccountNeedsAttention,
                &facts(details),
                reader(Language::English),
            )
            .body
        };

        assert_eq!(
            told("LOGGED_OUT"),
            "Work was logged out of WhatsApp. Link it again."
        );
        assert_eq!(
            told("BANNED_UNTIL"),
            "WhatsApp locked Work until 24 November 2026, 12:00."
        );
        assert!(told("REPLACED").contains("Restart the account"));
        assert!(told("OUTDATED_CLIENT").contains("operator"));
        assert!(told("STOPPED").contains("Restart it"));
    }

    #[test]
    fn a_time_of_the_details_is_told_by_the_readers_clock() {
        let told = |kind, details| of(kind, &facts(details), reader(Language::English)).body;

        let exhausted = told(
            NoticeKind::QuotaExhausted,
            json!({"resetsAt": "2026-11-30T23:00:00Z"}),
        );
        assert!(exhausted.ends_with("on 1 December 2026."), "{exhausted}");
        let shortened = told(NoticeKind::RetentionShortened, json!({"until": "nonsense"}));
        assert!(shortened.ends_with("will be deleted."), "{shortened}");
    }
}
