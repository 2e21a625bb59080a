//! Web pages that the links in mails lead to, for people whose client has none.
//!
//! A page only asks; its form does it, because mail scanners open every link. A page names nobody, signs nobody in, and
//! leads nowhere else.

use super::mail_token::Purpose;
use super::passwords::{LONGEST_BYTES, SHORTEST_CHARS};
use crate::mail::escaped;
use crate::notices::Language;

/// The page of one purpose, for one reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The purpose of the link.
    pub purpose: Purpose,
    /// The language of the reader.
    pub language: Language,
}

/// The words of a page.
struct Words {
    title: &'static str,
    button: &'static str,
    done: &'static str,
}

impl Page {
    /// Renders the question. Its form posts to the same address, with `newPassword` where one is to be chosen.
    pub fn question(self) -> String {
        let words = self.words();
        self.render(&format!(
            "<form method=\"post\">\n{}<p><button>{}</button></p>\n</form>",
            self.password_field(),
            escaped(words.button)
        ))
    }

    /// Renders the question once more, after a password that nobody can have.
    pub fn question_after_wrong_password(self) -> String {
        let (least, most) = (SHORTEST_CHARS, LONGEST_BYTES);
        let rule = self.language.pick(
            format!("The password needs at least {least} characters and at most {most} bytes."),
            format!("Le mot de passe doit avoir au moins {least} caractères et au plus {most} octets."),
            format!("A senha precisa ter no mínimo {least} caracteres e no máximo {most} bytes."),
        );
        let form = self.question();
        form.replacen(
            "<form",
            &format!("<p role=\"alert\">{}</p>\n<form", escaped(&rule)),
            1,
        )
    }

    /// Renders the confirmation.
    pub fn done(self) -> String {
        self.render(&format!("<p>{}</p>", escaped(self.words().done)))
    }

    fn password_field(self) -> String {
        if !self.purpose.asks_for_password() {
            return String::new();
        }
        let label = self
            .language
            .pick("New password", "Nouveau mot de passe", "Nova senha");
        format!(
            "<p><label>{label} <input type=\"password\" name=\"newPassword\" autocomplete=\"new-password\" \
             minlength=\"{SHORTEST_CHARS}\" required></label></p>\n"
        )
    }

    fn render(self, content: &str) -> String {
        let (tag, title) = (self.language.tag(), escaped(self.words().title));
        format!(
            "<!doctype html>\n<html lang=\"{tag}\">\n<head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>AMDA</title></head>\n\
             <body>\n<h1>{title}</h1>\n{content}\n</body>\n</html>\n"
        )
    }

    fn words(self) -> Words {
        match self.purpose {
            Purpose::VerifyEmail => self.verify_email(),
            Purpose::ResetPassword => self.reset_password(),
            Purpose::ConfirmEmailChange => self.confirm_email_change(),
            Purpose::RevertEmailChange => self.revert_email_change(),
            Purpose::CancelDeletion => self.cancel_deletion(),
            Purpose::LinkExternalIdentity => self.link_identity(),
        }
    }

    fn verify_email(self) -> Words {
        self.language.pick(
            Words {
                title: "Confirm your e-mail address",
                button: "This address is mine",
                done: "Your e-mail address is confirmed. You can close this page.",
            },
            Words {
                title: "Confirmez votre adresse e-mail",
                button: "Cette adresse est la mienne",
                done: "Votre adresse e-mail est confirmée. Vous pouvez fermer cette page.",
            },
            Words {
                title: "Confirme seu endereço de e-mail",
                button: "Este endereço é meu",
                done: "Seu endereço de e-mail está confirmado. Você pode fechar esta página.",
            },
        )
    }

