//! A notice between nodes: which users have new events, and up to which number.
//!
//! It is a line of words: the node that sends it, then `user:number` for each user, all ids as ULIDs. It holds no event,
//! so that whoever can write to Redis can cause reads of the table and nothing else.

use std::collections::HashMap;
use std::fmt::Write as _;

use ulid::Ulid;

use crate::id::UserId;

/// Number of channels. A user's notices are always on the same one, so they stay in order.
const SHARDS: u128 = 16;

/// The newest event of each of some users.
pub(super) type Newest = HashMap<UserId, i64>;

/// The names of all channels.
pub(super) fn channels() -> impl Iterator<Item = String> {
    (0..SHARDS).map(name)
}

/// The notices of `node` about `newest`, each with the name of its channel.
pub(super) fn write(node: Ulid, newest: &Newest) -> Vec<(String, String)> {
    let mut lines: HashMap<u128, String> = HashMap::new();
    for (user, newest) in newest {
        let id = Ulid::from(user.as_uuid());
        let line = lines.entry(id.0 % SHARDS).or_insert_with(|| node.to_string());
        // A String takes everything.
        let _ = write!(line, " {id}:{newest}");
    }
    lines
        .into_iter()
        .map(|(shard, line)| (name(shard), line))
        .collect()
}

/// What a notice of another node than `node` tells; what is malformed tells nothing.
pub(super) fn read(node: Ulid, line: &str) -> Newest {
    let (sender, told) = line.split_once(' ').unwrap_or((line, ""));
    if Ulid::from_string(sender).is_ok_and(|sender| sender == node) {
        return Newest::new();
    }
    let parse = |word: &str| {
        let (user, newest) = word.split_once(':')?;
        Some((user.parse().ok()?, newest.parse().ok()?))
    };
    told.split_whitespace().filter_map(parse).collect()
}

fn name(shard: u128) -> String {
    format!("events:{shard}")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_notice_is_read_by_every_node_but_its_own() {
        let (here, there) = (Ulid(1), Ulid(2));
        let newest: Newest = (0..100_u128)
            .map(|number| (UserId::from(Uuid::from_u128(number << 64 | number)), 7))
            .collect();

        let lines = write(here, &newest);

        let known: Vec<String> = channels().collect();
        assert!(lines.iter().all(|(channel, _)| known.contains(channel)));
        let read_there: Newest = lines.iter().flat_map(|(_, line)| read(there, line)).collect();
        assert_eq!(read_there, newest);
        assert!(lines.iter().all(|(_, line)| read(here, line).is_empty()));
    }

    #[test]
    fn what_is_malformed_tells_nothing() {
        for line in [
            "",
            " ",
            "x",
            "x y:z",
            "x 01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "x 01ARZ3NDEKTSV4RRFFQ69G5FAV:x",
        ] {
            assert_eq!(read(Ulid(1), line), Newest::new(), "{line}");
        }
    }
}
