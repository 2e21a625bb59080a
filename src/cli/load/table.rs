//! The table that the command prints.

use std::fmt::Write as _;

use super::command::{Load, Rate};
use super::figures::{Figures, Memory};

const COLUMNS: [&str; 14] = [
    "nodes",
    "accounts",
    "online after, s",
    "events/s",
    "heard p50, ms",
    "heard p99, ms",
    "CPU, ms/event",
    "MiB/node",
    "KiB/account",
    "KiB/idle account",
    "DB transactions/event",
    "DB CPU, ms/event",
    "DB connections",
    "WAL, KiB/event",
];

/// The figures as a table in Markdown, below what was sent.
pub(super) fn text(load: &Load, figures: &[Figures]) -> String {
    let (events, mix) = (load.events(), load.mix.text());
    let rate = match load.rate {
        Rate::PerSecond(rate) => format!("at {rate} a second"),
        Rate::Max => "as fast as contacts send".to_owned(),
    };
    let others = match &load.redis_url {
        Some(_) => "by Redis",
        None => "by the database",
    };
    let mut text = format!(
        "{events} events {rate}; {mix}. Servers tell each other {others}. Events are heard at a server that does not run \
         the account, where there is one.\n\n"
    );
    let _ = writeln!(text, "| {} |", COLUMNS.join(" | "));
    let _ = writeln!(text, "|{}", "---|".repeat(COLUMNS.len()));
    for figures in figures {
        let _ = writeln!(text, "| {} |", row(load.accounts, figures).join(" | "));
    }
    for figures in figures {
        tell_of_kill(figures, &mut text);
        tell_of_mistakes(figures, &mut text);
    }
    text
}

fn tell_of_kill(figures: &Figures, text: &mut String) {
    if let Some(after) = figures.online_again_after {
        let (nodes, after) = (figures.nodes, after.as_secs_f64());
        let (lost, doubled) = (figures.unheard, figures.doubled);
        let _ = writeln!(
            text,
            "\nnodes {nodes}: a server was killed when half of the events were sent, and another started. After {after:.1} s \
             every account was online again; {lost} events were lost and {doubled} doubled"
        );
    }
}

fn tell_of_mistakes(figures: &Figures, text: &mut String) {
    let nodes = figures.nodes;
    for (count, mistake) in [
        (figures.unheard, "not heard in time"),
        (figures.doubled, "heard twice"),
    ] {
        if count > 0 {
            let _ = writeln!(
                text,
                "\nWARNING: with {nodes} nodes, {count} events were {mistake}"
            );
        }
    }
}

fn row(accounts: u32, figures: &Figures) -> [String; 14] {
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
        maybe(memory.map(|memory: Memory| whole(memory.kib_per_idle_account(accounts)))),
        one(figures.transactions_per_event()),
        maybe(figures.ms_per_event(database.cpu).map(one)),
        database.connections.to_string(),
        one(figures.wal_kib_per_event()),
    ]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::figures::DatabaseFigures;
    use super::super::traffic::Mix;
    use super::*;

    fn figures() -> Figures {
        Figures {
            nodes: 2,
            online_after: Duration::from_millis(2_340),
            committed: 400,
            took: Duration::from_secs(10),
            delays: (1..=101).map(Duration::from_millis).collect(),
            unheard: 0,
            doubled: 0,
            online_again_after: None,
            cpu: Some(Duration::from_secs(2)),
            memory: Some(Memory {
                total: 204_800,
                online: 153_600,
                idle: 102_400,
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
            rate: Rate::PerSecond(40),
            seconds: 10,
            events: None,
            mix: Mix::Mixed,
            kill: false,
            redis_url: None,
        }
    }

    #[test]
    fn figures_are_by_event_by_account_and_by_second() {
        let text = text(&load(), &[figures()]);

        let row = text.lines().last().unwrap();
        assert_eq!(
            row,
            "| 2 | 100 | 2.3 | 40.0 | 51 | 100 | 5.0 | 100 | 1024 | 512 | 3.8 | - | 34 | 10.0 |"
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

    #[test]
    fn a_kill_is_told_of_with_what_it_cost() {
        let text = text(
            &load(),
            &[Figures {
                online_again_after: Some(Duration::from_millis(12_340)),
                doubled: 2,
                ..figures()
            }],
        );

        assert!(
            text.contains("After 12.3 s every account was online again; 0 events were lost and 2 doubled"),
            "{text}"
        );
        assert!(
            text.contains("WARNING: with 2 nodes, 2 events were heard twice"),
            "{text}"
        );
    }
}
