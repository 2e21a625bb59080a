//! An issuer of tokens on loopback, as a provider of `OpenID` Connect or a Supabase project is one, and all that it may do wrong.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use futures::StreamExt as _;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const DISCOVERY: &str = "/.well-known/openid-configuration";
const JWKS: &str = "/jwks.json";

/// How it answers whoever asks for its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mood {
    /// As it should.
    Honest,
    /// With 503.
    Away,
    /// With a page for people.
    Garbage,
    /// With a body that never ends.
    Endless,
    /// Not at all.
    Silent,
    /// By sending them to another address.
    Redirecting(String),
    /// With the discovery document of another issuer.
    Posing,
}

/// A key of the issuer's.
pub(crate) enum SigningKey {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

struct Inside {
    mood: Mood,
    /// The published keys, by their names.
    keys: Vec<(String, Value)>,
    /// The number of times that the keys were asked for.
    asked: usize,
}

/// A running issuer, which publishes no key yet.
pub(crate) struct Issuer {
    pub(crate) address: SocketAddr,
    inside: Arc<Mutex<Inside>>,
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inside = Arc::new(Mutex::new(Inside {
            mood: Mood::Honest,
            keys: Vec::new(),
            asked: 0,
        }));
        let router = Router::new()
            .fallback(answer)
            .with_state((address, Arc::clone(&inside)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, inside }
    }

    /// Its name in tokens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn jwks_url(&self) -> String {
        format!("{}{JWKS}", self.url())
    }

    pub(crate) fn behave(&self, mood: Mood) {
        self.inside.lock().unwrap().mood = mood;
    }

    /// Publishes `key` as `id`.
    pub(crate) fn publish(&self, id: &str, key: &SigningKey) {
        let mut jwk = key.to_jwk();
        jwk["kid"] = id.into();
        self.publish_as_is(id, jwk);
    }

    pub(crate) fn publish_as_is(&self, id: &str, jwk: Value) {
        self.inside.lock().unwrap().keys.push((id.to_owned(), jwk));
    }

    /// Publishes the key `id` no longer.
    pub(crate) fn retire(&self, id: &str) {
        self.inside.lock().unwrap().keys.retain(|(name, _)| name != id);
    }

    /// The number of times that the keys were asked for.
    pub(crate) fn asked(&self) -> usize {
        self.inside.lock().unwrap().asked
    }

    /// The claims of a token for the audience `amda` that is good for five minutes from `now`.
    pub(crate) fn claims(&self, subject: &str, now: DateTime<Utc>) -> Value {
        json!({
            "iss": self.url(), "sub": subject, "aud": "amda", "sid": format!("session of {subject}"),
            "iat": now.timestamp(), "exp": now.timestamp() + 300,
            "email": format!("{subject}@example.org"), "email_verified": true,
        })
    }
}

async fn answer(State((address, inside)): State<(SocketAddr, Arc<Mutex<Inside>>)>, uri: Uri) -> Response {
    let is_jwks = uri.path() == JWKS;
    let (mood, keys) = {
        let mut inside = inside.lock().unwrap();
        inside.asked += usize::from(is_jwks);
        let keys: Vec<Value> = inside.keys.iter().map(|(_, key)| key.clone()).collect();
        (inside.mood.clone(), keys)
    };
    let name = match &mood {
        Mood::Posing => "https://issuer.example".to_owned(),
        _ => format!("http://{address}"),
    };
    match mood {
        Mood::Honest | Mood::Posing if is_jwks => axum::Json(json!({ "keys": keys })).into_response(),
        Mood::Honest | Mood::Posing if uri.path() == DISCOVERY => {
            let jwks = format!("http://{address}{JWKS}");
            axum::Json(json!({ "issuer": name, "jwks_uri": jwks })).into_response()
        }
        Mood::Honest | Mood::Posing => StatusCode::NOT_FOUND.into_response(),
        Mood::Away => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Mood::Garbage => "<html>Welcome!</html>".into_response(),
        Mood::Endless => {
            let chunk = Bytes::from_static(&[b' '; 4_096]);
            let endless = futures::stream::repeat(chunk).map(Ok::<_, Infallible>);
            Body::from_stream(endless).into_response()
        }
        Mood::Silent => std::future::pending().await,
        Mood::Redirecting(to) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
    }
}

impl SigningKey {
    /// An RSA key of 2048 bits, always the same: making one takes seconds.
    pub(crate) fn rsa() -> Self {
        let text: String = include_str!("issuer_rsa.pk8.b64").lines().collect();
        let pkcs8 = BASE64.decode(text.as_bytes()).unwrap();
        Self::Rsa(RsaKeyPair::from_pkcs8(&pkcs8).unwrap())
    }

    pub(crate) fn p256() -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self::P256(EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap())
    }

    pub(crate) fn ed25519() -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap())
    }

    /// A token that names this key `id`, signed by it.
    pub(crate) fn sign(&self, id: &str, claims: &Value) -> String {
        let header = json!({ "alg": self.algorithm(), "typ": "JWT", "kid": id });
        token(&header, claims, |message| self.signature(message))
    }

    pub(crate) const fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::P256(_) => "ES256",
            Self::Ed25519(_) => "EdDSA",
        }
    }

    pub(crate) fn signature(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .unwrap();
                signature
            }
            Self::P256(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Ed25519(key) => key.sign(message).as_ref().to_vec(),
        }
    }

    /// The public key, without a name.
    pub(crate) fn to_jwk(&self) -> Value {
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        match self {
            Self::Rsa(key) => {
                let public = PublicKeyComponents::<Vec<u8>>::from(key.public());
                json!({ "kty": "RSA", "use": "sig", "n": text(&public.n), "e": text(&public.e) })
            }
            Self::P256(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "x": text(x), "y": text(y) })
            }
            Self::Ed25519(key) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": text(key.public_key().as_ref()) })
            }
        }
    }
}

/// A token of these parts, with the signature of its message.
pub(crate) fn token(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let encode = |part: &Value| BASE64URL_NOPAD.encode(part.to_string().as_bytes());
    let message = format!("{}.{}", encode(header), encode(claims));
    let signature = sign(message.as_bytes());
    format!("{message}.{}", BASE64URL_NOPAD.encode(&signature))
}

/// A token signed by HMAC-SHA256 with `secret`.
pub(crate) fn hs256(header: &Value, claims: &Value, secret: &[u8]) -> String {
    token(header, claims, |message| {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
        ring::hmac::sign(&key, message).as_ref().to_vec()
    })
}
