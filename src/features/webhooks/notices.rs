use super::model::DisabledReason;
use crate::notices::{Language, Locale, NoticeKind, NoticeType, TemplateData};

/// The notice of a webhook endpoint that was turned off: it failed for days, or its receiver answered 410 Gone.
#[derive(Debug)]
pub(super) struct WebhookDisabled;

impl NoticeType for WebhookDisabled {
    fn kind(&self) -> NoticeKind {
        NoticeKind::WebhookDisabled
    }

    fn is_mailed_by_default(&self) -> bool {
        true
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "A webhook was turned off",
            "Un webhook a été désactivé",
            "Um webhook foi desativado",
        )
    }

    fn body(&self, data: &TemplateData, Locale { language, .. }: Locale) -> String {
        let text = if data.text("reason") == Some(DisabledReason::Gone.as_str()) {
            language.pick(
                "The receiver of a webhook answered 410 Gone: it wants no more events, so the webhook was turned off. Turn it on again if the receiver wants events after all.",
                "Le destinataire d’un webhook a répondu 410 Gone : il ne veut plus d’événements ; le webhook a donc été désactivé. Réactivez-le si le destinataire en veut tout de même.",
                "O destino de um webhook respondeu 410 Gone: não quer mais eventos, por isso o webhook foi desativado. Ative-o de novo se o destino ainda quiser eventos.",
            )
        } else {
            language.pick(
                "Nothing could be delivered to a webhook for days, so it was turned off. Turn it on again when its receiver answers.",
                "Rien n’a pu être livré à un webhook pendant des jours ; il a donc été désactivé. Réactivez-le quand son destinataire répond.",
                "Nada pôde ser entregue a um webhook durante dias, por isso ele foi desativado. Ative-o de novo quando o destino responder.",
            )
        };
        text.to_owned()
    }
}
