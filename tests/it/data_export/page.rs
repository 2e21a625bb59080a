//! What strangers write, in the files that a person opens.

use amda::account::AccountRef;
use amda::event::{Chat, Event};

use super::{export, rows, text};
use crate::support::core::noon;
use crate::support::whatsapp::{alice, alice_deletes, alice_writes, arrives, message, words};
use crate::support::world::World;

/// Alice, by another name, posts a status.
fn posts(name: &str, wa_id: &str, status: &str) -> Event {
    let mut message = message(Chat::Status, alice(), wa_id, noon(), words(status));
    message.push_name = Some(name.to_owned());
    arrives(message)
}

async fn with_statuses(name: &str, statuses: &[&str]) -> (World, AccountRef) {
    let (world, account) = World::with_user("FREE").await;
    for (number, status) in statuses.iter().enumerate() {
        let wa_id = format!("S{number}");
        world.receive(account, &[posts(name, &wa_id, status)]).await;
    }
    (world, account)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_and_texts_of_strangers_are_no_markup_of_the_page() {
    let name = "<script>alert(1)</script>";
    let (world, account) = with_statuses(name, &["<img src=x onerror=alert(2)> & \"more\""]).await;

    let entries = export(&world, account).await;

    let page = text(&entries, "index.html");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{page}");
    assert!(
        page.contains("&lt;img src=x onerror=alert(2)&gt; &amp; &quot;more&quot;"),
        "{page}"
    );
    assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
    for foreign in ["http://", "https://", "@import", "url("] {
        assert!(!page.contains(foreign), "the page names {foreign}");
    }
    assert!(page.contains("default-src 'none'"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_shows_statuses_and_kept_messages() {
    let (world, account) = with_statuses("Ana", &["sunny"]).await;
    world
        .receive(account, &[alice_writes("M1", "hello"), alice_deletes("R1", "M1")])
        .await;

    let entries = export(&world, account).await;

    let page = text(&entries, "index.html");
    let at = |part: &str| {
        page.find(part)
            .unwrap_or_else(|| panic!("{part} is not in {page}"))
    };
    assert!(at("<h2>Statuses</h2>") < at("<p>sunny</p>"));
    assert!(at("<strong>Ana</strong>") < at("<p>sunny</p>"));
    assert!(at("<h2>Deleted messages</h2>") < at("<p>hello</p>"));
    assert!(page.contains("There are none."), "no view-once message came");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_is_a_formula_of_a_spreadsheet() {
    let formulas = ["=HYPERLINK(\"http://evil.example\")", "+1", "-1", "@SUM(A1)"];
    let (world, account) = with_statuses("=cmd", &formulas).await;

    let entries = export(&world, account).await;

    let mut reader = csv::Reader::from_reader(text(&entries, "data/statuses.csv").as_bytes());
    let column = reader
        .headers()
        .unwrap()
        .iter()
        .position(|name| name == "content");
    let cells: Vec<String> = reader
        .records()
        .map(|record| record.unwrap()[column.unwrap()].to_owned())
        .collect();
    assert_eq!(cells, formulas.map(|formula| format!("'{formula}")));
    // The other file has them as they are.
    let texts: Vec<String> = rows(&entries, "statuses")
        .iter()
        .map(|row| row["content"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(texts, formulas);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_entry_leads_out_of_the_folder() {
    let (world, account) = with_statuses("../../etc/passwd", &["../../x", "C:\\x"]).await;

    let entries = export(&world, account).await;

    for name in entries.keys() {
        let is_inside = !name.starts_with('/') && !name.contains("..") && !name.contains('\\');
        assert!(is_inside && !name.contains(':'), "{name}");
    }
}
