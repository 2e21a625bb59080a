use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use ring::hmac;
use thiserror::Error;
use url::Url;
use uuid::Uuid;

use super::bucket::Bucket;
use super::objects::Objects;
use super::storage::Storage;
use super::store::MediaRow;
use crate::crypto::InstallationSecret;
use crate::id::{MediaId, UserId};

/// Error of following a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LinkError {
    /// Not a link that this server signed, or changed since.
    #[error("this link was not signed by this server, or was changed; ask the API for another")]
    Tampered,
    /// It was good until this moment.
    #[error("this link was good until {0}; ask the API for another")]
    Expired(DateTime<Utc>),
}

/// The part of a file that a link shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The content.
    Content,
    /// The small JPEG that stands for it.
    Thumbnail,
}

/// The prefix of a token that shows a thumbnail. No other token has a full stop there.
const THUMBNAIL_PREFIX: &str = "thumbnail.";

/// A link that shows one file to any client that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedLink {
    /// The link.
    pub url: Url,
    /// The time at which it expires.
    pub expires_at: DateTime<Utc>,
}

/// Signs links to files and exports, and checks them. The link alone authorises: it works without a login.
#[derive(Debug, Clone)]
pub struct Links {
    key: hmac::Key,
    base: Url,
    good_for: TimeDelta,
    /// The bucket that links to what lies plain in it lead to.
    bucket: Option<Bucket>,
}

impl Links {
    /// Links under `base`, the server's public address, signed by a key of the installation's secret and good for `good_for`.
    pub fn new(secret: &InstallationSecret, base: Url, good_for: TimeDelta) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*secret.derive("media links"));
        Self {
            key,
            base,
            good_for,
            bucket: None,
        }
    }

    /// As `self`, with links that lead to the bucket of `objects` for what lies plain in it.
    #[must_use]
    pub fn with_bucket_of(self, objects: &Objects) -> Self {
        Self {
            bucket: objects.bucket().cloned(),
            ..self
        }
    }

    /// The time at which a link expires that is signed `now`.
    pub fn expires_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        whole_seconds(now + self.good_for)
    }

    /// A link to the content of a stored file for its owner, from `now` on: to the bucket where it lies plain in one, and
    /// otherwise to this server.
    pub async fn sign_content(&self, row: &MediaRow, now: DateTime<Utc>) -> SignedLink {
        let ours = self.sign(row.user_id, row.id, Part::Content, now);
        let (Storage::PlainBucket, Some(bucket), Some(name)) = (row.storage, &self.bucket, &row.object_key)
        else {
            return ours;
        };
        let good_for = self.good_for.to_std().unwrap_or_default();
        match bucket.sign(name, good_for).await {
            Ok(url) => SignedLink { url, ..ours },
            // Our own link shows the same.
            Err(error) => {
                let chain = crate::telemetry::chain(&error);
                tracing::warn!("a link to the bucket cannot be signed: {chain}");
                ours
            }
        }
    }

    /// A link to a part of `media` for its owner, from `now` on.
    pub fn sign(&self, user: UserId, media: MediaId, part: Part, now: DateTime<Utc>) -> SignedLink {
        self.sign_token("media", &token_of(user, media, part), now)
    }

    /// A link to the item that `token` names under `folder`, from `now` on. The tokens of two folders must differ.
    pub fn sign_token(&self, folder: &str, token: &str, now: DateTime<Utc>) -> SignedLink {
        self.sign_token_until(folder, token, now + self.good_for)
    }

    /// As [`Self::sign_token`], good until `until`, in whole seconds.
    pub fn sign_token_until(&self, folder: &str, token: &str, until: DateTime<Utc>) -> SignedLink {
        let expires = until.timestamp();
        let signature = BASE64URL_NOPAD.encode(hmac::sign(&self.key, &signed(token, expires)).as_ref());
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend([folder, token]);
        }
        url.set_query(Some(&format!("expires={expires}&signature={signature}")));
        SignedLink {
            url,
            expires_at: whole_seconds(until),
        }
    }

    /// The owner, the file and its part that a link names.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn verify(
        &self,
        token: &str,
        expires: &str,
        signature: &str,
        now: DateTime<Utc>,
    ) -> Result<(UserId, MediaId, Part), LinkError> {
        self.verify_token(token, expires, signature, now)?;
        let (ids, part) = match token.strip_prefix(THUMBNAIL_PREFIX) {
            Some(ids) => (ids, Part::Thumbnail),
            None => (token, Part::Content),
        };
        let (user, media) = read_ids(ids)?;
        Ok((user.into(), media.into(), part))
    }

    /// Checks a link's signature and expiry.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn verify_token(
        &self,
        token: &str,
        expires: &str,
        signature: &str,
        now: DateTime<Utc>,
    ) -> Result<(), LinkError> {
        let expires = expires.parse::<i64>().map_err(|_| LinkError::Tampered)?;
        let signature = BASE64URL_NOPAD
            .decode(signature.as_bytes())
            .map_err(|_| LinkError::Tampered)?;
        hmac::verify(&self.key, &signed(token, expires), &signature).map_err(|_| LinkError::Tampered)?;
        let good_until = DateTime::from_timestamp(expires, 0).ok_or(LinkError::Tampered)?;
        if good_until <= now {
            return Err(LinkError::Expired(good_until));
        }
        Ok(())
    }
}

