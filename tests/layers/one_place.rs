//! A feature has one place: its folder, its row in the table of features, and the generated and closed lists that name it.

use crate::source;

/// The files outside of the folder of `edited_messages` that name the feature, its types or its kinds.
const OUTSIDE: [&str; 6] = [
    // The tables, generated from the migrations.
    "src/db/schema.rs",
    // The row in the table of features.
    "src/features/all.rs",
    // The link from a deleted message to its edits.
    "src/features/deleted_messages/graphql/objects.rs",
    // The module, and the type that others link to.
    "src/features/mod.rs",
    // What an access token needs for its fields and its type.
    "src/features/permission_rules.rs",
    // The kinds of its event and of its notice.
    "src/kinds.rs",
];

/// The words by which code names the feature.
const WORDS: [&str; 3] = ["edited_messages", "EditedMessage", "MessageEdited"];

#[test]
fn a_feature_that_keeps_items_and_sends_events_and_notices_touches_six_files_outside_of_its_folder() {
    let outside: Vec<String> = source::read_all()
        .into_iter()
        .filter(|source| !source.file.starts_with("src/features/edited_messages/"))
        .filter(|source| WORDS.iter().any(|word| source.text.contains(word)))
        .map(|source| source.file)
        .collect();

    assert_eq!(outside, OUTSIDE);
}
