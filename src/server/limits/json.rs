//! The size of JSON in memory, before it is parsed.

use super::refusal::too_much_because;
use crate::server::request_error::RequestError;

/// Maximum number of values in one text. An object of one field takes a hundred times as much memory as its text, so the
/// length of a text is no bound on what its values take.
const MAX_VALUES: u64 = 20_000;

/// Refuses a text with too many values. Does not check that it is JSON.
///
/// Each value but the first follows a comma, or opens a list or an object, so the count is never too low.
pub(crate) fn check_json(text: &[u8]) -> Result<(), RequestError> {
    let (mut is_string, mut is_escaped, mut values) = (false, false, 1_u64);
    for byte in text {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_string => is_escaped = true,
            b'"' => is_string = !is_string,
            b',' | b'[' | b'{' if !is_string => values += 1,
            _ => {}
        }
    }
    if values <= MAX_VALUES {
        return Ok(());
    }
    let message =
        format!("the request has {values} JSON values; {MAX_VALUES} are allowed: send fewer at once");
    Err(too_much_because(message, "JSON values", values, MAX_VALUES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_a_text_are_counted_outside_of_its_strings() {
        let commas = format!(r#"{{"a":"{}\"{}"}}"#, ",".repeat(30_000), "[{".repeat(10_000));
        let zeros = format!("[0{}]", ",0".repeat(20_000));

        assert!(check_json(commas.as_bytes()).is_ok());
        let refused = check_json(zeros.as_bytes()).unwrap_err();
        assert_eq!(
            refused.error.message,
            "the request has 20002 JSON values; 20000 are allowed: send fewer at once"
        );
    }
}
