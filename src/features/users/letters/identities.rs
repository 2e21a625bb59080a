//! The words of the mails about external identities.

use super::text::Words;
use crate::notices::Language;

pub(super) fn link_identity(language: Language, identity: &str) -> Words {
    let english = Words {
        subject: "Is this sign-in yours?",
        before: format!(
            "Somebody signed in as {identity} and wants to use AMDA with it. You have a user of AMDA with this address \
             already. If it was you, let this sign-in into your user."
        ),
        action: "Look at it",
        after: "The link is good for 30 minutes and for one use. If it was not you, do nothing: whoever it was does not \
                come in."
            .to_owned(),
    };
    let french = Words {
        subject: "Cette connexion est-elle la vôtre ?",
        before: format!(
            "Quelqu’un s’est connecté comme {identity} et veut utiliser AMDA ainsi. Vous avez déjà un utilisateur AMDA avec \
             cette adresse. Si c’était vous, donnez à cette connexion l’accès à votre utilisateur."
        ),
        action: "L’examiner",
        after: "Le lien est valable 30 minutes et une seule fois. Si ce n’était pas vous, ne faites rien : personne \
                n’entre."
            .to_owned(),
    };
    let portuguese = Words {
        subject: "Este acesso é seu?",
        before: format!(
            "Alguém entrou como {identity} e quer usar o AMDA assim. Você já tem um usuário do AMDA com este endereço. Se \
             foi você, dê a este acesso entrada no seu usuário."
        ),
        action: "Ver o pedido",
        after:
            "O link vale por 30 minutos e para um único uso. Se não foi você, não faça nada: ninguém entra."
                .to_owned(),
    };
    language.pick(english, french, portuguese)
}

pub(super) fn identity_linked(language: Language, identity: &str, at: &str) -> Words {
    let english = Words {
        subject: "Another way to sign in was added",
        before: format!(
            "On {at}, your user of AMDA was linked to {identity}, which signs you in from now on."
        ),
        action: "",
        after: "If it was not you, unlink it, choose another password and end all sessions.".to_owned(),
    };
    let french = Words {
        subject: "Une autre façon de se connecter a été ajoutée",
        before: format!(
            "Le {at}, votre utilisateur AMDA a été associé à {identity}, qui vous connecte désormais."
        ),
        action: "",
        after: "Si ce n’était pas vous, dissociez-le, choisissez un autre mot de passe et mettez fin à toutes les sessions."
            .to_owned(),
    };
    let portuguese = Words {
        subject: "Outra forma de entrar foi adicionada",
        before: format!("Em {at}, seu usuário do AMDA foi vinculado a {identity}, que agora permite entrar."),
        action: "",
        after: "Se não foi você, desvincule-o, escolha outra senha e encerre todas as sessões.".to_owned(),
    };
    language.pick(english, french, portuguese)
}
