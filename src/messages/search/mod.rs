//! Full-text search over the sealed texts of kept messages, through an index that does not contain them.
//!
//! ```text
//! text -> folded -> words -> n-grams -> keyed fingerprints, stored beside the sealed text (`index`)
//! search -> the same ---------------> rows with all its fingerprints: candidates (`Wanted::terms`)
//!                                     -> decrypted and judged (`Wanted::rank`) -> a page, the better rank first
//! ```
//!
//! # Matches
//!
//! Case, accents, width and the skin tone of emoji make no difference. A word is a run of letters and digits, or one
//! emoji or other symbol; punctuation is ignored. A message is found when each word of the search is a part of one of
//! its words. One or two letters of a script with spaces between words are found at the beginning of a word only.
//!
//! # Index
//!
//! Of a script with spaces between words, the terms are all runs of three letters and the first one, two and three
//! letters of each word; of other scripts and of symbols, each one and each pair. Every term is put into one of
//! [`BUCKETS`] buckets of its user, so a row has at most that many, however long its text. Several terms share a bucket,
//! so the index proposes rows that do not match: every candidate is judged by its text.
//!
//! # Secrecy
//!
//! A reader of the database without the user's key learns which messages of one user have buckets in common, how common
//! each bucket is, and about how many different terms each text has. The buckets of two users have nothing in common.
//! A reader who knows the language of the texts can guess from that which buckets are those of its most common letters and
//! words, and so parts of some texts. The fingerprints do not tell the order of terms, and several terms share a bucket.
//!
//! Each row has the [`VERSION`] of the index by which its terms were made; rows of an older version are indexed again.

mod grams;
mod index;
mod wanted;
mod words;

pub use index::{BUCKETS, VERSION, index};
pub use wanted::{LongSearch, Rank, Search, Wanted};
