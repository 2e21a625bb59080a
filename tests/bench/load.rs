//! Measurements of `amda load`, whose servers, PostgreSQL and simulated WhatsApp are processes of their own.

use std::process::{Command, Stdio};

/// One measurement: its name in the table, and the arguments of `amda load`.
pub(super) struct Measurement {
    pub(super) name: &'static str,
    pub(super) arguments: String,
}

/// Runs the measurements one after the other, and prints their figures as one table in Markdown.
pub(super) fn print(measurements: &[Measurement]) {
    let mut notes = Vec::new();
    for (at, Measurement { name, arguments }) in measurements.iter().enumerate() {
        let output = Command::new(env!("CARGO_BIN_EXE_amda"))
            .arg("load")
            .args(arguments.split_whitespace())
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success(), "`amda load {arguments}` failed");
        let text = String::from_utf8(output.stdout).unwrap();
        let mut lines = text.lines().filter(|line| line.starts_with('|'));
        let (columns, rule) = (lines.next().unwrap(), lines.next().unwrap());
        if at == 0 {
            println!("| what {columns}\n|---{rule}");
        }
        for row in lines {
            println!("| {name} {row}");
        }
        // Behind the table stands what went wrong, and what a kill cost.
        let behind = text.lines().skip_while(|line| !line.starts_with('|'));
        let told = behind.filter(|line| !line.starts_with('|') && !line.is_empty());
        notes.extend(told.map(|line| format!("{name}: {line}")));
    }
    println!();
    for note in notes {
        println!("{note}");
    }
}

/// Starts a benchmark by its arguments: not at all for `cargo test --benches`, which only wants to know that it starts, and
/// with true where it is to be over in seconds.
pub(super) fn start(measure: impl FnOnce(bool)) {
    let arguments: Vec<String> = std::env::args().collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    if !has("--test") {
        measure(has("--small"));
    }
}