/// A user and something of theirs, as a token of a link names them.
pub(super) fn write_ids(user: UserId, thing: Uuid) -> String {
    let ids = [user.as_uuid().into_bytes(), thing.into_bytes()];
    BASE64URL_NOPAD.encode(ids.as_flattened())
}

/// What [`write_ids`] wrote.
pub(super) fn read_ids(text: &str) -> Result<(Uuid, Uuid), LinkError> {
    let ids = BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| LinkError::Tampered)?;
    let id = |bytes: &[u8]| Uuid::from_slice(bytes).map_err(|_| LinkError::Tampered);
    let (user, thing) = ids.split_at_checked(16).ok_or(LinkError::Tampered)?;
    Ok((id(user)?, id(thing)?))
}

fn whole_seconds(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(time.timestamp(), 0).unwrap_or(time)
}

fn token_of(user: UserId, media: MediaId, part: Part) -> String {
    let ids = write_ids(user, media.as_uuid());
    match part {
        Part::Content => ids,
        Part::Thumbnail => format!("{THUMBNAIL_PREFIX}{ids}"),
    }
}

fn signed(token: &str, expires: i64) -> Vec<u8> {
    format!("{token} until {expires}").into_bytes()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;
    use crate::id::Ids;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn follow(links: &Links, url: &Url, now: DateTime<Utc>) -> Result<(UserId, MediaId, Part), LinkError> {
        let query = |wanted| {
            let value = url.query_pairs().find(|(name, _)| name == wanted);
            value.map(|(_, value)| value.into_owned()).unwrap_or_default()
        };
        let token = url.path_segments().unwrap().next_back().unwrap();
        links.verify(token, &query("expires"), &query("signature"), now)
    }

    #[test]
    fn a_link_is_good_until_it_expires_and_only_as_it_was_signed() {
        let base: Url = "https://amda.example/sub/".parse().unwrap();
        let links = Links::new(
            &InstallationSecret::generate(),
            base.clone(),
            TimeDelta::minutes(15),
        );
        let ids = Ids::new(Arc::new(SystemClock));
        let (user, media) = (ids.next(), ids.next());

        let SignedLink { url, expires_at } = links.sign(user, media, Part::Content, NOW);

        assert_eq!(expires_at, NOW + TimeDelta::minutes(15));
        assert!(url.as_str().starts_with("https://amda.example/sub/media/"));
        assert_eq!(follow(&links, &url, NOW), Ok((user, media, Part::Content)));
        assert_eq!(
            follow(&links, &url, expires_at),
            Err(LinkError::Expired(expires_at))
        );
        let later = url
            .as_str()
            .replace("expires=900", "expires=901")
            .parse()
            .unwrap();
        assert_eq!(follow(&links, &later, NOW), Err(LinkError::Tampered));
        let other = Links::new(&InstallationSecret::generate(), base, TimeDelta::minutes(15));
        assert_eq!(follow(&other, &url, NOW), Err(LinkError::Tampered));
    }

    #[test]
    fn a_link_to_a_thumbnail_does_not_become_one_to_the_content() {
        let base: Url = "https://amda.example/".parse().unwrap();
        let links = Links::new(&InstallationSecret::generate(), base, TimeDelta::minutes(15));
        let ids = Ids::new(Arc::new(SystemClock));
        let (user, media) = (ids.next(), ids.next());

        let SignedLink { url, .. } = links.sign(user, media, Part::Thumbnail, NOW);

        assert_eq!(follow(&links, &url, NOW), Ok((user, media, Part::Thumbnail)));
        let content = url.as_str().replace(THUMBNAIL_PREFIX, "").parse().unwrap();
        assert_eq!(follow(&links, &content, NOW), Err(LinkError::Tampered));
    }
}
