use diesel::QueryResult;
use serde_json::json;
use url::Url;

use crate::features::users::ids::ExternalIdentityId;
use crate::notices::{self, Language, Locale, NewNotice, NoticeKind, NoticeType, TemplateData};
use crate::work::Work;

/// Posts the notice of an identity that was linked to the user of `work`.
pub(super) async fn post(work: &mut Work, id: ExternalIdentityId, issuer: &str) -> QueryResult<()> {
    let notice = NewNotice {
        kind: NoticeKind::ExternalIdentityLinked,
        account: None,
        subject: Some(id.as_uuid()),
        details: json!({ "issuer": host(issuer) }),
        at: work.now,
    };
    notices::post(work, &notice).await.map(drop)
}

/// The part of an issuer's name that people know.
pub(in crate::features::users) fn host(issuer: &str) -> String {
    let url = Url::parse(issuer).ok();
    let host = url.as_ref().and_then(Url::host_str);
    host.unwrap_or(issuer).to_owned()
}

/// The notice of an identity that was linked to a user who was there before.
#[derive(Debug)]
pub(in crate::features::users) struct ExternalIdentityLinked;

impl NoticeType for ExternalIdentityLinked {
    fn kind(&self) -> NoticeKind {
        NoticeKind::ExternalIdentityLinked
    }

    fn subject_type(&self) -> Option<&'static str> {
        Some(ExternalIdentityId::KIND)
    }

    fn title(&self, language: Language) -> &'static str {
        language.pick(
            "Another way to sign in was added",
            "Une autre façon de se connecter a été ajoutée",
            "Outra forma de entrar foi adicionada",
        )
    }

    fn body(&self, data: &TemplateData, Locale { language, .. }: Locale) -> String {
        let issuer = data.text("issuer").unwrap_or_default();
        language.pick(
            format!("Your user can be signed in by {issuer} now. If it was not you, unlink the identity."),
            format!(
                "Votre utilisateur peut maintenant être connecté par {issuer}. Si ce n’était pas vous, dissociez l’identité."
            ),
            format!(
                "Seu usuário agora pode entrar por {issuer}. Se não foi você, desvincule a identidade."
            ),
        )
    }
}
