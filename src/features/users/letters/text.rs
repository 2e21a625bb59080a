//! The words of the mails, in every language.

use chrono::{DateTime, Utc};
use url::Url;

use super::identities::{identity_linked, link_identity};
use super::{LetterKind, two_factor_text};
use crate::features::users::external::host;
use crate::mail::{Block, Layout};
use crate::notices::{Language, Locale};

/// The facts that a mail tells.
pub(super) struct Facts {
    /// The address that it goes to.
    pub(super) to: String,
    /// The link that it asks to follow, if any.
    pub(super) link: Option<Url>,
    /// The time that it tells.
    pub(super) at: DateTime<Utc>,
    /// The new address of a change.
    pub(super) new_email: Option<String>,
    /// The number of recovery codes that are left.
    pub(super) recovery_codes: i64,
    /// The external identity that the mail is about.
    pub(super) identity: Option<NamedIdentity>,
    /// The reader's language and time zone.
    pub(super) locale: Locale,
}

/// An external identity, as its user knows it.
pub(super) struct NamedIdentity {
    pub(super) issuer: String,
    pub(super) email: Option<String>,
}

impl NamedIdentity {
    /// The identity inside a sentence.
    fn name(&self) -> String {
        let host = host(&self.issuer);
        match &self.email {
            Some(email) => format!("{email} ({host})"),
            None => host,
        }
    }
}

/// The content of a mail.
pub(super) struct Content {
    pub(super) subject: &'static str,
    pub(super) text: String,
    pub(super) html: String,
}

/// The words of a mail: its subject, the sentences before its link, the label of the link, and the sentences after it.
pub(super) struct Words {
    pub(super) subject: &'static str,
    pub(super) before: String,
    pub(super) action: &'static str,
    pub(super) after: String,
}

/// Writes a mail of the server at `home`.
pub(super) fn compose(letter: LetterKind, facts: &Facts, home: &Url) -> Content {
    let language = facts.locale.language;
    let words = words(letter, facts);
    let mut blocks = vec![Block::Paragraph(words.before)];
    blocks.extend(facts.link.as_ref().map(|link| Block::Action {
        label: words.action.to_owned(),
        url: link.to_string(),
    }));
    blocks.push(Block::Paragraph(words.after));
    let layout = Layout {
        language: language.tag(),
        title: words.subject,
        blocks,
        why: language.pick(
            "AMDA sends this because it is about your sign-in.",
            "AMDA vous l’envoie parce qu’il s’agit de votre connexion.",
            "O AMDA envia isto porque se trata do seu acesso.",
        ),
        home: home.as_str(),
        stop: None,
    };
    Content {
        subject: words.subject,
        text: layout.text(),
        html: layout.html(),
    }
}

fn words(letter: LetterKind, facts: &Facts) -> Words {
    let language = facts.locale.language;
    let at = facts.locale.date_and_time(facts.at);
    let identity = || {
        facts
            .identity
            .as_ref()
            .map_or_else(String::new, NamedIdentity::name)
    };
    match letter {
        LetterKind::VerifyEmail => verify_email(language),
        LetterKind::ResetPassword => reset_password(language),
        LetterKind::PasswordChanged => password_changed(language, &at),
        LetterKind::AccessTokenCreated => access_token_created(language, &at),
        LetterKind::DeletionPlanned => deletion_planned(language, &at),
        LetterKind::ConfirmEmailChange => confirm_email_change(language),
        LetterKind::LinkExternalIdentity => link_identity(language, &identity()),
        LetterKind::ExternalIdentityLinked => identity_linked(language, &identity(), &at),
        LetterKind::EmailChanged => {
            let new_email = facts.new_email.as_deref().unwrap_or_default();
            email_changed(language, new_email, &at)
        }
        LetterKind::TwoFactorEnabled => two_factor_text::enabled(language, &at),
        LetterKind::TwoFactorDisabled => two_factor_text::disabled(language, &at),
        LetterKind::RecoveryCodeUsed => two_factor_text::recovery_code_used(language, facts.recovery_codes),
    }
}

fn verify_email(language: Language) -> Words {
    let english = Words {
        subject: "Confirm your e-mail address",
        before: "Somebody registered with AMDA under this address. Confirm that it is yours: notifications by mail are \
                 sent to confirmed addresses only."
            .to_owned(),
        action: "Confirm this address",
        after: "The link is good for 24 hours and for one use. If it was not you, do nothing."
            .to_owned(),
    };
    let french = Words {
        subject: "Confirmez votre adresse e-mail",
        before: "Quelqu’un s’est inscrit à AMDA avec cette adresse. Confirmez qu’elle est la vôtre : les notifications \
                 par e-mail ne sont envoyées qu’aux adresses confirmées."
            .to_owned(),
        action: "Confirmer cette adresse",
        after: "Le lien est valable 24 heures et une seule fois. Si ce n’était pas vous, ne faites rien."
            .to_owned(),
    };
    let portuguese = Words {
        subject: "Confirme seu endereço de e-mail",
        before: "Alguém se cadastrou no AMDA com este endereço. Confirme que ele é seu: notificações por e-mail só são \
                 enviadas a endereços confirmados."
            .to_owned(),
        action: "Confirmar este endereço",
        after: "O link vale por 24 horas e para um único uso. Se não foi você, não faça nada."
            .to_owned(),
    };
    language.pick(english, french, portuguese)
}

