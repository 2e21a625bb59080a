//! Notices about automatic replies.

use crate::notices::{Language, Locale, NoticeKind, NoticeType, TemplateData, Urgency};

/// The notice of a message by a contact whom the owner does not answer automatically.
#[derive(Debug)]
pub(super) struct SilencedContactWrote;

impl NoticeType for SilencedContactWrote {
    fn kind(&self) -> NoticeKind {
        NoticeKind::SilencedContactWrote
    }

    fn urgency(&self) -> Urgency {
        Urgency::High
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "Somebody wrote who gets no automatic reply",
            "Quelqu’un qui ne reçoit pas de réponse automatique a écrit",
            "Alguém que não recebe resposta automática escreveu",
        )
    }

    fn body(&self, data: &TemplateData, Locale { language, .. }: Locale) -> String {
        let (account, contact) = (data.account_name(language), data.contact_name(language));
        language.pick(
            format!("{contact} wrote to {account} and gets no automatic reply."),
            format!("{contact} a écrit à {account} et ne reçoit pas de réponse automatique."),
            format!("{contact} escreveu para {account} e não recebe resposta automática."),
        )
    }
}
