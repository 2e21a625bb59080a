//! The `Range` header of HTTP, as far as one range goes.

use std::ops::Range;

/// The bytes of a file that a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// All of them: it did not say, or not in a way that is served (RFC 9110 lets a server ignore those).
    Whole,
    /// These.
    Part(Range<u64>),
    /// Bytes that the file does not have.
    Beyond,
}

/// Reads the `Range` header of a request for a file of `size` bytes.
pub(super) fn parse(header: Option<&str>, size: u64) -> Asked {
    let Some(spec) = header.and_then(|header| header.trim().strip_prefix("bytes=")) else {
        return Asked::Whole;
    };
    let Some((first, last)) = spec.trim().split_once('-') else {
        return Asked::Whole;
    };
    match (place(first), place(last)) {
        (Place::Open, Place::Open) | (Place::Unread, _) | (_, Place::Unread) => Asked::Whole,
        (Place::At(first), Place::At(last)) if first > last => Asked::Whole,
        (Place::At(first), _) if first >= size => Asked::Beyond,
        (Place::At(first), Place::At(last)) => Asked::Part(first..last.saturating_add(1).min(size)),
        (Place::At(first), Place::Open) => Asked::Part(first..size),
        // The last so many.
        (Place::Open, Place::At(count)) if count == 0 || size == 0 => Asked::Beyond,
        (Place::Open, Place::At(count)) => Asked::Part(size.saturating_sub(count)..size),
    }
}

/// One end of a range, as it is written.
enum Place {
    At(u64),
    Open,
    /// Anything but a number; a list of ranges among it.
    Unread,
}

fn place(text: &str) -> Place {
    match text {
        "" => Place::Open,
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => Place::At(digits.parse().unwrap_or(u64::MAX)),
        _ => Place::Unread,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_served_and_what_cannot_be_understood_is_the_whole_file() {
        for (header, asked) in [
            ("bytes=0-0", Asked::Part(0..1)),
            ("bytes=10-19", Asked::Part(10..20)),
            ("bytes=90-", Asked::Part(90..100)),
            ("bytes=90-1000", Asked::Part(90..100)),
            ("bytes=-10", Asked::Part(90..100)),
            ("bytes=-1000", Asked::Part(0..100)),
            ("bytes=5-99999999999999999999999", Asked::Part(5..100)),
            ("bytes=100-", Asked::Beyond),
            ("bytes=-0", Asked::Beyond),
            ("bytes=20-10", Asked::Whole),
            ("bytes=0-1,5-6", Asked::Whole),
            ("bytes=-", Asked::Whole),
            ("bytes=a-b", Asked::Whole),
            ("bytes=200-b", Asked::Whole),
            ("lines=1-2", Asked::Whole),
        ] {
            assert_eq!(parse(Some(header), 100), asked, "{header}");
        }
        assert_eq!(parse(None, 100), Asked::Whole);
        assert_eq!(parse(Some("bytes=0-"), 0), Asked::Beyond);
    }
}
