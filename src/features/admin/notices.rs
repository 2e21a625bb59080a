use crate::audit::AuditAction;
use crate::notices::{Language, Locale, NoticeKind, NoticeType, TemplateData};

/// The notice of an act of an admin or the operator. Looks have none: the audit log lists them.
#[derive(Debug)]
pub(super) struct AdminActed;

impl NoticeType for AdminActed {
    fn kind(&self) -> NoticeKind {
        NoticeKind::AdminActed
    }

    fn subject_type(&self) -> Option<&'static str> {
        Some("AuditEntry")
    }

    fn is_pushed_by_default(&self) -> bool {
        false
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "An administrator changed something",
            "Un administrateur a modifié quelque chose",
            "Um administrador mudou algo",
        )
    }

    fn body(&self, data: &TemplateData, Locale { language, .. }: Locale) -> String {
        let plan = data.text("plan").unwrap_or_default();
        let action = data.text("action").and_then(AuditAction::parse);
        let [english, french, portuguese] = match action {
            Some(AuditAction::PlanSet) => [
                format!("You were given the plan {plan}."),
                format!("Le forfait {plan} vous a été attribué."),
                format!("Você recebeu o plano {plan}."),
            ],
            Some(AuditAction::SessionsEnded) => owned([
                "All your sessions were ended.",
                "Toutes vos sessions ont été fermées.",
                "Todas as suas sessões foram encerradas.",
            ]),
            Some(AuditAction::Suspended) => owned([
                "You were suspended.",
                "Vous avez été suspendu.",
                "Você foi suspenso.",
            ]),
            Some(AuditAction::Unsuspended) => owned([
                "Your suspension was taken back.",
                "Votre suspension a été levée.",
                "Sua suspensão foi revogada.",
            ]),
            Some(AuditAction::PasswordReset) => owned([
                "You were given another password.",
                "Un autre mot de passe vous a été attribué.",
                "Você recebeu outra senha.",
            ]),
            Some(AuditAction::TwoFactorDisabled) => owned([
                "Your two-factor authentication was turned off.",
                "Votre authentification à deux facteurs a été désactivée.",
                "Sua autenticação de dois fatores foi desativada.",
            ]),
            Some(AuditAction::DeletionRequested) => owned([
                "Your deletion was asked for.",
                "Votre suppression a été demandée.",
                "Sua exclusão foi pedida.",
            ]),
            Some(AuditAction::AdminGranted) => owned([
                "You were made an administrator.",
                "Vous avez été nommé administrateur.",
                "Você se tornou administrador.",
            ]),
            Some(AuditAction::AdminRevoked) => owned([
                "You are no administrator any more.",
                "Vous n’êtes plus administrateur.",
                "Você não é mais administrador.",
            ]),
            Some(
                AuditAction::UserListed
                | AuditAction::UserViewed
                | AuditAction::AccountsViewed
                | AuditAction::SessionsViewed
                | AuditAction::WebhooksViewed,
            )
            | None => owned([
                "Your audit log says what it was.",
                "Votre journal d’audit dit de quoi il s’agit.",
                "Seu registro de auditoria diz o que foi.",
            ]),
        };
        language.pick(english, french, portuguese)
    }
}

fn owned(texts: [&str; 3]) -> [String; 3] {
    texts.map(str::to_owned)
}
