use diesel::QueryResult;

use crate::notices::{self, Language, Locale, NewNotice, NoticeKind, NoticeType, TemplateData};
use crate::work::Work;

/// The detail of a notice that holds the number of recovery codes that are left.
const LEFT: &str = "left";

/// Posts a notice that has nothing to say beside its kind.
pub(super) async fn post(work: &mut Work, kind: NoticeKind) -> QueryResult<()> {
    post_with(work, kind, serde_json::json!({})).await
}

/// Posts the notice of a recovery code that was used, after which so many are left.
pub(super) async fn post_recovery_code_used(work: &mut Work, left: i64) -> QueryResult<()> {
    post_with(
        work,
        NoticeKind::RecoveryCodeUsed,
        serde_json::json!({ LEFT: left }),
    )
    .await
}

async fn post_with(work: &mut Work, kind: NoticeKind, details: serde_json::Value) -> QueryResult<()> {
    let notice = NewNotice {
        kind,
        account: None,
        subject: None,
        details,
        at: work.now,
    };
    notices::post(work, &notice).await.map(drop)
}

/// The notice of two-factor authentication being turned on.
#[derive(Debug)]
pub(in crate::features::users) struct TwoFactorEnabled;

impl NoticeType for TwoFactorEnabled {
    fn kind(&self) -> NoticeKind {
        NoticeKind::TwoFactorEnabled
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "Two-factor authentication is on",
            "L’authentification à deux facteurs est activée",
            "A autenticação de dois fatores está ativada",
        )
    }

    fn body(&self, _: &TemplateData, Locale { language, .. }: Locale) -> String {
        let text = language.pick(
            "From now on, logging in asks for a code of your authenticator app. Keep your recovery codes in a safe place.",
            "Désormais, la connexion demande un code de votre application d’authentification. Conservez vos codes de secours \
             en lieu sûr.",
            "A partir de agora, o acesso pede um código do seu aplicativo autenticador. Guarde seus códigos de recuperação em \
             um lugar seguro.",
        );
        text.to_owned()
    }
}

/// The notice of two-factor authentication being turned off.
#[derive(Debug)]
pub(in crate::features::users) struct TwoFactorDisabled;

impl NoticeType for TwoFactorDisabled {
    fn kind(&self) -> NoticeKind {
        NoticeKind::TwoFactorDisabled
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "Two-factor authentication is off",
            "L’authentification à deux facteurs est désactivée",
            "A autenticação de dois fatores está desativada",
        )
    }

    fn body(&self, _: &TemplateData, Locale { language, .. }: Locale) -> String {
        let text = language.pick(
            "Your password alone is enough to log in now. If it was not you, change your password.",
            "Votre mot de passe seul suffit maintenant pour se connecter. Si ce n’était pas vous, changez de mot de passe.",
            "Agora só a sua senha basta para entrar. Se não foi você, troque a senha.",
        );
        text.to_owned()
    }
}

/// The notice of a recovery code that was used.
#[derive(Debug)]
pub(in crate::features::users) struct RecoveryCodeUsed;

impl NoticeType for RecoveryCodeUsed {
    fn kind(&self) -> NoticeKind {
        NoticeKind::RecoveryCodeUsed
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "A recovery code was used",
            "Un code de secours a été utilisé",
            "Um código de recuperação foi usado",
        )
    }

    fn body(&self, data: &TemplateData, Locale { language, .. }: Locale) -> String {
        let left = data.details.get(LEFT).and_then(serde_json::Value::as_i64);
        let left = left_in_words(left.unwrap_or_default(), language);
        let rest = language.pick(
            "If it was not you, change your password and create new codes.",
            "Si ce n’était pas vous, changez de mot de passe et créez de nouveaux codes.",
            "Se não foi você, troque a senha e gere novos códigos.",
        );
        format!("{left} {rest}")
    }
}

/// A sentence that says how many recovery codes are left.
pub(in crate::features::users) fn left_in_words(left: i64, language: Language) -> String {
    match (language, left) {
        (Language::English, 0) => "No recovery code is left.".to_owned(),
        (Language::English, 1) => "One recovery code is left.".to_owned(),
        (Language::English, left) => format!("{left} recovery codes are left."),
        (Language::French, 0) => "Il ne reste aucun code de secours.".to_owned(),
        (Language::French, 1) => "Il reste un code de secours.".to_owned(),
        (Language::French, left) => format!("Il reste {left} codes de secours."),
        (Language::Portuguese, 0) => "Não resta nenhum código de recuperação.".to_owned(),
        (Language::Portuguese, 1) => "Resta um código de recuperação.".to_owned(),
        (Language::Portuguese, left) => format!("Restam {left} códigos de recuperação."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_recovery_code_is_told_with_the_number_that_is_left() {
        let told = |left: i64, language| {
            let data = TemplateData {
                details: serde_json::json!({ LEFT: left }),
                ..TemplateData::default()
            };
            let zone = chrono_tz::UTC;
            RecoveryCodeUsed.body(&data, Locale { language, zone })
        };

        assert!(told(9, Language::English).starts_with("9 recovery codes are left. "));
        assert!(told(1, Language::French).starts_with("Il reste un code de secours. "));
        assert!(told(0, Language::Portuguese).starts_with("Não resta nenhum código de recuperação. "));
    }
}
