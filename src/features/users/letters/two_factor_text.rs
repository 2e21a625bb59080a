//! The words of the mails about two-factor authentication, in every language.

use super::text::Words;
use crate::features::users::two_factor::left_in_words;
use crate::notices::Language;

pub(super) fn enabled(language: Language, at: &str) -> Words {
    let english = Words {
        subject: "Two-factor authentication was turned on",
        before: format!(
            "Two-factor authentication of your user of AMDA was turned on on {at}. From now on, logging in asks for a code \
             of your authenticator app."
        ),
        action: "",
        after: "Keep the recovery codes where you find them without your phone. If it was not you, somebody knows your \
                password: ask for a new one where you sign in, and tell the server’s operator at once."
            .to_owned(),
    };
    let french = Words {
        subject: "L’authentification à deux facteurs a été activée",
        before: format!(
            "L’authentification à deux facteurs de votre utilisateur AMDA a été activée le {at}. Désormais, la connexion \
             demande un code de votre application d’authentification."
        ),
        action: "",
        after: "Conservez les codes de secours là où vous les trouverez sans votre téléphone. Si ce n’était pas vous, \
                quelqu’un connaît votre mot de passe : demandez-en un nouveau là où vous vous connectez, et prévenez \
                aussitôt l’opérateur du serveur."
            .to_owned(),
    };
    let portuguese = Words {
        subject: "A autenticação de dois fatores foi ativada",
        before: format!(
            "A autenticação de dois fatores do seu usuário do AMDA foi ativada em {at}. A partir de agora, o acesso pede um \
             código do seu aplicativo autenticador."
        ),
        action: "",
        after: "Guarde os códigos de recuperação onde você os encontre sem o seu telefone. Se não foi você, alguém sabe a \
                sua senha: peça uma nova onde você entra e avise já o operador do servidor."
            .to_owned(),
    };
    language.pick(english, french, portuguese)
}

pub(super) fn disabled(language: Language, at: &str) -> Words {
    let english = Words {
        subject: "Two-factor authentication was turned off",
        before: format!(
            "Two-factor authentication of your user of AMDA was turned off on {at}. Your password alone is enough to log in \
             now, and the recovery codes are good no more."
        ),
        action: "",
        after:
            "If it was not you, change your password at once, and turn two-factor authentication on again."
                .to_owned(),
    };
    let french = Words {
        subject: "L’authentification à deux facteurs a été désactivée",
        before: format!(
            "L’authentification à deux facteurs de votre utilisateur AMDA a été désactivée le {at}. Votre mot de passe seul \
             suffit maintenant pour se connecter, et les codes de secours ne sont plus valables."
        ),
        action: "",
        after: "Si ce n’était pas vous, changez aussitôt de mot de passe et réactivez l’authentification à deux facteurs."
            .to_owned(),
    };
    let portuguese = Words {
        subject: "A autenticação de dois fatores foi desativada",
        before: format!(
            "A autenticação de dois fatores do seu usuário do AMDA foi desativada em {at}. Agora só a sua senha basta para \
             entrar, e os códigos de recuperação não valem mais."
        ),
        action: "",
        after: "Se não foi você, troque já a senha e ative de novo a autenticação de dois fatores."
            .to_owned(),
    };
    language.pick(english, french, portuguese)
}

pub(super) fn recovery_code_used(language: Language, left: i64) -> Words {
    let left = left_in_words(left, language);
    let english = Words {
        subject: "A recovery code was used",
        before: format!("A recovery code of your user of AMDA was used in place of your second factor. {left}"),
        action: "",
        after: "If it was not you, somebody knows your password and your codes: change the password at once, and create new \
                recovery codes."
            .to_owned(),
    };
    let french = Words {
        subject: "Un code de secours a été utilisé",
        before: format!(
            "Un code de secours de votre utilisateur AMDA a été utilisé à la place de votre second facteur. {left}"
        ),
        action: "",
        after: "Si ce n’était pas vous, quelqu’un connaît votre mot de passe et vos codes : changez aussitôt de mot de passe \
                et créez de nouveaux codes de secours."
            .to_owned(),
    };
    let portuguese = Words {
        subject: "Um código de recuperação foi usado",
        before: format!(
            "Um código de recuperação do seu usuário do AMDA foi usado no lugar do seu segundo fator. {left}"
        ),
        action: "",
        after: "Se não foi você, alguém sabe a sua senha e os seus códigos: troque já a senha e gere novos códigos de \
                recuperação."
            .to_owned(),
    };
    language.pick(english, french, portuguese)
}
