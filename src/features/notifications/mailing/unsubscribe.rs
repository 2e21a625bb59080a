//! Links that end mail of one kind for one user, and prove by themselves that we made them.

use data_encoding::BASE64URL_NOPAD;
use ring::hmac;
use url::Url;
use uuid::Uuid;

use crate::crypto::InstallationSecret;
use crate::id::UserId;
use crate::notices::NoticeKind;

/// Path of the links, below the server's address.
const PATH: &str = "mail/unsubscribe";
/// The length of an HMAC by SHA-256.
const PROOF_BYTES: usize = 32;
const ID_BYTES: usize = 16;

/// Makes and reads the links.
#[derive(Debug, Clone)]
pub struct UnsubscribeLinks {
    key: hmac::Key,
    home: Url,
}

impl UnsubscribeLinks {
    /// Links to the server at `home`.
    pub fn new(secret: &InstallationSecret, home: Url) -> Self {
        let secret = secret.derive("mail unsubscribe links");
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &*secret),
            home,
        }
    }

    /// The server's address.
    pub(super) const fn home(&self) -> &Url {
        &self.home
    }

    /// The link that ends mail about `kind` for `user`. Good for ever: mail is kept for long.
    pub fn link(&self, user: UserId, kind: NoticeKind) -> Url {
        let mut token = user.as_uuid().as_bytes().to_vec();
        token.extend_from_slice(kind.as_str().as_bytes());
        let proof = hmac::sign(&self.key, &token);
        token.splice(0..0, proof.as_ref().iter().copied());
        let mut link = self.home.clone();
        if let Ok(mut path) = link.path_segments_mut() {
            path.pop_if_empty().extend(PATH.split('/'));
        }
        link.set_query(Some(&format!("token={}", BASE64URL_NOPAD.encode(&token))));
        link
    }

    /// User and kind of notice that the token of a link unsubscribes; none when this server did not sign it.
    pub fn read(&self, token: &str) -> Option<(UserId, NoticeKind)> {
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
        let (proof, payload) = bytes.split_at_checked(PROOF_BYTES)?;
        hmac::verify(&self.key, payload, proof).ok()?;
        let (id, kind) = payload.split_at_checked(ID_BYTES)?;
        let kind = NoticeKind::parse(std::str::from_utf8(kind).ok()?)?;
        Some((Uuid::from_slice(id).ok()?.into(), kind))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;
    use crate::id::Ids;

    #[test]
    fn a_link_reads_back_and_a_changed_one_does_not() {
        let user: UserId = Ids::new(Arc::new(SystemClock)).next();
        let home: Url = "https://amda.example/".parse().unwrap();
        let links = UnsubscribeLinks::new(&InstallationSecret::generate(), home.clone());

        let link = links.link(user, NoticeKind::ScheduledStatusMissed);

        assert_eq!(link.path(), "/mail/unsubscribe");
        let (_, token) = link.query_pairs().next().unwrap();
        assert_eq!(
            links.read(&token),
            Some((user, NoticeKind::ScheduledStatusMissed))
        );
        let others = UnsubscribeLinks::new(&InstallationSecret::generate(), home);
        assert_eq!(others.read(&token), None);
        let mut changed = token.clone().into_owned().into_bytes();
        changed[60] = if changed[60] == b'A' { b'B' } else { b'A' };
        assert_eq!(links.read(std::str::from_utf8(&changed).unwrap()), None);
        for nonsense in ["", "AAAA", "!", &token[..20]] {
            assert_eq!(links.read(nonsense), None, "{nonsense}");
        }
    }
}
