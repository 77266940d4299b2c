//! The house on Kubernetes: what the manifests say.

use std::{fs, path::Path};

use cluster::rights::RIGHTS;

use crate::containers::compose;

/// What Kubernetes tells the service of `file`: the names and values of its variables.
fn kubernetes(file: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/kubernetes");
    let text = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let (own, shared) = (text(file), text("kustomization.yaml"));
    let own = own.lines().filter_map(|line| {
        let entry = line.trim().strip_prefix("- { name: ")?.strip_suffix(" }")?;
        entry.split_once(", value: ")
    });
    let shared = shared.lines().filter_map(|line| line.trim().strip_prefix("- ")?.split_once('='));
    own.chain(shared).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Security case 74.
#[test]
fn kubernetes_gives_services_settings_that_there_are_and_that_they_may_know() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let example = fs::read_to_string(root.join(".env.example")).unwrap();
    for rights in RIGHTS {
        let variables = kubernetes(&format!("{}.yaml", rights.service));
        assert!(variables.len() > 9, "{}: {variables:?}", rights.service);
        for (variable, _) in &variables {
            let setting = variable.strip_suffix("_FILE").unwrap_or(variable);
            assert!(example.contains(&format!("\n#{setting}=")), "{variable} is no setting");
            assert!(rights.may_know(variable), "{}: {variable}", rights.service);
            let is_secret = ["PASSWORD", "SECRET", "TOKEN", "KEYS", "REDIS_URL"];
            let is_secret = is_secret.iter().any(|word| setting.ends_with(word));
            assert!(!is_secret || variable != setting, "{variable}: a secret is in a file");
        }
    }
}

/// Workers end an answer after as long as is said; an api puts back what streams for three times as long.
#[test]
fn api_and_workers_are_told_the_same_of_how_long_an_answer_may_take() {
    let compose = compose();
    let (_, shared) = compose.split_once("\nx-shared: &shared\n").unwrap();
    let shared = &shared[..shared.find("\n\n").unwrap()];
    assert!(shared.contains("\n  PROVIDER_TOTAL_SECONDS:\n"), "{shared}");
    let told = ["api.yaml", "provider-worker.yaml"].map(|file| {
        let variables = kubernetes(file).into_iter();
        variables.filter(|(name, _)| name == "PROVIDER_TOTAL_SECONDS").collect::<Vec<_>>()
    });
    assert!(told[0].len() == 1 && told[0] == told[1], "{told:?}");
}

/// The number that `name` has in the service's `file`, outside of its variables.
fn kubernetes_number(file: &str, name: &str) -> u32 {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/kubernetes");
    let text = fs::read_to_string(root.join(file)).unwrap();
    let (_, rest) = text.split_once(&format!("{name}: ")).unwrap();
    rest.split(|sign: char| !sign.is_ascii_digit()).next().unwrap().parse().unwrap()
}

/// The number that the service of `file` is given as `variable`.
fn kubernetes_variable(file: &str, variable: &str) -> u32 {
    let variables = kubernetes(file);
    let (_, value) = variables.iter().find(|(name, _)| name == variable).unwrap();
    value.trim_matches('"').parse().unwrap()
}

#[test]
fn kubernetes_kills_workers_after_their_time_and_not_within() {
    let file = "provider-worker.yaml";
    let grace = kubernetes_variable(file, "SHUTDOWN_GRACE_SECONDS");
    let patience = kubernetes_number(file, "terminationGracePeriodSeconds");
    // They hand back for five seconds.
    assert!(patience > grace + 5, "{patience} s, {grace} s");
}

/// With as many processes as there may be, in an update: beside them one api process ends, or two do late, and both
/// bookkeepers.
#[test]
fn kubernetes_opens_fewer_connections_than_postgres_lets_in() {
    let (api, books) = ("api.yaml", "accounting-worker.yaml");
    let processes = kubernetes_number(api, "maxReplicas") + kubernetes_number(api, "maxSurge") + 2;
    let of_api = processes * kubernetes_variable(api, "DB_CONNECTIONS");
    let processes = 2 * kubernetes_number(books, "replicas") + kubernetes_number(books, "maxSurge");
    let of_books = processes * kubernetes_variable(books, "DB_CONNECTIONS");
    let of_the_job_for_the_tables = 1;
    // Three of a hundred are for superusers.
    assert!(of_api + of_books + of_the_job_for_the_tables < 97, "{of_api}, {of_books}");
}

/// 24 KiB each while nothing comes, which is a third of it; the rest is for what comes.
#[test]
fn kubernetes_gives_an_api_process_the_memory_for_its_streams() {
    let streams = kubernetes_variable("api.yaml", "STREAMS_PER_PROCESS");
    let gigabytes = kubernetes_number("api.yaml", "limits: { memory");
    assert!(streams * 24 * 5 / 2 < gigabytes * 1024 * 1024, "{streams}, {gigabytes} GiB");
}
