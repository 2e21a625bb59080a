use crate::notices::{Language, Locale, NoticeKind, NoticeType, TemplateData};

/// The notice of a webhook endpoint that failed for days and was turned off.
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

    fn body(&self, _: &TemplateData, Locale { language, .. }: Locale) -> String {
        let text = language.pick(
            "Nothing could be delivered to a webhook for days, so it was turned off. Turn it on again when its receiver answers.",
            "Rien n’a pu être livré à un webhook pendant des jours ; il a donc été désactivé. Réactivez-le quand son destinataire répond.",
            "Nada pôde ser entregue a um webhook durante dias, por isso ele foi desativado. Ative-o de novo quando o destino responder.",
        );
        text.to_owned()
    }
}
