//! The operator's own issuer of tokens, such as a Supabase project.

use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use url::Url;

use super::loopback::names_this_machine;
use super::reader::{Reader, Setting};

/// The minimum length of a secret that signs tokens: that of the signature itself.
const MIN_SECRET_BYTES: usize = 32;
const LONGEST_ISSUER: usize = 512;

const ISSUER: Setting = Setting::new(
    "AMDA_AUTH_ISSUER",
    "the address that tokens name as `iss`, by https or on this machine, such as https://project.supabase.co/auth/v1",
);
const AUDIENCE: Setting = Setting::new(
    "AMDA_AUTH_AUDIENCE",
    "what tokens name as `aud`, such as authenticated, with commas between several",
);
const JWKS_URL: Setting = Setting::new(
    "AMDA_AUTH_JWKS_URL",
    "the address of the issuer's keys, by https or on this machine",
);
const SECRET: Setting = Setting::secret(
    "AMDA_AUTH_JWT_SECRET",
    "the secret with which the issuer signs by HS256, at least 32 bytes long",
);

/// The issuer whose tokens are accepted beside AMDA's own.
#[derive(Debug, Clone)]
pub struct AuthConfig {
    /// Its address, written as its tokens write it.
    pub issuer: String,
    /// The audiences of tokens that are meant for this server.
    pub audiences: Vec<String>,
    /// The address of its keys; its discovery document names them when absent.
    pub jwks_url: Option<Url>,
    /// The secret of tokens that it signs by HS256; none are accepted when absent.
    pub secret: Option<SecretSlice<u8>>,
}

/// Reads the issuer; without one, only AMDA's own tokens are accepted.
pub(super) fn read(reader: &mut Reader) -> Option<AuthConfig> {
    let issuer = reader.value(&ISSUER, None, issuer);
    let has_issuer = reader.is_given(&ISSUER);
    let audiences = reader.value(&AUDIENCE, None, audiences);
    let jwks_url = reader.value(&JWKS_URL, None, address);
    let secret = reader.value(&SECRET, None, secret);
    if has_issuer && !reader.is_given(&AUDIENCE) {
        let expected = AUDIENCE.expected();
        reader.reject(
            &AUDIENCE,
            format!("it is missing, and with AMDA_AUTH_ISSUER it must be {expected}"),
        );
    }
    for setting in [&AUDIENCE, &JWKS_URL, &SECRET] {
        if !has_issuer && reader.is_given(setting) {
            reader.reject(
                setting,
                "it is used with AMDA_AUTH_ISSUER alone, which is missing".to_owned(),
            );
        }
    }
    Some(AuthConfig {
        issuer: issuer?,
        audiences: audiences?,
        jwks_url,
        secret: secret.map(|secret: SecretString| secret.expose_secret().as_bytes().to_vec().into()),
    })
}

/// An issuer is compared letter by letter, so it stays as it was written.
fn issuer(text: &str) -> Option<String> {
    let url = address(text)?;
    let is_bare = url.query().is_none() && url.fragment().is_none();
    (is_bare && text.len() <= LONGEST_ISSUER).then(|| text.to_owned())
}

/// An address whose answers nobody on the way can change.
fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(Url::has_host)?;
    let is_safe = match url.scheme() {
        "https" => true,
        "http" => names_this_machine(&url),
        _ => false,
    };
    (is_safe && url.username().is_empty() && url.password().is_none()).then_some(url)
}

fn audiences(text: &str) -> Option<Vec<String>> {
    let named = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    text.split(',').map(named).collect()
}

fn secret(text: &str) -> Option<SecretString> {
    (text.len() >= MIN_SECRET_BYTES).then(|| text.into())
}
