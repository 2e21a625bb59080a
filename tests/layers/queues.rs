//! Every queue of the README's table has tests that fill it.

use std::fs;
use std::path::Path;

/// The rows of the first table behind `heading` in a file, each as its cells.
fn rows(file: &str, heading: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let (_, section) = text.split_once(heading).unwrap();
    let table = section.lines().skip_while(|line| !line.starts_with('|'));
    let rows = table.take_while(|line| line.starts_with('|')).skip(2);
    let cells = |row: &str| -> Vec<String> {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    };
    rows.map(cells).collect()
}

/// The code in `folder` and the folders in it.
fn code_in(folder: &Path, code: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            code_in(&path, code);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            code.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_queue_has_tests_that_fill_it_and_they_are_there() {
    let queues = rows("README.md", "### When a queue is full");
    let tests = rows("tests/README.md", "## Queues that are full");
    let mut code = String::new();
    for folder in ["src", "tests"] {
        code_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut code);
    }

    let names = |rows: &[Vec<String>]| rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>();
    assert!(!queues.is_empty());
    assert_eq!(names(&queues), names(&tests), "README.md and tests/README.md");
    for row in &tests {
        for test in row[1].split(", ") {
            let name = test.trim_matches('`');
            assert!(
                code.contains(&format!("fn {name}(")),
                "{}: no test {name}",
                row[0]
            );
        }
    }
}
