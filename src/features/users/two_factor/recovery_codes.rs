use data_encoding::BASE32_NOPAD;
use ring::digest::{SHA256, digest};
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::crypto::random_bytes;

/// The number of codes that a user has at first.
pub(super) const COUNT: usize = 10;
/// 80 bits: sixteen letters and digits.
const CHANCE_BYTES: usize = 10;
/// Letters between two dashes.
const GROUP: usize = 4;

/// A code that stands for a lost second factor, once.
pub(in crate::features::users) struct RecoveryCode(Zeroizing<[u8; CHANCE_BYTES]>);

impl RecoveryCode {
    pub(super) fn generate() -> Self {
        Self(Zeroizing::new(random_bytes()))
    }

    /// Reads a code as people write it down: in either case, with dashes, spaces or nothing between.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let letters = text.chars().filter(|c| *c != '-' && !c.is_whitespace());
        let letters: Zeroizing<String> = Zeroizing::new(letters.map(|c| c.to_ascii_uppercase()).collect());
        let bytes = Zeroizing::new(BASE32_NOPAD.decode(letters.as_bytes()).ok()?);
        let bytes = <[u8; CHANCE_BYTES]>::try_from(bytes.as_slice()).ok()?;
        Some(Self(Zeroizing::new(bytes)))
    }

    /// The code as its user sees it, such as `abcd-efgh-ijkl-mnop`.
    pub(super) fn to_text(&self) -> SecretString {
        let letters = Zeroizing::new(BASE32_NOPAD.encode(&*self.0).to_ascii_lowercase());
        let groups: Vec<&str> = (0..letters.len())
            .step_by(GROUP)
            .filter_map(|at| letters.get(at..at + GROUP))
            .collect();
        groups.join("-").into()
    }

    /// The stored hash. A code has 80 bits of chance, so a plain hash gives nothing to guess.
    pub(in crate::features::users) fn hash(&self) -> Vec<u8> {
        digest(&SHA256, &*self.0).as_ref().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_code_reads_back_however_it_is_written_down() {
        let code = RecoveryCode::generate();
        let text = code.to_text().expose_secret().to_owned();

        let groups: Vec<&str> = text.split('-').collect();
        assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [4; 4]);
        for written in [
            text.clone(),
            text.to_uppercase(),
            text.replace('-', " "),
            text.replace('-', ""),
            format!(" {text}\n"),
        ] {
            assert_eq!(
                RecoveryCode::parse(&written).unwrap().hash(),
                code.hash(),
                "{written}"
            );
        }
        assert!(RecoveryCode::parse(&text[1..]).is_none());
        assert!(RecoveryCode::parse(&format!("{text}-aaaa")).is_none());
    }

    #[test]
    fn codes_and_their_hashes_are_another_each_time() {
        let codes: std::collections::HashSet<_> = (0..100).map(|_| RecoveryCode::generate().hash()).collect();

        assert_eq!(codes.len(), 100);
    }
}
