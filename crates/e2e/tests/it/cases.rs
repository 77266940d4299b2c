//! Every case of docs/SECURITY.md has its test, or stands there with the reason why it has none.

use std::{collections::BTreeSet, fs, path::Path};

/// What holds the reasons for the cases without a test.
const WITHOUT: &str = "## Without a test of ours";

/// Every file of Rust in the house.
fn sources(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !["target", "node_modules", ".git", "dist"].contains(&name.as_str()) {
            sources(&path, all);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            all.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

/// The cases of docs/SECURITY.md that the test called `name` says it is; none if there is no such test.
fn told_by<'a>(sources: &'a str, name: &str) -> Option<Vec<&'a str>> {
    let (before, _) = sources.split_once(&format!("fn {name}("))?;
    let words = before.rsplit("\n\n").next()?.split_once("Security case");
    let numbers = words.map_or("", |(_, said)| said.lines().next().unwrap_or_default());
    Some(numbers.trim_start_matches('s').trim_end_matches('.').split(", ").map(str::trim).collect())
}

/// The numbers that a first column means: one, or several from one to another.
fn numbers(case: &str) -> impl Iterator<Item = u32> {
    let (first, last) = case.split_once('–').unwrap_or((case, case));
    first.parse().unwrap()..=last.parse().unwrap()
}

#[test]
fn every_case_of_security_has_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let document = fs::read_to_string(root.join("docs/SECURITY.md")).unwrap();
    let mut all = String::new();
    sources(&root, &mut all);
    let rows = document.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| |"));
    let mut cases = Vec::new();
    for row in rows {
        let tests = row.trim_end_matches('|').rsplit('|').next().unwrap();
        let names: Vec<_> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test: {row}");
        let case = row.split('|').nth(1).unwrap().trim();
        for name in names {
            let told = told_by(&all, name).unwrap_or_else(|| panic!("{name} is no test: {row}"));
            assert!(told.contains(&case), "{name} does not say that it is case {case}");
        }
        cases.extend(numbers(case));
    }
    let (_, reasons) = document.split_once(WITHOUT).unwrap();
    let reasons = reasons.lines().filter_map(|line| line.strip_prefix("- ")?.split_once(": "));
    cases.extend(reasons.flat_map(|(case, _)| numbers(case)));
    let each: BTreeSet<u32> = cases.iter().copied().collect();
    assert_eq!(each.len(), cases.len(), "a case stands there twice: {cases:?}");
    let known: BTreeSet<u32> = (1..=*each.last().unwrap()).collect();
    assert_eq!(each, known, "a number is left out");
}