fn reset_password(language: Language) -> Words {
    let english = Words {
        subject: "Choose a new password",
        before: "Somebody asked for a new password for your user of AMDA.".to_owned(),
        action: "Choose a new password",
        after: "The link is good for 30 minutes and for one use. A new password ends all sessions. If it was not you, do \
                nothing: your password stays as it is."
            .to_owned(),
    };
    let french = Words {
        subject: "Choisissez un nouveau mot de passe",
        before: "Quelqu’un a demandé un nouveau mot de passe pour votre utilisateur AMDA.".to_owned(),
        action: "Choisir un nouveau mot de passe",
        after: "Le lien est valable 30 minutes et une seule fois. Un nouveau mot de passe met fin à toutes les sessions. \
                Si ce n’était pas vous, ne faites rien : votre mot de passe reste inchangé."
            .to_owned(),
    };
    let portuguese = Words {
        subject: "Escolha uma nova senha",
        before: "Alguém pediu uma nova senha para o seu usuário do AMDA.".to_owned(),
        action: "Escolher uma nova senha",
        after: "O link vale por 30 minutos e para um único uso. Uma nova senha encerra todas as sessões. Se não foi você, \
                não faça nada: sua senha continua a mesma."
            .to_owned(),
    };
    language.pick(english, french, portuguese)
}

fn password_changed(language: Language, at: &str) -> Words {
    let english = Words {
        subject: "Your password was changed",
        before: format!(
            "The password of your user of AMDA was changed on {at}, and other sessions were ended."
        ),
        action: "",
        after: "If it was not you, ask for a new password at once, where you sign in.".to_owned(),
    };
    let french = Words {
        subject: "Votre mot de passe a été changé",
        before: format!(
            "Le mot de passe de votre utilisateur AMDA a été changé le {at}, et les autres sessions ont pris fin."
        ),
        action: "",
        after:
            "Si ce n’était pas vous, demandez aussitôt un nouveau mot de passe, là où vous vous connectez."
                .to_owned(),
    };
    let portuguese = Words {
        subject: "Sua senha foi alterada",
        before: format!(
            "A senha do seu usuário do AMDA foi alterada em {at}, e as outras sessões foram encerradas."
        ),
        action: "",
        after: "Se não foi você, peça já uma nova senha, onde você entra.".to_owned(),
    };
    language.pick(english, french, portuguese)
}

fn access_token_created(language: Language, at: &str) -> Words {
    let english = Words {
        subject: "An access token was created",
        before: format!(
            "On {at}, a personal access token was created for your user of AMDA. Whoever has it may use AMDA in your name, \
             without your password."
        ),
        action: "",
        after: "If it was not you, change your password: that revokes every access token and ends other sessions."
            .to_owned(),
    };
    let french = Words {
        subject: "Un jeton d’accès a été créé",
        before: format!(
            "Le {at}, un jeton d’accès personnel a été créé pour votre utilisateur AMDA. Quiconque le possède peut utiliser \
             AMDA en votre nom, sans votre mot de passe."
        ),
        action: "",
        after: "Si ce n’était pas vous, changez votre mot de passe : cela révoque tous les jetons d’accès et met fin aux \
                autres sessions."
            .to_owned(),
    };
    let portuguese = Words {
        subject: "Um token de acesso foi criado",
        before: format!(
            "Em {at}, foi criado um token de acesso pessoal para o seu usuário do AMDA. Quem o tem pode usar o AMDA em seu \
             nome, sem a sua senha."
        ),
        action: "",
        after: "Se não foi você, altere sua senha: isso revoga todos os tokens de acesso e encerra as outras sessões."
            .to_owned(),
    };
    language.pick(english, french, portuguese)
}

fn confirm_email_change(language: Language) -> Words {
    // The old address is not told: the new one may be a stranger's.
    let english = Words {
        subject: "Confirm your new e-mail address",
        before: "A user of AMDA wants to use this address from now on.".to_owned(),
        action: "Use this address",
        after: "The link is good for 24 hours and for one use. If it was not you, do nothing.".to_owned(),
    };
    let french = Words {
        subject: "Confirmez votre nouvelle adresse e-mail",
        before: "Un utilisateur d’AMDA veut utiliser désormais cette adresse.".to_owned(),
        action: "Utiliser cette adresse",
        after: "Le lien est valable 24 heures et une seule fois. Si ce n’était pas vous, ne faites rien."
            .to_owned(),
    };
    let portuguese = Words {
        subject: "Confirme seu novo endereço de e-mail",
        before: "Um usuário do AMDA quer usar este endereço de agora em diante.".to_owned(),
        action: "Usar este endereço",
        after: "O link vale por 24 horas e para um único uso. Se não foi você, não faça nada.".to_owned(),
    };
    language.pick(english, french, portuguese)
}

