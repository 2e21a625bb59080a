use crate::notices::Language;

/// Returns the legal and privacy notice for a user who turns capturing on.
pub fn privacy_notice(language: Language) -> &'static str {
    language.pick(ENGLISH, FRENCH, PORTUGUESE)
}

const ENGLISH: &str = "Whoever sends a view-once message expects that it is seen once and not kept. In some places, keeping \
    intimate pictures or recordings of somebody without their consent is against the law, and passing them on is in many \
    more. You alone are responsible for what you capture and for what you do with it. WhatsApp usually does not deliver the \
    content of view-once messages to linked devices; only what it does deliver, and what you quote in a reply, can be \
    captured.";

const FRENCH: &str = "Qui envoie un message à vue unique s’attend à ce qu’il soit vu une seule fois et ne soit pas conservé. \
    Dans certains pays, conserver des images ou des enregistrements intimes d’une personne sans son consentement est \
    illégal ; les transmettre l’est dans bien d’autres. Vous êtes seul responsable de ce que vous conservez et de l’usage \
    que vous en faites. En général, WhatsApp ne transmet pas le contenu des messages à vue unique aux appareils associés ; \
    seul ce qui est transmis, et ce que vous citez dans une réponse, peut être conservé.";

const PORTUGUESE: &str = "Quem envia uma mensagem de visualização única espera que ela seja vista uma só vez e não seja \
    guardada. Em alguns lugares, guardar imagens ou gravações íntimas de alguém sem o seu consentimento é contra a lei; \
    repassá-las é ilegal em muitos outros. Só você é responsável pelo que guarda e pelo uso que faz disso. Em geral, o \
    WhatsApp não entrega o conteúdo das mensagens de visualização única aos aparelhos conectados; só o que ele entrega, e o \
    que você cita em uma resposta, pode ser guardado.";
