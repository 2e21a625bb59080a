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

/// The notice of a time in which WhatsApp refuses messages, so that automatic replies wait.
#[derive(Debug)]
pub(super) struct RepliesPaused;

impl NoticeType for RepliesPaused {
    fn kind(&self) -> NoticeKind {
        NoticeKind::RepliesPaused
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "Automatic replies are paused",
            "Les réponses automatiques sont en pause",
            "As respostas automáticas estão em pausa",
        )
    }

    fn body(&self, data: &TemplateData, locale: Locale) -> String {
        let account = data.account_name(locale.language);
        let until = data.time("until");
        let until = until.map(|until| locale.date_and_time(until));
        match (locale.language, until) {
            (Language::English, Some(until)) => {
                format!(
                    "WhatsApp refuses messages of {account} until {until}. Automatic replies wait until then."
                )
            }
            (Language::English, None) => {
                format!("WhatsApp refuses messages of {account} for now. Automatic replies wait.")
            }
            (Language::French, Some(until)) => {
                format!(
                    "WhatsApp refuse les messages de {account} jusqu’au {until}. Les réponses automatiques attendent."
                )
            }
            (Language::French, None) => {
                format!(
                    "WhatsApp refuse les messages de {account} pour l’instant. Les réponses automatiques attendent."
                )
            }
            (Language::Portuguese, Some(until)) => {
                format!(
                    "O WhatsApp recusa mensagens de {account} até {until}. As respostas automáticas esperam."
                )
            }
            (Language::Portuguese, None) => {
                format!(
                    "O WhatsApp recusa mensagens de {account} por enquanto. As respostas automáticas esperam."
                )
            }
        }
    }
}
