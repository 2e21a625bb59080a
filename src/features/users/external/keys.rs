//! The keys that an issuer publishes, of the kinds that its tokens may be signed with.

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// Maximum number of keys that are taken from one document.
const MOST_KEYS: usize = 64;
/// The length of the modulus of RSA with 2048 bits, the smallest that is accepted.
const SHORTEST_MODULUS: usize = 256;
/// The length of a coordinate of P-256, and of a key of Ed25519.
const FIELD_BYTES: usize = 32;

/// One key.
#[derive(Debug, Clone)]
pub(super) struct Key {
    /// Its name in the headers of tokens.
    id: Option<String>,
    /// The one algorithm that it verifies.
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

/// The keys of one document.
#[derive(Debug, Clone, Default)]
pub(super) struct KeySet(Vec<Key>);

/// The result of looking for the key of a token.
pub(super) enum Found<'a> {
    /// The key.
    Key(&'a Key),
    /// There is a key of this name, for another algorithm.
    OfAnotherAlgorithm,
    /// There is none, or no telling which.
    Nothing,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

/// A key as RFC 7517 writes it; private parts are not read.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a document. Keys of other kinds, and such for encryption, are left out; none when it is no such document.
    pub(super) fn parse(document: &[u8]) -> Option<Self> {
        let document: Document = serde_json::from_slice(document).ok()?;
        let keys = document.keys.into_iter().filter_map(|key| {
            let key: Jwk = serde_json::from_value(key).ok()?;
            key.read()
        });
        Some(Self(keys.take(MOST_KEYS).collect()))
    }

    /// The key that a token names, or the only one of its algorithm when it names none.
    pub(super) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Found<'_> {
        let mut of_algorithm = self.0.iter().filter(|key| key.algorithm == algorithm);
        let Some(id) = id else {
            return match (of_algorithm.next(), of_algorithm.next()) {
                (Some(only), None) => Found::Key(only),
                _ => Found::Nothing,
            };
        };
        let is_named = |key: &&Key| key.id.as_deref() == Some(id);
        match of_algorithm.find(is_named) {
            Some(key) => Found::Key(key),
            None if self.0.iter().any(|key| is_named(&key)) => Found::OfAnotherAlgorithm,
            None => Found::Nothing,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Jwk {
    fn read(self) -> Option<Key> {
        let part = |text: &Option<String>| BASE64URL_NOPAD.decode(text.as_deref()?.as_bytes()).ok();
        let (algorithm, decoding) = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => {
                // Some issuers write a sign in front, which ring refuses.
                let n = without_zeros(part(&self.n)?);
                let e = without_zeros(part(&self.e)?);
                (n.len() >= SHORTEST_MODULUS).then_some(())?;
                (Algorithm::RS256, DecodingKey::from_rsa_raw_components(&n, &e))
            }
            ("EC", Some("P-256")) => {
                let (x, y) = (part(&self.x)?, part(&self.y)?);
                (x.len() == FIELD_BYTES && y.len() == FIELD_BYTES).then_some(())?;
                let point = [&[4], x.as_slice(), &y].concat();
                (Algorithm::ES256, DecodingKey::from_ec_der(&point))
            }
            ("OKP", Some("Ed25519")) => {
                let key = part(&self.x)?;
                (key.len() == FIELD_BYTES).then_some(())?;
                (Algorithm::EdDSA, DecodingKey::from_ed_der(&key))
            }
            _ => return None,
        };
        let is_for_signatures = self.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
        let is_for_algorithm = self
            .alg
            .as_deref()
            .is_none_or(|named| named.parse() == Ok(algorithm));
        (is_for_signatures && is_for_algorithm).then_some(Key {
            id: self.kid,
            algorithm,
            decoding,
        })
    }
}

fn without_zeros(number: Vec<u8>) -> Vec<u8> {
    number.into_iter().skip_while(|byte| *byte == 0).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rsa(id: &str, bytes: usize) -> Value {
        let modulus = BASE64URL_NOPAD.encode(&vec![0xff; bytes]);
        json!({ "kty": "RSA", "kid": id, "n": modulus, "e": "AQAB" })
    }

    fn point(id: &str) -> Value {
        let field = BASE64URL_NOPAD.encode(&[7; 32]);
        json!({ "kty": "EC", "crv": "P-256", "kid": id, "x": field, "y": field })
    }

    fn parse(keys: &[Value]) -> KeySet {
        KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    fn with(mut key: Value, name: &str, value: &str) -> Value {
        key[name] = value.into();
        key
    }

    #[test]
    fn only_keys_that_sign_by_the_algorithm_of_their_kind_are_taken() {
        for wrong in [
            json!("nonsense"),
            json!({ "kty": "oct", "k": "c2VjcmV0" }),
            rsa("weak", 128),
            with(rsa("encrypting", 256), "use", "enc"),
            with(rsa("other", 256), "alg", "PS256"),
            with(point("other"), "crv", "P-384"),
            with(point("short"), "x", "AAAA"),
        ] {
            assert_eq!(parse(std::slice::from_ref(&wrong)).len(), 0, "{wrong}");
        }
        let good = [
            with(with(rsa("a", 256), "use", "sig"), "alg", "RS256"),
            point("b"),
        ];
        assert_eq!(parse(&good).len(), 2);
        assert!(KeySet::parse(b"<html>").is_none());
        assert!(KeySet::parse(b"{}").is_none());
    }

    #[test]
    fn a_key_is_found_by_its_name_for_its_own_algorithm_alone() {
        let keys = parse(&[rsa("a", 256), point("b")]);

        assert!(matches!(keys.find(Some("a"), Algorithm::RS256), Found::Key(_)));
        assert!(matches!(keys.find(Some("c"), Algorithm::RS256), Found::Nothing));
        for algorithm in [Algorithm::ES256, Algorithm::HS256, Algorithm::EdDSA] {
            let found = keys.find(Some("a"), algorithm);
            assert!(matches!(found, Found::OfAnotherAlgorithm), "{algorithm:?}");
        }
    }

    #[test]
    fn a_token_that_names_no_key_is_verified_where_one_key_alone_comes_into_question() {
        let one = parse(&[rsa("a", 256), point("b")]);
        let two = parse(&[rsa("a", 256), rsa("c", 256)]);

        assert!(matches!(one.find(None, Algorithm::RS256), Found::Key(_)));
        assert!(matches!(two.find(None, Algorithm::RS256), Found::Nothing));
    }

    #[test]
    fn the_sign_in_front_of_a_modulus_is_left_out() {
        let signed = [&[0][..], &[0xff; 256]].concat();

        assert_eq!(without_zeros(signed), [0xff; 256]);
    }
}
