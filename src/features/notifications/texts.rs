//! The text of a notification in the reader's language.

use crate::features;
use crate::notices::{Language, Locale, NoticeKind, TemplateData};

/// The text of a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationText {
    /// Title, which names nobody.
    pub title: &'static str,
    /// Body of one or two sentences, with names and times.
    pub body: String,
}

impl NotificationText {
    /// The text of a notification of `kind`.
    pub(super) fn of(kind: NoticeKind, data: &TemplateData, locale: Locale) -> Self {
        let notice_type = features::notice_type(kind);
        Self {
            title: notice_type.title(locale.language),
            body: notice_type.body(data, locale),
        }
    }
}

/// The title of every notification of `kind`.
pub(super) fn title(kind: NoticeKind, language: Language) -> &'static str {
    features::notice_type(kind).title(language)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ALL: [Language; 3] = [Language::English, Language::French, Language::Portuguese];

    fn locale(language: Language) -> Locale {
        Locale {
            language,
            zone: chrono_tz::Europe::Berlin,
        }
    }

    fn data(details: serde_json::Value) -> TemplateData {
        TemplateData {
            account: Some("Work".to_owned()),
            contact: Some("Ana".to_owned()),
            group: Some("Família".to_owned()),
            details,
        }
    }

    #[test]
    fn every_kind_says_something_of_its_own_in_every_language() {
        let mut said = std::collections::HashSet::new();

        for kind in NoticeKind::ALL {
            for language in ALL {
                let text = NotificationText::of(kind, &data(json!({})), locale(language));
                assert!(said.insert(text.title), "{kind:?} {language:?}");
                assert!(text.body.ends_with('.'), "{kind:?} {language:?}");
            }
        }
    }

    #[test]
    fn a_title_names_nobody_and_a_body_does() {
        let text = NotificationText::of(
            NoticeKind::MessageDeleted,
            &data(json!({})),
            locale(Language::Portuguese),
        );

        assert_eq!(text.title, "Uma mensagem foi apagada");
        assert_eq!(text.body, "Ana apagou uma mensagem em Família.");
    }

    #[test]
    fn whoever_is_not_known_any_more_is_somebody() {
        let text = NotificationText::of(
            NoticeKind::MessageDeleted,
            &TemplateData::default(),
            locale(Language::French),
        );

        assert_eq!(text.body, "Quelqu’un a supprimé un message.");
    }

    #[test]
    fn each_state_that_needs_the_owner_says_what_to_do() {
        let told = |state: &str| {
            let details = json!({"state": state, "until": "2026-11-24T11:00:00Z"});
            NotificationText::of(
                NoticeKind::AccountNeedsAttention,
                &data(details),
                locale(Language::English),
            )
            .body
        };

        assert_eq!(
            told("LOGGED_OUT"),
            "Work was logged out of WhatsApp. Link it again."
        );
        assert_eq!(
            told("BANNED"),
            "WhatsApp locked Work until 24 November 2026, 12:00."
        );
        assert!(told("REPLACED").contains("Restart the account"));
        assert!(told("OUTDATED_CLIENT").contains("operator"));
        assert!(told("STOPPED").contains("Restart it"));
    }

    #[test]
    fn a_time_of_the_details_is_told_by_the_readers_clock() {
        let told = |kind, details| NotificationText::of(kind, &data(details), locale(Language::English)).body;

        let exhausted = told(
            NoticeKind::ViewOnceQuotaExhausted,
            json!({"resetsAt": "2026-11-30T23:00:00Z"}),
        );
        assert!(exhausted.ends_with("on 1 December 2026."), "{exhausted}");
        let shortened = told(NoticeKind::RetentionShortened, json!({"until": "nonsense"}));
        assert!(shortened.ends_with("will be deleted."), "{shortened}");
    }
}