    fn reset_password(self) -> Words {
        self.language.pick(
            Words {
                title: "Choose a new password",
                button: "Use this password",
                done: "You have a new password, and all sessions have ended. Sign in with it.",
            },
            Words {
                title: "Choisissez un nouveau mot de passe",
                button: "Utiliser ce mot de passe",
                done: "Vous avez un nouveau mot de passe, et toutes les sessions ont pris fin. Connectez-vous avec lui.",
            },
            Words {
                title: "Escolha uma nova senha",
                button: "Usar esta senha",
                done: "Você tem uma nova senha, e todas as sessões foram encerradas. Entre com ela.",
            },
        )
    }

    fn confirm_email_change(self) -> Words {
        self.language.pick(
            Words {
                title: "Confirm your new e-mail address",
                button: "Use this address",
                done: "Your e-mail address was changed. Sign in with the new one.",
            },
            Words {
                title: "Confirmez votre nouvelle adresse e-mail",
                button: "Utiliser cette adresse",
                done: "Votre adresse e-mail a été changée. Connectez-vous avec la nouvelle.",
            },
            Words {
                title: "Confirme seu novo endereço de e-mail",
                button: "Usar este endereço",
                done: "Seu endereço de e-mail foi alterado. Entre com o novo.",
            },
        )
    }

    fn revert_email_change(self) -> Words {
        self.language.pick(
            Words {
                title: "Take the change of your e-mail address back",
                button: "Take it back and use this password",
                done: "Your e-mail address is the old one again, and all sessions have ended. Sign in with the new password.",
            },
            Words {
                title: "Annuler le changement de votre adresse e-mail",
                button: "Annuler et utiliser ce mot de passe",
                done: "Votre adresse e-mail est de nouveau l’ancienne, et toutes les sessions ont pris fin. Connectez-vous \
                       avec le nouveau mot de passe.",
            },
            Words {
                title: "Desfazer a alteração do seu endereço de e-mail",
                button: "Desfazer e usar esta senha",
                done: "Seu endereço de e-mail voltou a ser o antigo, e todas as sessões foram encerradas. Entre com a nova \
                       senha.",
            },
        )
    }

    fn link_identity(self) -> Words {
        self.language.pick(
            Words {
                title: "Let this sign-in into your user",
                button: "It was me: let it in",
                done: "The sign-in is linked to your user. You can close this page and sign in with it.",
            },
            Words {
                title: "Donner à cette connexion l’accès à votre utilisateur",
                button: "C’était moi : donner l’accès",
                done: "La connexion est associée à votre utilisateur. Vous pouvez fermer cette page et vous connecter avec elle.",
            },
            Words {
                title: "Dar a este acesso entrada no seu usuário",
                button: "Fui eu: dar entrada",
                done: "O acesso está vinculado ao seu usuário. Você pode fechar esta página e entrar com ele.",
            },
        )
    }

    fn cancel_deletion(self) -> Words {
        self.language.pick(
            Words {
                title: "Stay with AMDA",
                button: "Do not delete my user",
                done: "Your user stays, with everything of yours. You can close this page.",
            },
            Words {
                title: "Rester avec AMDA",
                button: "Ne pas supprimer mon utilisateur",
                done: "Votre utilisateur reste, avec tout ce qui est à vous. Vous pouvez fermer cette page.",
            },
            Words {
                title: "Continuar com o AMDA",
                button: "Não excluir meu usuário",
                done: "Seu usuário continua, com tudo o que é seu. Você pode fechar esta página.",
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_asks_for_a_password_where_one_is_chosen_and_says_the_rule_after_a_wrong_one() {
        let page = |purpose| Page {
            purpose,
            language: Language::French,
        };

        assert!(!page(Purpose::VerifyEmail).question().contains("<input"));
        let asked = page(Purpose::ResetPassword).question();
        assert!(asked.contains("name=\"newPassword\"") && !asked.contains("role=\"alert\""));
        let again = page(Purpose::ResetPassword).question_after_wrong_password();
        assert!(
            again.contains("<p role=\"alert\">Le mot de passe doit avoir au moins 8"),
            "{again}"
        );
    }
}
