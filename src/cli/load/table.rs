//! The table that the command prints.

use std::fmt::Write as _;

use super::command::Load;
use super::figures::{Figures, Memory};
use super::traffic::MIX;

const COLUMNS: [&str; 13] = [
    "nodes",
    "accounts",
    "online after, s",
    "events/s",
    "heard p50, ms",
    "heard p99, ms",
    "CPU, ms/event",
    "MiB/node",
    "KiB/account",
    "DB transactions/s",
    "DB CPU, ms/event",
    "DB connections",
    "WAL, KiB/event",
];

/// The figures as a table in Markdown, below what was sent.
pub(super) fn text(load: &Load, figures: &[Figures]) -> String {
    let (rate, seconds) = (load.rate, load.seconds);
    let others = match &load.redis_url {
        Some(_) => "by Redis",
        None => "by the database",
    };
    let mut text = format!(
        "{rate} events/s for {seconds} s; {MIX}. Servers tell each other {others}. Events are heard at a server that does \
         not run the account, where there is one.\n\n"
    );
    let _ = writeln!(text, "| {} |", COLUMNS.join(" | "));
    let _ = writeln!(text, "|{}", "---|".repeat(COLUMNS.len()));
    for figures in figures {
        let _ = writeln!(text, "| {} |", row(load.accounts, figures).join(" | "));
    }
    for Figures { nodes, unheard, .. } in figures.iter().filter(|figures| figures.unheard > 0) {
        let _ = writeln!(
            text,
            "\nWARNING: with {nodes} nodes, {unheard} events were not heard in time"
        );
    }
    text
}

fn row(accounts: u32, figures: &Figures) -> [String; 13] {
    let one = |figure: f64| format!("{figure:.1}");
    let whole = |figure: f64| format!("{figure:.0}");
    let maybe = |figure: Option<String>| figure.unwrap_or_else(|| "-".to_owned());
    let (memory, database) = (figures.memory, figures.database);
    [
        figures.nodes.to_string(),
        accounts.to_string(),
        one(figures.online_after.as_secs_f64()),
        one(figures.events_per_second()),
        maybe(figures.delay_ms(50).map(whole)),
        maybe(figures.delay_ms(99).map(whole)),
        maybe(figures.ms_per_event(figures.cpu).map(one)),
        maybe(memory.map(|memory| whole(memory.mib_per_node(figures.nodes)))),
        maybe(memory.map(|memory: Memory| whole(memory.kib_per_account(accounts)))),
        whole(figures.transactions_per_second()),
        maybe(figures.ms_per_event(database.cpu).map(one)),
        database.connections.to_string(),
        one(figures.wal_kib_per_event()),
    ]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::figures::DatabaseFigures;
    use super::*;

    fn figures() -> Figures {
        Figures {
            nodes: 2,
            online_after: Duration::from_millis(2_340),
            committed: 400,
            took: Duration::from_secs(10),
            delays: (1..=101).map(Duration::from_millis).collect(),
            unheard: 0,
            cpu: Some(Duration::from_secs(2)),
            memory: Some(Memory {
                total_kib: 204_800,
                idle_kib: 102_400,
            }),
            database: DatabaseFigures {
                transactions: 1_500,
                wal_bytes: 4_096_000,
                connections: 34,
                cpu: None,
            },
        }
    }

    fn load() -> Load {
        Load {
            accounts: 100,
            nodes: vec![2],
            rate: 40,
            seconds: 10,
            redis_url: None,
        }
    }

    #[test]
    fn figures_are_by_event_by_account_and_by_second() {
        let text = text(&load(), &[figures()]);

        let row = text.lines().last().unwrap();
        assert_eq!(
            row,
            "| 2 | 100 | 2.3 | 40.0 | 51 | 100 | 5.0 | 100 | 1024 | 150 | - | 34 | 10.0 |"
        );
    }

    #[test]
    fn events_that_were_not_heard_are_told_of() {
        let text = text(
            &load(),
            &[Figures {
                unheard: 3,
                ..figures()
            }],
        );

        assert!(
            text.contains("WARNING: with 2 nodes, 3 events were not heard"),
            "{text}"
        );
    }
}
