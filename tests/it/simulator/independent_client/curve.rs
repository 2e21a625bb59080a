//! Curve25519: agreement, and the signatures that Signal makes with keys of agreement (`XEdDSA`).

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::montgomery::MontgomeryPoint;
use curve25519_dalek::scalar::{Scalar, clamp_integer};
use rand::RngExt as _;
use sha2::{Digest as _, Sha512};

/// The type byte that stands before a public key where Signal signs or hashes it.
const KEY_TYPE: u8 = 5;

/// A key pair.
#[derive(Clone, Debug)]
pub(crate) struct KeyPair {
    private: [u8; 32],
    pub(super) public: [u8; 32],
}

impl KeyPair {
    pub(crate) fn generate() -> Self {
        let private = random();
        Self {
            private,
            public: MontgomeryPoint::mul_base_clamped(private).to_bytes(),
        }
    }

    pub(super) fn agree(&self, theirs: &[u8; 32]) -> [u8; 32] {
        MontgomeryPoint(*theirs).mul_clamped(self.private).to_bytes()
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        let secret = Scalar::from_bytes_mod_order(clamp_integer(self.private));
        let own = EdwardsPoint::mul_base(&secret).compress();
        let mut prefix = [0xff; 32];
        prefix[0] = 0xfe;
        let nonce = hash(&[&prefix, &self.private, message, &random::<64>()]);
        let point = EdwardsPoint::mul_base(&nonce).compress();
        let challenge = hash(&[point.as_bytes(), own.as_bytes(), message]);
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(point.as_bytes());
        signature[32..].copy_from_slice((challenge * secret + nonce).as_bytes());
        signature[63] = (signature[63] & 0x7f) | (own.as_bytes()[31] & 0x80);
        signature
    }
}

/// True when the holder of a public key signed a message.
pub(super) fn verify(public: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    let Ok(signature) = <[u8; 64]>::try_from(signature) else {
        return false;
    };
    let (point, mut answer) = (first(&signature), last(&signature));
    let Some(own) = MontgomeryPoint(*public).to_edwards(answer[31] >> 7) else {
        return false;
    };
    answer[31] &= 0x7f;
    let Some(answer) = Option::<Scalar>::from(Scalar::from_canonical_bytes(answer)) else {
        return false;
    };
    let challenge = hash(&[&point, own.compress().as_bytes(), message]);
    let expected = EdwardsPoint::vartime_double_scalar_mul_basepoint(&-challenge, &own, &answer);
    expected.compress() == CompressedEdwardsY(point)
}

/// A public key as Signal signs it.
pub(super) fn typed(public: &[u8; 32]) -> Vec<u8> {
    [&[KEY_TYPE][..], public].concat()
}

/// The public key in bytes with or without its type.
pub(super) fn untyped(bytes: &[u8]) -> [u8; 32] {
    *bytes.last_chunk().expect("a public key has 32 bytes")
}

pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill(&mut bytes[..]);
    bytes
}

fn first(signature: &[u8; 64]) -> [u8; 32] {
    *signature.first_chunk().expect("64 bytes have a first half")
}

fn last(signature: &[u8; 64]) -> [u8; 32] {
    *signature.last_chunk().expect("64 bytes have a last half")
}

fn hash(parts: &[&[u8]]) -> Scalar {
    let digest = Sha512::digest(parts.concat());
    Scalar::from_bytes_mod_order_wide(&digest.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_for_its_message_and_its_key_alone() {
        let pair = KeyPair::generate();
        let signature = pair.sign(b"words");

        assert!(verify(&pair.public, b"words", &signature));
        assert!(!verify(&pair.public, b"others", &signature));
        assert!(!verify(&KeyPair::generate().public, b"words", &signature));
    }
}