fn email_changed(language: Language, new_email: &str, until: &str) -> Words {
    let english = Words {
        subject: "Your e-mail address was changed",
        before: format!(
            "The e-mail address of your user of AMDA is {new_email} now. If it was you, do nothing."
        ),
        action: "Take the change back",
        after: format!(
            "If it was not you, take it back: you choose a new password, and all sessions end. The link is good for one \
             use until {until}."
        ),
    };
    let french = Words {
        subject: "Votre adresse e-mail a été changée",
        before: format!(
            "L’adresse e-mail de votre utilisateur AMDA est maintenant {new_email}. Si c’était vous, ne faites rien."
        ),
        action: "Annuler ce changement",
        after: format!(
            "Si ce n’était pas vous, annulez-le : vous choisissez un nouveau mot de passe, et toutes les sessions prennent \
             fin. Le lien est valable une seule fois, jusqu’au {until}."
        ),
    };
    let portuguese = Words {
        subject: "Seu endereço de e-mail foi alterado",
        before: format!(
            "O endereço de e-mail do seu usuário do AMDA agora é {new_email}. Se foi você, não faça nada."
        ),
        action: "Desfazer esta alteração",
        after: format!(
            "Se não foi você, desfaça-a: você escolhe uma nova senha, e todas as sessões são encerradas. O link vale para um \
             único uso até {until}."
        ),
    };
    language.pick(english, french, portuguese)
}

fn deletion_planned(language: Language, at: &str) -> Words {
    let english = Words {
        subject: "Your user is going to be deleted",
        before: format!(
            "On {at}, your user of AMDA is deleted with everything that is kept of it: messages, media, statuses and \
             settings. Your accounts are logged out of WhatsApp."
        ),
        action: "Do not delete my user",
        after: "If you want it deleted, do nothing. You can also sign in until then and take it back."
            .to_owned(),
    };
    let french = Words {
        subject: "Votre utilisateur va être supprimé",
        before: format!(
            "Le {at}, votre utilisateur AMDA sera supprimé avec tout ce qui en est conservé : messages, médias, statuts et \
             paramètres. Vos comptes seront déconnectés de WhatsApp."
        ),
        action: "Ne pas supprimer mon utilisateur",
        after: "Si vous voulez qu’il soit supprimé, ne faites rien. D’ici là, vous pouvez aussi vous connecter et annuler."
            .to_owned(),
    };
    let portuguese = Words {
        subject: "Seu usuário vai ser excluído",
        before: format!(
            "Em {at}, seu usuário do AMDA será excluído com tudo o que é guardado dele: mensagens, mídias, status e \
             configurações. Suas contas serão desconectadas do WhatsApp."
        ),
        action: "Não excluir meu usuário",
        after: "Se quiser que ele seja excluído, não faça nada. Até lá, você também pode entrar e desistir."
            .to_owned(),
    };
    language.pick(english, french, portuguese)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const LANGUAGES: [Language; 3] = [Language::English, Language::French, Language::Portuguese];

    fn written(letter: LetterKind, language: Language) -> Content {
        let facts = Facts {
            to: "ana@example.org".to_owned(),
            link: Some("https://amda.example/account/x?token=abc".parse().unwrap()),
            at: "2026-11-29T12:00:00Z".parse().unwrap(),
            new_email: Some("ana@example.net".to_owned()),
            recovery_codes: 9,
            identity: Some(NamedIdentity {
                issuer: "https://project.supabase.co/auth/v1".to_owned(),
                email: Some("ana@example.com".to_owned()),
            }),
            locale: Locale {
                language,
                zone: chrono_tz::Europe::Berlin,
            },
        };
        compose(letter, &facts, &"https://amda.example/".parse().unwrap())
    }

    #[test]
    fn every_mail_has_words_of_its_own_in_every_language() {
        let mut subjects = HashSet::new();

        for letter in LetterKind::ALL {
            for language in LANGUAGES {
                let mail = written(letter, language);
                assert!(subjects.insert(mail.subject), "{letter:?} {language:?}");
                assert!(mail.html.contains(&format!("<html lang=\"{}\">", language.tag())));
                assert!(!mail.text.contains("  "), "{}", mail.text);
            }
        }
    }

    #[test]
    fn a_time_is_told_by_the_readers_clock() {
        let mail = written(LetterKind::PasswordChanged, Language::French);

        assert!(mail.text.contains("le 29 novembre 2026 à 13:00"), "{}", mail.text);
    }
}
