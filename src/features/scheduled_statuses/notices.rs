//! Notices about scheduled statuses.

use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::notices::{Language, Locale, NoticeKind, NoticeType, TemplateData, Urgency};

/// The notice of a scheduled status that was published.
#[derive(Debug)]
pub(super) struct StatusPublished;

impl NoticeType for StatusPublished {
    fn kind(&self) -> NoticeKind {
        NoticeKind::ScheduledStatusPublished
    }

    fn subject_type(&self) -> Option<&'static str> {
        Some(ScheduledStatusId::KIND)
    }

    fn is_pushed_by_default(&self) -> bool {
        false
    }

    fn urgency(&self) -> Urgency {
        Urgency::Low
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "A scheduled status was published",
            "Un statut programmé a été publié",
            "Um status agendado foi publicado",
        )
    }

    fn body(&self, data: &TemplateData, Locale { language, .. }: Locale) -> String {
        let account = data.account_name(language);
        language.pick(
            format!("A scheduled status of {account} was published."),
            format!("Un statut programmé de {account} a été publié."),
            format!("Um status agendado de {account} foi publicado."),
        )
    }
}

/// The notice of a scheduled status whose time passed while the account could not send.
#[derive(Debug)]
pub(super) struct StatusMissed;

impl NoticeType for StatusMissed {
    fn kind(&self) -> NoticeKind {
        NoticeKind::ScheduledStatusMissed
    }

    fn subject_type(&self) -> Option<&'static str> {
        Some(ScheduledStatusId::KIND)
    }

    fn is_mailed_by_default(&self) -> bool {
        true
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "A scheduled status was missed",
            "Un statut programmé a été manqué",
            "Um status agendado foi perdido",
        )
    }

    fn body(&self, data: &TemplateData, locale: Locale) -> String {
        let Locale { language, .. } = locale;
        let account = data.account_name(language);
        let until = data.time("until").map(|until| locale.date_and_time(until));
        match (data.text("cause"), until) {
            (Some("PAUSED"), Some(until)) => language.pick(
                format!("The time of a scheduled status of {account} passed while sending was paused: WhatsApp asked to wait until {until}."),
                format!("L’heure d’un statut programmé de {account} est passée pendant une pause des envois : WhatsApp demande d’attendre jusqu’au {until}."),
                format!("A hora de um status agendado de {account} passou durante uma pausa dos envios: o WhatsApp pediu para esperar até {until}."),
            ),
            (Some("UNLINKED" | "LOGGED_OUT"), _) => language.pick(
                format!("The time of a scheduled status of {account} passed while the account was not linked."),
                format!("L’heure d’un statut programmé de {account} est passée alors que le compte n’était pas relié."),
                format!("A hora de um status agendado de {account} passou enquanto a conta não estava vinculada."),
            ),
            (Some("PAUSED"), None) => language.pick(
                format!("The time of a scheduled status of {account} passed while the account was paused: your plan allows fewer accounts."),
                format!("L’heure d’un statut programmé de {account} est passée alors que le compte était en pause : votre forfait autorise moins de comptes."),
                format!("A hora de um status agendado de {account} passou enquanto a conta estava em pausa: seu plano permite menos contas."),
            ),
            (Some("SERVER_DOWN"), _) => language.pick(
                format!("The time of a scheduled status of {account} passed while AMDA was not running."),
                format!("L’heure d’un statut programmé de {account} est passée alors qu’AMDA était arrêté."),
                format!("A hora de um status agendado de {account} passou enquanto o AMDA estava parado."),
            ),
            _ => language.pick(
                format!("The time of a scheduled status of {account} passed while the account was offline."),
                format!("L’heure d’un statut programmé de {account} est passée pendant que le compte était hors ligne."),
                format!("A hora de um status agendado de {account} passou enquanto a conta estava offline."),
            ),
        }
    }
}

/// The notice of a scheduled status that WhatsApp refused, or that could not be sent.
#[derive(Debug)]
pub(super) struct StatusFailed;

impl NoticeType for StatusFailed {
    fn kind(&self) -> NoticeKind {
        NoticeKind::ScheduledStatusFailed
    }

    fn subject_type(&self) -> Option<&'static str> {
        Some(ScheduledStatusId::KIND)
    }

    fn is_mailed_by_default(&self) -> bool {
        true
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "A scheduled status was not published",
            "Un statut programmé n’a pas été publié",
            "Um status agendado não foi publicado",
        )
    }

    fn body(&self, data: &TemplateData, Locale { language, .. }: Locale) -> String {
        let account = data.account_name(language);
        language.pick(
            format!("A scheduled status of {account} could not be published."),
            format!("Un statut programmé de {account} n’a pas pu être publié."),
            format!("Um status agendado de {account} não pôde ser publicado."),
        )
    }
}
