//! The time that a search of 100,000 kept messages takes, and the size of its index: `cargo bench --bench search`.
//! Prints figures and judges nothing.
//!
//! The words are invented and as frequent as those of a language: few are in many messages, most are in few.

#![recursion_limit = "256"]
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops when it cannot go on"
)]

#[expect(dead_code, reason = "the tests use the rest of it")]
#[path = "../it/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use amda::account::AccountRef;
use amda::features::MessageQuery;
use amda::features::deleted_messages::DeletedQuery;
use amda::graphql::PageArguments;
use amda::id::Ids;
use diesel::sql_types::BigInt;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

use support::kept::keep_deleted;
use support::whatsapp::{alice_deletes, alice_writes};
use support::world::World;

const MESSAGES: usize = 100_000;
const WORDS: u64 = 20_000;
const TRIES: usize = 50;
const EMOJI: [&str; 12] = [
    "😂",
    "❤️",
    "👍🏽",
    "🙏",
    "😊",
    "🎉",
    "🔥",
    "😭",
    "🥰",
    "👩‍🚀",
    "🇩🇪",
    "🦀",
];
const ONSETS: [&str; 18] = [
    "b", "br", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t", "tr", "w", "z",
];
const VOWELS: [&str; 7] = ["a", "e", "i", "o", "u", "é", "ö"];
const ENDS: [&str; 6] = ["", "", "n", "r", "s", "ng"];

#[tokio::main]
async fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(account, &[alice_writes("M1", "first"), alice_deletes("R1", "M1")])
        .await;
    let start = Instant::now();
    for batch in texts(&world.core.ids).chunks(10_000) {
        keep_deleted(&world.core, account, batch).await;
    }
    println!(
        "kept {MESSAGES} messages in {:.1} s",
        start.elapsed().as_secs_f64()
    );
    let mut owner = world.everything().await;
    owner
        .batch_execute("VACUUM ANALYZE deleted_messages")
        .await
        .unwrap();
    print_sizes(&mut owner).await;
    let rare = "zzyzx";
    let mut all = Vec::new();
    for (what, search) in [
        ("the most common word", word(0)),
        ("a common word", word(20)),
        ("a word in some", word(500)),
        ("a word in few", word(15_000)),
        ("the middle of a word in few", middle(&word(15_000))),
        ("three letters", word(700).chars().take(3).collect()),
        ("two letters", word(900).chars().take(2).collect()),
        ("two words", format!("{} {}", word(3), word(400))),
        ("two common words", format!("{} {}", word(0), word(1))),
        ("a common Chinese letter", chinese(0).to_string()),
        ("a rare Chinese letter", chinese(2_500).to_string()),
        ("two Chinese letters", format!("{}{}", chinese(1), chinese(30))),
        ("a common emoji", EMOJI[0].to_owned()),
        ("an emoji in none", "🎈".to_owned()),
        ("a word in none", rare.to_owned()),
        ("three letters in none", rare[..3].to_owned()),
    ] {
        all.extend(time(&world, account, what, &search).await);
    }
    print_times("all of these", 0, &mut all);
}

/// Messages: of 3 to 20 words, every fifth in Chinese, every third with an emoji.
fn texts(ids: &Ids) -> Vec<String> {
    let text = |number: usize| {
        let length = ids.between(3, 20);
        let mut parts: Vec<String> = if number.is_multiple_of(5) {
            vec![(0..length).map(|_| chinese(lucky(ids, 3_000))).collect()]
        } else {
            (0..length).map(|_| word(lucky(ids, WORDS))).collect()
        };
        if number.is_multiple_of(3) {
            let most = u64::try_from(EMOJI.len()).unwrap();
            let emoji = usize::try_from(lucky(ids, most)).unwrap();
            parts.push(EMOJI[emoji].to_owned());
        }
        parts.join(" ")
    };
    (0..MESSAGES).map(text).collect()
}

/// A number below `most`, the smaller the likelier: each as often as its inverse.
fn lucky(ids: &Ids, most: u64) -> u64 {
    let mut bound = most;
    // Halves of the logarithm, about as Zipf's law has it.
    while bound > 1 && ids.between(0, 15) < 13 {
        bound = bound * 4 / 5;
    }
    ids.between(0, bound.max(1) - 1)
}

fn word(number: u64) -> String {
    let pick = |of: &[&'static str], number: u64| {
        let length = u64::try_from(of.len()).unwrap();
        of[usize::try_from(number % length).unwrap()]
    };
    // Spread, so that neighbours have little in common.
    let mut rest = number.wrapping_mul(2_654_435_761) % 1_000_003;
    let mut word = String::new();
    let syllables = 1 + number.checked_ilog10().unwrap_or(0).min(3);
    for _ in 0..syllables {
        word.push_str(pick(&ONSETS, rest));
        word.push_str(pick(&VOWELS, rest / 18));
        word.push_str(pick(&ENDS, rest / 126));
        rest = rest.wrapping_mul(48_271) % 1_000_003;
    }
    word
}

fn chinese(number: u64) -> char {
    let code = 0x4E00 + number * 7 % 20_000;
    char::from_u32(u32::try_from(code).unwrap()).unwrap()
}

fn middle(word: &str) -> String {
    word.chars().skip(2).take(5).collect()
}

async fn time(world: &World, account: AccountRef, what: &str, search: &str) -> Vec<Duration> {
    let mut times = Vec::with_capacity(TRIES);
    let mut found = 0;
    for _ in 0..TRIES {
        let arguments = PageArguments {
            first: Some(20),
            ..PageArguments::default()
        };
        let page = arguments.ranked_page("deletedMessages").unwrap();
        let query = DeletedQuery {
            messages: MessageQuery {
                search: Some(search.to_owned()),
                ..MessageQuery::default()
            },
            outcomes: None,
        };
        let start = Instant::now();
        let (page, _) = world
            .services
            .deleted_messages
            .list(account.user, page, query, false)
            .await
            .unwrap();
        times.push(start.elapsed());
        found = page.len();
    }
    print_times(&format!("{what} ({search})"), found, &mut times);
    times
}

fn print_times(what: &str, found: usize, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |of_hundred: usize| times[(times.len() - 1) * of_hundred / 100].as_secs_f64() * 1_000.0;
    println!(
        "{what}: {found} rows, p50 {:.1} ms, p99 {:.1} ms, worst {:.1} ms",
        at(50),
        at(99),
        at(100)
    );
}

#[derive(diesel::QueryableByName)]
struct Sizes {
    #[diesel(sql_type = BigInt)]
    table_mib: i64,
    #[diesel(sql_type = BigInt)]
    index_mib: i64,
    #[diesel(sql_type = BigInt)]
    terms: i64,
}

async fn print_sizes(owner: &mut diesel_async::AsyncPgConnection) {
    let query = "SELECT pg_table_size('deleted_messages') >> 20 AS table_mib,
        pg_relation_size('deleted_messages_terms') >> 20 AS index_mib,
        (SELECT avg(cardinality(terms))::bigint FROM deleted_messages) AS terms";
    let sizes: Sizes = diesel::sql_query(query).get_result(owner).await.unwrap();
    println!(
        "{} terms a message; the table has {} MiB, the index of terms {} MiB",
        sizes.terms, sizes.table_mib, sizes.index_mib
    );
}
