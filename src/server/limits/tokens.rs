//! Counts tokens and nesting without parsing.

use super::DocumentLimits;
use super::refusal::too_much;
use crate::server::request_error::RequestError;

/// Maximum nesting of brackets of any kind: the parser recurses for each. Far above the depth limit.
const MAX_NESTED: u64 = 64;

/// Maximum length of a name or a number: every error about a field repeats its name.
const MAX_WORD_BYTES: usize = 256;

/// Refuses a text that is too long, has too many tokens, or nests too deep. Does not check that it is GraphQL.
pub(super) fn check(text: &str, limits: &DocumentLimits) -> Result<(), RequestError> {
    if text.len() > limits.bytes {
        return Err(too_much("bytes", text.len() as u64, limits.bytes as u64));
    }
    let bytes = text.as_bytes();
    let (mut at, mut tokens, mut nested) = (0, 0_usize, 0_u64);
    while let Some(&byte) = bytes.get(at) {
        let end = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' | 0xef | 0xbb | 0xbf => {
                at += 1;
                continue;
            }
            b'#' => {
                at = end_of(bytes, at, |byte| !matches!(byte, b'\n' | b'\r'));
                continue;
            }
            b'"' => end_of_string(bytes, at),
            b'.' => end_of(bytes, at, |byte| byte == b'.'),
            _ if is_word(byte) => end_of(bytes, at, |byte| {
                is_word(byte) || matches!(byte, b'.' | b'+' | b'-')
            }),
            b'{' | b'[' | b'(' => {
                nested += 1;
                at + 1
            }
            b'}' | b']' | b')' => {
                nested = nested.saturating_sub(1);
                at + 1
            }
            _ => at + 1,
        };
        tokens += 1;
        if tokens > limits.tokens {
            // A hostile document may have very many more: not counted to the end.
            return Err(too_much("tokens or more", tokens as u64, limits.tokens as u64));
        }
        if is_word(byte) && end - at > MAX_WORD_BYTES {
            return Err(too_much(
                "bytes in a name",
                (end - at) as u64,
                MAX_WORD_BYTES as u64,
            ));
        }
        if nested > MAX_NESTED {
            return Err(too_much("brackets within brackets", nested, MAX_NESTED));
        }
        at = end;
    }
    Ok(())
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn end_of(bytes: &[u8], start: usize, belongs: impl Fn(u8) -> bool) -> usize {
    bytes[start + 1..]
        .iter()
        .position(|&byte| !belongs(byte))
        .map_or(bytes.len(), |length| start + 1 + length)
}

fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let is_block = bytes[start..].starts_with(b"\"\"\"");
    let mut at = start + if is_block { 3 } else { 1 };
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if is_block && bytes[at..].starts_with(b"\\\"\"\"") => at += 4,
            b'\\' if !is_block => at += 2,
            b'"' if is_block && bytes[at..].starts_with(b"\"\"\"") => return at + 3,
            b'"' if !is_block => return at + 1,
            // An unfinished string: the parser will say so.
            b'\n' | b'\r' if !is_block => return at,
            _ => at += 1,
        }
    }
    bytes.len()
}
