use diesel::QueryResult;
use serde_json::json;

use crate::features::users::store::AccessTokenRow;
use crate::id::AccessTokenId;
use crate::notices::{self, Language, Locale, NewNotice, NoticeKind, NoticeType, TemplateData};
use crate::work::Work;

/// Tells the owner of a new token in the app; a mail of the sign-in tells them, too.
pub(super) async fn post_created(work: &mut Work, row: &AccessTokenRow) -> QueryResult<()> {
    post(work, NoticeKind::AccessTokenCreated, row).await
}

/// Tells the owner of a token that it expires soon.
pub(super) async fn post_expiring(work: &mut Work, row: &AccessTokenRow) -> QueryResult<()> {
    post(work, NoticeKind::AccessTokenExpiring, row).await
}

async fn post(work: &mut Work, kind: NoticeKind, row: &AccessTokenRow) -> QueryResult<()> {
    let notice = NewNotice {
        kind,
        account: None,
        subject: Some(row.id.into()),
        details: json!({"lastFour": row.last_four, "expiresAt": row.expires_at}),
        at: work.now,
    };
    notices::post(work, &notice).await.map(drop)
}

/// The notice of a new personal access token.
#[derive(Debug)]
pub(in crate::features::users) struct AccessTokenCreated;

impl NoticeType for AccessTokenCreated {
    fn kind(&self) -> NoticeKind {
        NoticeKind::AccessTokenCreated
    }

    fn subject_type(&self) -> Option<&'static str> {
        Some(AccessTokenId::KIND)
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "An access token was created",
            "Un jeton d’accès a été créé",
            "Um token de acesso foi criado",
        )
    }

    fn body(&self, data: &TemplateData, locale: Locale) -> String {
        let (token, until) = (ending(data, locale.language), until(data, locale));
        locale.language.pick(
            format!(
                "Whoever has the access token {token} may use AMDA in your name until {until}. If it was not you, change \
                 your password: that revokes every access token."
            ),
            format!(
                "Quiconque possède le jeton d’accès {token} peut utiliser AMDA en votre nom jusqu’au {until}. Si ce n’était \
                 pas vous, changez votre mot de passe : cela révoque tous les jetons d’accès."
            ),
            format!(
                "Quem tem o token de acesso {token} pode usar o AMDA em seu nome até {until}. Se não foi você, altere sua \
                 senha: isso revoga todos os tokens de acesso."
            ),
        )
    }
}

/// The notice of a personal access token that expires soon.
#[derive(Debug)]
pub(in crate::features::users) struct AccessTokenExpiring;

impl NoticeType for AccessTokenExpiring {
    fn kind(&self) -> NoticeKind {
        NoticeKind::AccessTokenExpiring
    }

    fn subject_type(&self) -> Option<&'static str> {
        Some(AccessTokenId::KIND)
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "An access token expires soon",
            "Un jeton d’accès expire bientôt",
            "Um token de acesso expira em breve",
        )
    }

    fn body(&self, data: &TemplateData, locale: Locale) -> String {
        let (token, until) = (ending(data, locale.language), until(data, locale));
        locale.language.pick(
            format!(
                "The access token {token} expires on {until}. What uses it stops working then: create another one before."
            ),
            format!(
                "Le jeton d’accès {token} expire le {until}. Ce qui l’utilise cessera alors de fonctionner : créez-en un \
                 autre d’ici là."
            ),
            format!(
                "O token de acesso {token} expira em {until}. O que o usa deixa de funcionar então: crie outro antes disso."
            ),
        )
    }
}

/// The token, by its last characters.
fn ending(data: &TemplateData, language: Language) -> String {
    let end = data.text("lastFour").unwrap_or("…");
    let told = language.pick("that ends in", "qui se termine par", "que termina em");
    format!("{told} {end}")
}

/// The day on which the token expires.
fn until(data: &TemplateData, locale: Locale) -> String {
    let until = data.time("expiresAt");
    until.map_or_else(|| "…".to_owned(), |until| locale.date(until))
}
