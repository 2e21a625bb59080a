use crate::notices::{Language, Locale, NoticeKind, NoticeType, TemplateData, Urgency};

/// The notice of a payment that was refused: Premium ends unless it is made.
#[derive(Debug)]
pub(super) struct PaymentFailed;

impl NoticeType for PaymentFailed {
    fn kind(&self) -> NoticeKind {
        NoticeKind::PaymentFailed
    }

    fn is_mailed_by_default(&self) -> bool {
        true
    }

    fn urgency(&self) -> Urgency {
        Urgency::High
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "Your payment failed",
            "Votre paiement a échoué",
            "Seu pagamento falhou",
        )
    }

    fn body(&self, data: &TemplateData, locale: Locale) -> String {
        let language = locale.language;
        let failed = language.pick(
            "The payment for Premium was refused.",
            "Le paiement de Premium a été refusé.",
            "O pagamento do Premium foi recusado.",
        );
        let Some(until) = data.time("until") else {
            return failed.to_owned();
        };
        let until = locale.date_and_time(until);
        let text = language.pick(
            format!("Pay the open invoice or choose another card, or Premium ends on {until}."),
            format!(
                "Payez la facture ouverte ou choisissez une autre carte, sinon Premium s’arrête le {until}."
            ),
            format!("Pague a fatura em aberto ou escolha outro cartão, senão o Premium termina em {until}."),
        );
        format!("{failed} {text}")
    }
}

/// The notice of a trial that is going to end.
#[derive(Debug)]
pub(super) struct TrialEnding;

impl NoticeType for TrialEnding {
    fn kind(&self) -> NoticeKind {
        NoticeKind::TrialEnding
    }

    fn is_mailed_by_default(&self) -> bool {
        true
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "Your trial ends soon",
            "Votre essai se termine bientôt",
            "Seu período de teste termina em breve",
        )
    }

    fn body(&self, data: &TemplateData, locale: Locale) -> String {
        let language = locale.language;
        let Some(until) = data.time("until") else {
            let text = language.pick(
                "The trial of Premium ends soon. It is paid from then on, unless you end it before.",
                "L’essai de Premium se termine bientôt. Il est ensuite payant, sauf si vous l’arrêtez avant.",
                "O período de teste do Premium termina em breve. Depois ele é pago, a menos que você o encerre antes.",
            );
            return text.to_owned();
        };
        let until = locale.date_and_time(until);
        language.pick(
            format!("The trial of Premium ends on {until}. It is paid from then on, unless you end it before."),
            format!("L’essai de Premium se termine le {until}. Il est ensuite payant, sauf si vous l’arrêtez avant."),
            format!("O período de teste do Premium termina em {until}. Depois ele é pago, a menos que você o encerre antes."),
        )
    }
}
