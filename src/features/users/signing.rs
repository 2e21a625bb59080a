//! The algorithms of tokens by ring for `jsonwebtoken`, whose own providers bring a second TLS stack or the `rsa` crate.
//!
//! It signs by HMAC-SHA256 alone, as AMDA's own tokens are, and verifies besides what issuers sign with: RS256, ES256 and
//! `EdDSA`. The kind of the key decides: a token that asks for the algorithm of another kind finds no verifier.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result, new_error};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey};
use ring::hmac;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use signature::{Error, Signer, Verifier};

static RING: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes this the process's provider: the library takes one in no other way.
pub(super) fn install() {
    // It is installed once in a process; a second server in it, as in tests, finds this same one.
    let _ = RING.install_default();
}

struct Hs256(hmac::Key);

impl Hs256 {
    fn new(algorithm: Algorithm, secret: &[u8]) -> Result<Self> {
        if algorithm == Algorithm::HS256 {
            Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, secret)))
        } else {
            Err(new_error(ErrorKind::InvalidAlgorithm))
        }
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        Ok(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], tag: &Vec<u8>) -> std::result::Result<(), Error> {
        hmac::verify(&self.0, message, tag).map_err(|_| Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

/// The public key of somebody else.
enum PublicKey {
    /// RSA, of 2048 bits or more.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// A point of P-256.
    P256(Vec<u8>),
    /// Ed25519.
    Ed25519(Vec<u8>),
}

impl Verifier<Vec<u8>> for PublicKey {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        let verified = match self {
            Self::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            Self::P256(key) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).verify(message, signature)
            }
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
        };
        verified.map_err(|_| Error::new())
    }
}

impl JwtVerifier for PublicKey {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa { .. } => Algorithm::RS256,
            Self::P256(_) => Algorithm::ES256,
            Self::Ed25519(_) => Algorithm::EdDSA,
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the library wants a function of this type"
)]
fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    Ok(Box::new(Hs256::new(*algorithm, key.as_bytes())?))
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the library wants a function of this type"
)]
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let verifier: Box<dyn JwtVerifier> = match (key.family(), key.kind()) {
        (AlgorithmFamily::Hmac, DecodingKeyKind::SecretOrDer(secret)) => {
            Box::new(Hs256::new(*algorithm, secret)?)
        }
        (AlgorithmFamily::Rsa, DecodingKeyKind::RsaModulusExponent { n, e }) => Box::new(PublicKey::Rsa {
            n: n.clone(),
            e: e.clone(),
        }),
        (AlgorithmFamily::Ec, DecodingKeyKind::SecretOrDer(point)) => {
            Box::new(PublicKey::P256(point.clone()))
        }
        (AlgorithmFamily::Ed, DecodingKeyKind::SecretOrDer(key)) => Box::new(PublicKey::Ed25519(key.clone())),
        _ => return Err(new_error(ErrorKind::InvalidKeyFormat)),
    };
    if verifier.algorithm() == *algorithm {
        Ok(verifier)
    } else {
        Err(new_error(ErrorKind::InvalidAlgorithm))
    }
}
