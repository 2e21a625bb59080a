//! CPU time and memory of processes, as Linux counts them in `/proc`; none elsewhere.

use std::fs;
use std::time::Duration;

/// The unit of CPU time in `/proc`, whatever the kernel's own clock.
const TICK: Duration = Duration::from_millis(10);

/// What Linux says of a process.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    /// CPU time of the process.
    own: u32,
    /// CPU time of its children that have ended.
    of_ended_children: u32,
}

/// The CPU time of a process until now.
pub(super) fn cpu(pid: u32) -> Option<Duration> {
    Some(TICK * stat(pid)?.own)
}

/// As [`cpu`], with that of its children.
pub(super) fn cpu_with_children(pid: u32) -> Option<Duration> {
    let parent = stat(pid)?;
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let children = processes
        .filter_map(|entry| stat(entry.file_name().to_str()?.parse().ok()?))
        .filter(|process| process.parent == pid);
    let of_children: u32 = children.map(|child| child.own).sum();
    Some(TICK * (parent.own + parent.of_ended_children + of_children))
}

/// The memory that a process holds, in KiB.
pub(super) fn resident_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn stat(pid: u32) -> Option<Stat> {
    parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn parse(text: &str) -> Option<Stat> {
    // The name of the program stands in parentheses, and may hold parentheses and spaces.
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u32>().ok();
    Some(Stat {
        parent: number(1)?,
        own: number(11)? + number(12)?,
        of_ended_children: number(13)? + number(14)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_are_found_behind_any_name_of_a_program() {
        let text = "4711 (a (very) odd name) S 42 4711 4711 0 -1 4194560 900 800 0 0 120 30 7 3 20 0 9 0 100 1 2 3\n";

        let found = parse(text).unwrap();

        assert_eq!(
            found,
            Stat {
                parent: 42,
                own: 150,
                of_ended_children: 10
            }
        );
        assert_eq!(parse("4711 (short) S 42"), None);
    }
}
