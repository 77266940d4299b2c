//! What the documents tell people to write, read as a process would.

use super::*;

/// A file of the project.
fn file(path: &str) -> String {
    let path = format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// What stands in `document` between the fences of `language`.
fn blocks<'a>(document: &'a str, language: &str) -> Vec<&'a str> {
    let begin = format!("\n```{language}\n");
    let behind = document.split(&begin).skip(1);
    behind.map(|rest| rest.split("\n```").next().unwrap()).collect()
}

/// What the tables of a file offer to whoever has keys of OpenAI and Gemini as well.
fn offer(text: &str) -> anyhow::Result<Offer> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sluice.toml");
    std::fs::write(&file, text).unwrap();
    let file = ("SLUICE_CONFIG", file.to_str().unwrap());
    let known = [file, ("GEMINI_API_KEYS", "k"), ("OPENAI_API_KEYS", "k")];
    load_env(&known)?.providers.offer()?;
    // Who follows the line has keys of nobody else, perhaps.
    let alone: &[_] = if text.contains("[provider.groq]") { &[file] } else { &known };
    load_env(alone)?.providers.offer()
}

#[test]
fn every_table_of_the_readme_is_right() {
    let readme = file("README.md");
    let tables = blocks(&readme, "toml");
    assert!(tables.iter().any(|table| table.contains("[provider.groq]")), "{tables:?}");
    for table in tables {
        if let Err(error) = offer(table) {
            panic!("{error:#}\n{table}");
        }
    }
}

#[test]
fn a_provider_of_ones_own_in_containers_is_offered_as_it_is_told() {
    let running = file("docs/RUNNING.md");
    let recipe = blocks(&running, "sh").into_iter().find(|block| block.contains("PROVIDERS=groq"));
    let lines = recipe.unwrap().lines().filter_map(|line| {
        let (line, _) = line.strip_prefix("echo '")?.split_once("' >> .env")?;
        line.split_once('=')
    });
    // Beside them stands what the file has, with the signs before its tables taken away.
    let example: String = file("deploy/sluice.toml")
        .lines()
        .skip_while(|line| *line != "# [provider.groq]")
        .filter_map(|line| Some(format!("{}\n", line.strip_prefix("# ")?)))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sluice.toml");
    std::fs::write(&path, example).unwrap();
    let mut settings: Vec<_> = lines.collect();
    settings.push(("SLUICE_CONFIG", path.to_str().unwrap()));
    let api = load_without_keys(BTreeMap::new(), map(&settings)).unwrap();
    let offer = api.providers.offer().unwrap();
    assert_eq!(offer.catalog.default_model().provider.as_str(), "groq");
    settings.push(("GROQ_API_KEYS", "gsk-one,gsk-two"));
    let worker = load_env(&settings).unwrap();
    assert_eq!(worker.providers.configured[0].keys.len(), 2);
}
