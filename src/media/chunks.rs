//! The layout of an object: sealed chunks of one size, the last one shorter, and nothing around them.
//!
//! The associated data of a chunk names the media, the chunk's number and whether it is the last: a chunk that is cut off,
//! moved, or taken from another file does not open.

use std::ops::Range;

use crate::crypto::{CryptoError, DataKey, OVERHEAD_BYTES, belongs_to};
use crate::id::MediaId;

/// Plain bytes in every chunk but the last.
pub(super) const CHUNK_BYTES: u64 = CHUNK_LEN as u64;
/// The same for bytes in memory.
pub(super) const CHUNK_LEN: usize = 64 * 1024;
const OVERHEAD: u64 = OVERHEAD_BYTES as u64;

/// The positions of one file's chunks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// The file.
    pub(super) media: MediaId,
    /// Of the plain content.
    pub(super) size_bytes: u64,
}

impl Layout {
    /// The number of chunks; an empty file has one empty chunk.
    pub(super) fn count(self) -> u64 {
        self.size_bytes.div_ceil(CHUNK_BYTES).max(1)
    }

    /// Of the object.
    pub(super) fn sealed_bytes(self) -> u64 {
        self.size_bytes + self.count() * OVERHEAD
    }

    /// The chunks that hold the plain bytes of `range`.
    pub(super) fn chunks_of(self, range: &Range<u64>) -> Range<u64> {
        range.start / CHUNK_BYTES..range.end.div_ceil(CHUNK_BYTES).min(self.count())
    }

    /// The plain bytes that chunk `number` holds.
    pub(super) fn plain(self, number: u64) -> Range<u64> {
        let start = number * CHUNK_BYTES;
        start..(start + CHUNK_BYTES).min(self.size_bytes)
    }

    /// The range of the sealed `chunks` in the object.
    pub(super) fn sealed(self, chunks: &Range<u64>) -> Range<u64> {
        let whole = CHUNK_BYTES + OVERHEAD;
        chunks.start * whole..(chunks.end * whole).min(self.sealed_bytes())
    }

    /// Opens the chunks from `first` on that `sealed` holds, one after the other.
    pub(super) fn open(self, key: &DataKey, first: u64, sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let whole = OVERHEAD_BYTES + usize::try_from(CHUNK_BYTES).map_err(|_| CryptoError::Malformed)?;
        let mut plain = Vec::with_capacity(sealed.len());
        for (number, chunk) in (first..).zip(sealed.chunks(whole)) {
            plain.append(&mut key.open(&self.place(number), chunk)?);
        }
        Ok(plain)
    }

    fn place(self, number: u64) -> String {
        place(self.media, number, number + 1 == self.count())
    }
}

/// Seals the chunk `number` of an object whose size is not known yet. Every chunk but the last is a full one.
pub(super) fn seal_unsized(
    key: &DataKey,
    media: MediaId,
    number: u64,
    plain: &[u8],
    is_last: bool,
) -> Vec<u8> {
    key.seal(&place(media, number, is_last), plain)
}

fn place(media: MediaId, number: u64, is_last: bool) -> String {
    let end = if is_last { "last" } else { "more" };
    belongs_to("media", "content", format_args!("{media}:{number}:{end}"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;
    use crate::id::Ids;

    fn layout(size_bytes: u64) -> Layout {
        let media = Ids::new(Arc::new(SystemClock)).next();
        Layout { media, size_bytes }
    }

    #[test]
    fn a_layout_counts_chunks_at_their_edges() {
        for (size, count) in [
            (0, 1),
            (1, 1),
            (CHUNK_BYTES, 1),
            (CHUNK_BYTES + 1, 2),
            (3 * CHUNK_BYTES, 3),
        ] {
            let layout = layout(size);

            assert_eq!(layout.count(), count, "{size} bytes");
            assert_eq!(layout.sealed(&(0..count)).end, size + count * OVERHEAD);
            assert_eq!(layout.plain(count - 1).end, size);
        }
    }

    #[test]
    fn a_chunk_opens_only_in_its_place_and_only_as_the_end_that_it_is() {
        let key = DataKey::generate();
        let layout = layout(2 * CHUNK_BYTES);
        let plain = vec![7; 65536];
        let first = seal_unsized(&key, layout.media, 0, &plain, false);
        let shorter = Layout {
            size_bytes: CHUNK_BYTES,
            ..layout
        };

        assert_eq!(layout.open(&key, 0, &first).unwrap(), plain);
        assert!(layout.open(&key, 1, &first).is_err(), "another number");
        assert!(
            shorter.open(&key, 0, &first).is_err(),
            "the file was cut behind it"
        );
        assert!(layout.open(&key, 0, &first[..first.len() - 1]).is_err());
    }
}
