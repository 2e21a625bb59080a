//! The words of the mails, in every language.

use chrono::{DateTime, Utc};
use url::Url;

use super::LetterKind;
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
    /// The reader's language and time zone.
    pub(super) locale: Locale,
}

/// The content of a mail.
pub(super) struct Content {
    pub(super) subject: &'static str,
    pub(super) text: String,
    pub(super) html: String,
}

/// The words of a mail: its subject, the sentences before its link, the label of the link, and the sentences after it.
struct Words {
    subject: &'static str,
    before: String,
    action: &'static str,
    after: &'static str,
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
    blocks.push(Block::Paragraph(words.after.to_owned()));
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
    match letter {
        LetterKind::VerifyEmail => verify_email(language),
        LetterKind::ResetPassword => reset_password(language),
        LetterKind::PasswordChanged => password_changed(language, &facts.locale.date_and_time(facts.at)),
    }
}

fn verify_email(language: Language) -> Words {
    let english = Words {
        subject: "Confirm your e-mail address",
        before: "Somebody registered with AMDA under this address. Confirm that it is yours: notifications by mail are \
                 sent to confirmed addresses only."
            .to_owned(),
        action: "Confirm this address",
        after: "The link is good for 24 hours and for one use. If it was not you, do nothing.",
    };
    let french = Words {
        subject: "Confirmez votre adresse e-mail",
        before: "Quelqu’un s’est inscrit à AMDA avec cette adresse. Confirmez qu’elle est la vôtre : les notifications \
                 par e-mail ne sont envoyées qu’aux adresses confirmées."
            .to_owned(),
        action: "Confirmer cette adresse",
        after: "Le lien est valable 24 heures et une seule fois. Si ce n’était pas vous, ne faites rien.",
    };
    let portuguese = Words {
        subject: "Confirme seu endereço de e-mail",
        before: "Alguém se cadastrou no AMDA com este endereço. Confirme que ele é seu: notificações por e-mail só são \
                 enviadas a endereços confirmados."
            .to_owned(),
        action: "Confirmar este endereço",
        after: "O link vale por 24 horas e para um único uso. Se não foi você, não faça nada.",
    };
    language.pick(english, french, portuguese)
}

fn reset_password(language: Language) -> Words {
    let english = Words {
        subject: "Choose a new password",
        before: "Somebody asked for a new password for your user of AMDA.".to_owned(),
        action: "Choose a new password",
        after: "The link is good for 30 minutes and for one use. A new password ends all sessions. If it was not you, do \
                nothing: your password stays as it is.",
    };
    let french = Words {
        subject: "Choisissez un nouveau mot de passe",
        before: "Quelqu’un a demandé un nouveau mot de passe pour votre utilisateur AMDA.".to_owned(),
        action: "Choisir un nouveau mot de passe",
        after: "Le lien est valable 30 minutes et une seule fois. Un nouveau mot de passe met fin à toutes les sessions. \
                Si ce n’était pas vous, ne faites rien : votre mot de passe reste inchangé.",
    };
    let portuguese = Words {
        subject: "Escolha uma nova senha",
        before: "Alguém pediu uma nova senha para o seu usuário do AMDA.".to_owned(),
        action: "Escolher uma nova senha",
        after: "O link vale por 30 minutos e para um único uso. Uma nova senha encerra todas as sessões. Se não foi você, \
                não faça nada: sua senha continua a mesma.",
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
        after: "If it was not you, ask for a new password at once, where you sign in.",
    };
    let french = Words {
        subject: "Votre mot de passe a été changé",
        before: format!(
            "Le mot de passe de votre utilisateur AMDA a été changé le {at}, et les autres sessions ont pris fin."
        ),
        action: "",
        after: "Si ce n’était pas vous, demandez aussitôt un nouveau mot de passe, là où vous vous connectez.",
    };
    let portuguese = Words {
        subject: "Sua senha foi alterada",
        before: format!(
            "A senha do seu usuário do AMDA foi alterada em {at}, e as outras sessões foram encerradas."
        ),
        action: "",
        after: "Se não foi você, peça já uma nova senha, onde você entra.",
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
