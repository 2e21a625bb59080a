use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use ring::hmac;
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use super::{Announced, LINK_GOOD_FOR};
use crate::crypto::InstallationSecret;
use crate::id::{UploadId, UserId};
use crate::media::LinkError;

/// The upload that a link permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadPass {
    /// The owner.
    pub user: UserId,
    /// The upload.
    pub upload: UploadId,
    /// The announced type.
    pub announced: Announced,
    /// The largest permitted size in bytes.
    pub size_bytes: u32,
}

/// The query of an upload's link.
#[derive(Debug, Deserialize)]
pub(super) struct Ticket {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    size: u32,
    #[serde(default)]
    expires: i64,
    #[serde(default)]
    signature: String,
}

/// Signs links that take uploads, and checks them. The link alone authorises: it works without a login.
#[derive(Debug, Clone)]
pub struct UploadLinks {
    key: hmac::Key,
    base: Url,
}

impl UploadLinks {
    /// Links under `base`, the server's public address, signed by a key of the installation's secret.
    pub fn new(secret: &InstallationSecret, base: Url) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*secret.derive("upload links"));
        Self { key, base }
    }

    /// The link for `pass`, which was announced at `since`, and when it stops being good. The same each time.
    pub fn sign(&self, pass: &UploadPass, since: DateTime<Utc>) -> (Url, DateTime<Utc>) {
        let expires = (since + LINK_GOOD_FOR).timestamp();
        let token = token_of(pass);
        let (kind, size) = (pass.announced.as_str(), pass.size_bytes);
        let signature = hmac::sign(&self.key, &signed(&token, kind, size, expires));
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["uploads", &token]);
        }
        url.query_pairs_mut()
            .append_pair("type", kind)
            .append_pair("size", &size.to_string())
            .append_pair("expires", &expires.to_string())
            .append_pair("signature", &BASE64URL_NOPAD.encode(signature.as_ref()));
        (url, DateTime::from_timestamp(expires, 0).unwrap_or(since))
    }

    /// Checks a link's signature and expiry; returns the upload that it permits.
    ///
    /// # Errors
    /// [`LinkError`].
    pub(super) fn verify(
        &self,
        token: &str,
        ticket: &Ticket,
        now: DateTime<Utc>,
    ) -> Result<UploadPass, LinkError> {
        let (kind, size, expires) = (ticket.kind.as_str(), ticket.size, ticket.expires);
        let tampered = |_| LinkError::Tampered;
        let signature = BASE64URL_NOPAD
            .decode(ticket.signature.as_bytes())
            .map_err(tampered)?;
        hmac::verify(&self.key, &signed(token, kind, size, expires), &signature)
            .map_err(|_| LinkError::Tampered)?;
        let good_until = DateTime::from_timestamp(expires, 0).ok_or(LinkError::Tampered)?;
        if good_until <= now {
            return Err(LinkError::Expired(good_until));
        }
        let ids = BASE64URL_NOPAD.decode(token.as_bytes()).map_err(tampered)?;
        let id = |bytes: &[u8]| Uuid::from_slice(bytes).map_err(|_| LinkError::Tampered);
        let (user, upload) = ids.split_at_checked(16).ok_or(LinkError::Tampered)?;
        Ok(UploadPass {
            user: id(user)?.into(),
            upload: id(upload)?.into(),
            announced: Announced::parse(kind).ok_or(LinkError::Tampered)?,
            size_bytes: size,
        })
    }
}

fn token_of(pass: &UploadPass) -> String {
    let ids = [
        pass.user.as_uuid().into_bytes(),
        pass.upload.as_uuid().into_bytes(),
    ];
    BASE64URL_NOPAD.encode(ids.as_flattened())
}

fn signed(token: &str, kind: &str, size: u32, expires: i64) -> Vec<u8> {
    format!("PUT {token} {kind} {size} until {expires}").into_bytes()
}
