//! The house: which room may know which, and which library lives where.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use cluster::rights::{Account, Patterns, Queues, RIGHTS};

/// What each room may depend on, tests apart. A room that is not listed fails the test.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("ports", &["domain"]),
    ("store-sqlite", &["domain", "ports"]),
    ("failpoint", &[]),
    ("store-postgres", &["domain", "failpoint", "ports"]),
    ("queue-rabbitmq", &["domain", "failpoint", "ports"]),
    ("live-redis", &["domain", "failpoint", "ports"]),
    ("mail-smtp", &["domain", "ports"]),
    ("embedded", &["domain", "ports"]),
    ("instruments", &[]),
    ("api", &["boot", "domain", "failpoint", "instruments", "ports"]),
    ("provider-worker", &["boot", "domain", "failpoint", "instruments", "ports"]),
    ("accounting-worker", &["boot", "domain", "failpoint", "instruments", "ports"]),
    ("simulated-provider", &[]),
    ("testkit", &["domain", "ports"]),
    (
        "boot",
        &[
            "domain",
            "embedded",
            "instruments",
            "live-redis",
            "mail-smtp",
            "ports",
            "queue-rabbitmq",
            "store-postgres",
            "store-sqlite",
        ],
    ),
    ("cluster", &[]),
    (
        "sluice",
        &[
            "accounting-worker",
            "api",
            "boot",
            "domain",
            "ports",
            "provider-worker",
            "simulated-provider",
        ],
    ),
    ("e2e", &[]),
    (
        "bench",
        &[
            "cluster",
            "domain",
            "embedded",
            "live-redis",
            "ports",
            "provider-worker",
            "queue-rabbitmq",
            "simulated-provider",
            "testkit",
        ],
    ),
];

/// Libraries that only some rooms may use.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("sqlx", &["bench", "store-postgres", "store-sqlite"]),
    ("lapin", &["bench", "queue-rabbitmq"]),
    ("deadpool-lapin", &["queue-rabbitmq"]),
    ("redis", &["bench", "live-redis"]),
    ("lettre", &["mail-smtp"]),
    ("governor", &["embedded"]),
    ("axum", &["api", "bench", "boot", "simulated-provider"]),
    ("reqwest", &["provider-worker", "queue-rabbitmq", "sluice", "bench"]),
    ("reqwest-middleware", &["provider-worker"]),
    ("jsonwebtoken", &["api"]),
    ("argon2", &["api"]),
    ("config", &["boot"]),
    ("metrics", &["instruments"]),
    ("metrics-exporter-prometheus", &["boot"]),
    // Nobody's text is matched by a pattern that could take for ever, or is one.
    ("regex", &[]),
    ("fancy-regex", &[]),
];

fn metadata() -> Metadata {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap()
}

fn dependencies(package: &Package) -> BTreeSet<&str> {
    let kept = package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development);
    kept.map(|dependency| dependency.name.as_str()).collect()
}

#[test]
fn types_flow_inward() {
    let metadata = metadata();
    let allowed: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let rooms: BTreeSet<&str> = metadata.packages.iter().map(|p| p.name.as_str()).collect();
    for package in &metadata.packages {
        let room = package.name.as_str();
        let allowed = allowed.get(room).unwrap_or_else(|| panic!("{room} is not in the table"));
        let known: BTreeSet<&str> = dependencies(package).intersection(&rooms).copied().collect();
        let surplus: Vec<_> = known.iter().filter(|name| !allowed.contains(name)).collect();
        assert!(surplus.is_empty(), "{room} may not know {surplus:?}");
    }
    let listed: BTreeSet<&str> = allowed.keys().copied().collect();
    assert_eq!(listed, rooms, "the table lists rooms that are not there");
}

/// A service is started by its `main.rs` and told its settings by its `settings.rs`; all else in it
/// knows ports only.
#[test]
fn services_know_boot_at_the_door_only() {
    for service in ["api", "provider-worker", "accounting-worker"] {
        let sources = format!("{}/../../{service}/src", env!("CARGO_MANIFEST_DIR"));
        for file in rust_files(Path::new(&sources)) {
            let is_door = file.ends_with("src/main.rs") || file.ends_with("src/settings.rs");
            let knows_boot = fs::read_to_string(&file).unwrap().contains("boot::");
            assert!(is_door || !knows_boot, "{} may not know boot", file.display());
        }
    }
}

/// Elsewhere the database library takes no text that is not written down in the source; and there no part is.
///
/// Security case 46.
#[test]
fn statements_are_put_together_of_what_is_written_down() {
    for store in ["store-sqlite", "store-postgres"] {
        let sources = format!("{}/../{store}/src", env!("CARGO_MANIFEST_DIR"));
        for file in rust_files(Path::new(&sources)) {
            let text = fs::read_to_string(&file).unwrap();
            let (product, _) = text.split_once("#[cfg(test)]\nmod tests").unwrap_or((&text, ""));
            let is_for_tests = file.ends_with("src/plans.rs");
            assert!(!product.contains("QueryBuilder"), "{}", file.display());
            if file.ends_with("src/batch.rs") {
                let takes = |what: &str| product.matches(what).count();
                assert_eq!(takes("AssertSqlSafe("), 1, "{store}");
                assert!(takes(": &'static str") > 0, "{store}");
                assert_eq!(takes(": &str") + takes(": String)"), 0, "{store}");
            } else {
                assert!(is_for_tests || !product.contains("AssertSqlSafe"), "{}", file.display());
            }
        }
    }
}

pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = |path: PathBuf| if path.is_dir() { rust_files(&path) } else { vec![path] };
    let files: Vec<PathBuf> = entries.flat_map(files).collect();
    assert!(!files.is_empty(), "{} holds nothing", folder.display());
    files.into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs")).collect()
}

/// Security case 89.
#[test]
fn libraries_stay_in_their_rooms() {
    let metadata = metadata();
    for package in &metadata.packages {
        for (library, rooms) in LIBRARIES {
            let uses = dependencies(package).contains(library);
            let room = package.name.as_str();
            assert!(!uses || rooms.contains(&room), "{room} may not use {library}");
        }
    }
}

#[test]
fn a_folder_is_called_like_its_package() {
    for package in metadata().packages {
        let folder = package.manifest_path.parent().unwrap().file_name().unwrap();
        assert_eq!(folder, package.name.as_str());
    }
}

#[test]
fn every_version_of_the_schema_is_applied() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for engine in ["sqlite", "postgres"] {
        let adapter = root.join(format!("crates/store-{engine}/src/migrations.rs"));
        let applied = fs::read_to_string(adapter).unwrap();
        for version in fs::read_dir(root.join("migrations").join(engine)).unwrap() {
            let name = version.unwrap().file_name().into_string().unwrap();
            assert!(applied.contains(&format!("{engine}/{name}")), "{engine}: {name}");
        }
    }
}

/// Security case 94.
#[test]
fn our_containers_have_no_rights_and_nothing_to_write_to() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let image = fs::read_to_string(root.join("Dockerfile")).unwrap();
    let last = image.rsplit("\nFROM ").next().unwrap();
    assert!(last.starts_with("gcr.io/distroless/") && last.contains("\nUSER nonroot\n"), "{last}");
    let compose = compose();
    let (_, bounds) = compose.split_once("\nx-service: &service\n").unwrap();
    let bounds = &bounds[..bounds.find("\n\n").unwrap()];
    let nginx = service(&compose, "nginx");
    for bound in ["read_only: true\n", "cap_drop: [ALL]\n", "[\"no-new-privileges:true\"]\n"] {
        assert!(bounds.contains(bound) && nginx.contains(bound), "{bound}");
    }
    for name in ["migrate", "api", "provider-worker", "accounting-worker"] {
        let ours = service(&compose, name);
        assert!(ours.contains("<<: *service"), "{ours}");
    }
}

fn compose() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join("docker-compose.yml")).unwrap()
}

/// What compose files say of the service called `name`.
fn service<'a>(compose: &'a str, name: &str) -> &'a str {
    let (_, services) = compose.split_once("\nservices:").unwrap();
    let (_, rest) = services.split_once(&format!("\n  {name}:\n")).unwrap();
    rest.find("\n\n").map_or(rest, |end| &rest[..end])
}

/// What services a compose file has, by name.
fn services(compose: &str) -> Vec<&str> {
    let (_, rest) = compose.split_once("\nservices:\n").unwrap();
    let (services, _) = rest.split_once("\nnetworks:\n").unwrap();
    let names = services.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    names.filter(|name| !name.starts_with([' ', '#'])).collect()
}

#[test]
fn logs_of_containers_have_an_end() {
    let compose = compose();
    let (_, bounds) = compose.split_once("\nx-service: &service\n").unwrap();
    assert!(bounds[..bounds.find("\n\n").unwrap()].contains("  logging: *logging\n"));
    for name in services(&compose) {
        let said = service(&compose, name);
        let is_bounded = ["    <<: *service\n", "    logging: *logging\n"];
        assert!(is_bounded.iter().any(|line| said.contains(line)), "{said}");
    }
}

/// Of their configs and files docker compose does not notice by itself that they have changed.
#[test]
fn containers_are_made_anew_for_what_has_changed_of_their_configs_and_files() {
    let compose = compose();
    let (_, bounds) = compose.split_once("\nx-service: &service\n").unwrap();
    let label = "  labels: { sluice.files: \"${SUM_OF_";
    assert!(bounds[..bounds.find("\n\n").unwrap()].contains(&format!("{label}SLUICE:-}}\" }}")));
    for name in services(&compose) {
        let said = service(&compose, name);
        let has_files = ["- ./", "[\"./"].iter().any(|begin| said.contains(begin));
        let sum = format!("{label}{}:-}}\" }}\n", name.to_uppercase().replace('-', "_"));
        assert_eq!(has_files, said.contains(&sum), "{said}");
    }
    let contents = compose.lines().filter_map(|line| line.trim().strip_prefix("content: "));
    let contents: Vec<_> = contents.collect();
    assert_eq!(contents.len(), 4, "{contents:?}");
    for content in contents {
        let name = content.strip_prefix('&').and_then(|rest| rest.strip_suffix(" |")).unwrap();
        assert!(compose.contains(&format!(": *{name}\n")), "{name}");
    }
}

#[test]
fn containers_are_reached_from_this_machine_alone_unless_somebody_says_otherwise() {
    let compose = compose();
    let published: Vec<_> = compose.lines().filter(|line| line.contains("ports: [")).collect();
    assert_eq!(published.len(), 4, "{published:?}");
    for line in published {
        let here = ["[\"127.0.0.1:", "[\"${HOST:-127.0.0.1}:"];
        assert!(here.iter().any(|begin| line.contains(begin)), "{line}");
    }
}

#[test]
fn grafana_in_containers_has_no_account_that_everybody_knows() {
    let compose = compose();
    let grafana = service(&compose, "grafana");
    for name in ["GF_AUTH_DISABLE_LOGIN_FORM", "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] {
        assert!(grafana.contains(&format!("\n      {name}: \"true\"\n")), "{grafana}");
    }
}

/// Full, it would forget one key's use in the last minute, and its limit would be exceeded.
#[test]
fn redis_in_containers_makes_no_room_by_forgetting() {
    let compose = compose();
    let redis = service(&compose, "redis");
    assert!(redis.contains(" --maxmemory-policy, noeviction,"), "{redis}");
}

/// From 4.0 on it takes no more than 16 MiB by itself, and a prompt may be more.
#[test]
fn rabbitmq_in_containers_takes_messages_as_large_as_before() {
    assert!(compose().contains("\n      max_message_size = 134217728\n"));
}

#[test]
fn workers_behind_the_proxy_have_no_other_way_out() {
    let compose = compose();
    let worker = service(&compose, "provider-worker");
    assert!(worker.contains("HTTPS_PROXY: ${WORKER_HTTPS_PROXY:-${HTTPS_PROXY:-}}\n"), "{worker}");
    assert!(worker.contains("networks: [inside, providers]\n"), "{worker}");
    assert!(compose.contains("providers: { internal: \"${WORKERS_INTERNAL:-false}\" }"));
    let proxy = service(&compose, "egress-proxy");
    assert!(proxy.contains("profiles: [proxy]\n"), "{proxy}");
    assert!(proxy.contains("networks: [inside, outside]"), "{proxy}");
}

#[test]
fn containers_have_the_rights_that_are_tested() {
    let compose = compose();
    let queues = Queues { requests: "REQUESTS".to_owned(), responses: "RESPONSES".to_owned() };
    for rights in RIGHTS {
        let Patterns { configure, write, read } = rights.at_broker(&queues);
        for pattern in [configure, write, read] {
            let escaped = pattern.replace('\\', "\\\\").replace('$', "$$");
            let escaped = escaped
                .replace("REQUESTS", "${REQUEST_QUEUE:-generation.requests}")
                .replace("RESPONSES", "${RESPONSE_QUEUE:-generation.responses}");
            assert!(compose.contains(&format!("\"{escaped}\"")), "{}: {pattern}", rights.service);
        }
    }
    for account in Account::all() {
        let Some(line) = account.live_user() else { continue };
        let (_, rules) = line.split_once(&account.password).unwrap();
        assert!(compose.contains(rules), "{}: {rules}", account.rights.service);
    }
}

/// Settings that follow from how containers stand to each other.
const FOLLOWS: [&str; 13] = [
    "DATABASE_URL",
    "DB_USER",
    "HOST",
    "METRICS_ADDRESS",
    "PORT",
    "RABBITMQ_MANAGEMENT_URL",
    "RABBITMQ_PASSWORD",
    "RABBITMQ_URL",
    "RABBITMQ_USER",
    "REDIS_URL",
    "SIMULATED_BASE_URL",
    "SLUICE_CONFIG",
    "TRUST_FORWARDED",
];

/// What `.env.example` names before `COMPOSE_PROFILES`, and what it names from there on, which docker compose alone reads.
fn named_in_example() -> (Vec<String>, Vec<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let example = fs::read_to_string(root.join(".env.example")).unwrap();
    let names = example.lines().filter_map(|line| line.strip_prefix('#')?.split_once('='));
    let names = names.map(|(name, _)| name.to_owned()).filter(|name| !name.contains([' ', ':']));
    let names: Vec<_> = names.collect();
    let (ours, of_compose) =
        names.split_at(names.iter().position(|name| name == "COMPOSE_PROFILES").unwrap());
    (ours.to_owned(), of_compose.to_owned())
}

#[test]
fn everything_that_docker_compose_reads_is_in_the_example() {
    let compose = compose();
    let (ours, of_compose) = named_in_example();
    let read = compose.split("${").skip(1).map(|rest| {
        rest.split(|sign: char| !sign.is_ascii_uppercase() && sign != '_').next().unwrap()
    });
    let read: BTreeSet<_> = read.filter(|name| !name.starts_with("SUM_OF_")).collect();
    let known: BTreeSet<_> = ours.iter().chain(&of_compose).map(String::as_str).collect();
    let unknown: Vec<_> = read.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    for name in of_compose.iter().skip(1) {
        assert!(read.contains(name.as_str()), "{name}");
    }
}

#[test]
fn containers_are_given_every_setting_as_it_is_set() {
    let compose = compose();
    let (names, _) = named_in_example();
    let names = names.iter().map(String::as_str);
    // The last two are for whoever gives commands.
    let not_here = ["DATA_DIR", "SLUICE_URL", "SLUICE_TOKEN"];
    for name in names.filter(|name| !not_here.contains(name)) {
        let given = format!("{name}:");
        let values = compose.lines().filter_map(|line| line.trim().strip_prefix(&given));
        let values: Vec<_> = values.map(str::trim).collect();
        assert!(!values.is_empty(), "{name}");
        // Without a value it is passed on.
        let is_passed_on = |value: &&str| value.is_empty() || value.contains(&format!("${{{name}"));
        let is_right = FOLLOWS.contains(&name) || values.iter().all(is_passed_on);
        assert!(is_right, "{name}: {values:?}");
    }
}

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

/// A folder with nothing of the project but what starts it in containers, and a Docker engine that is content with
/// everything.
struct Up(tempfile::TempDir);

impl Up {
    fn new() -> Self {
        use std::os::unix::fs::PermissionsExt;
        let up = Self(tempfile::tempdir().unwrap());
        fs::create_dir(up.path("scripts")).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/up");
        fs::copy(script, up.path("scripts/up")).unwrap();
        fs::write(up.path("docker"), "#!/bin/sh\n").unwrap();
        fs::set_permissions(up.path("docker"), fs::Permissions::from_mode(0o755)).unwrap();
        up
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What a start with these `settings` says, if it goes well.
    fn start(&self, settings: &str) -> Option<String> {
        fs::write(self.path(".env"), settings).unwrap();
        self.start_again()
    }

    fn start_again(&self) -> Option<String> {
        let path = format!("{}:{}", self.0.path().display(), std::env::var("PATH").unwrap());
        let mut up = std::process::Command::new(self.path("scripts/up"));
        for name in ["HOST", "PORT", "SLUICE_CONFIG"] {
            up.env_remove(name);
        }
        let output = up.env("PATH", path).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }

    /// The file of settings as it is now.
    fn settings(&self) -> String {
        fs::read_to_string(self.path(".env")).unwrap()
    }
}

/// Whoever edits `.env` by hand may leave its last line without an end.
#[test]
fn the_first_start_in_containers_keeps_what_is_in_the_file_of_settings() {
    let up = Up::new();
    up.start("JWT_SECRET=mine\nOPENAI_API_KEYS=sk-one").unwrap();
    let first = up.settings();
    up.start_again().unwrap();
    let lines: Vec<_> = first.lines().collect();
    assert_eq!(lines[..2], ["JWT_SECRET=mine", "OPENAI_API_KEYS=sk-one"]);
    assert_eq!(lines.iter().filter(|line| line.starts_with("DB_PASSWORD=")).count(), 1);
    assert_eq!(first, up.settings(), "secrets are made once");
}

/// A container whose files have another sum is made anew.
#[test]
fn a_start_in_containers_sums_up_their_files() {
    let up = Up::new();
    fs::create_dir_all(up.path("nginx/templates")).unwrap();
    fs::write(up.path("nginx/templates/one"), "one").unwrap();
    up.start("OPENAI_API_KEYS=sk-one\n").unwrap();
    let first = up.settings();
    fs::write(up.path("nginx/templates/one"), "two").unwrap();
    up.start_again().unwrap();
    let second = up.settings();
    let both = first.lines().zip(second.lines());
    let changed: Vec<_> = both.filter(|(before, after)| before != after).collect();
    assert_eq!(first.lines().count(), second.lines().count());
    assert!(matches!(changed[..], [(sum, _)] if sum.starts_with("SUM_OF_NGINX=")), "{changed:?}");
    for name in ["SLUICE", "EGRESS_PROXY", "PROMETHEUS", "GRAFANA"] {
        assert!(second.contains(&format!("\nSUM_OF_{name}=")), "{second}");
    }
    assert!(!up.path(".env.new").exists());
}

#[test]
fn a_start_in_containers_says_where_they_are_reached() {
    let up = Up::new();
    for (settings, place) in [
        ("", "http://127.0.0.1:8080,"),
        ("PORT=9000", "http://127.0.0.1:9000,"),
        ("PORT=\"9000\"  # ours\nHOST=10.0.0.7\n", "http://10.0.0.7:9000,"),
        ("HOST=0.0.0.0\nPORT=1\nPORT=9000\n", "http://127.0.0.1:9000 and at every address"),
    ] {
        let said = up.start(settings).unwrap();
        assert!(said.contains(&format!("chat on {place}")), "{said}");
    }
    assert_eq!(up.start("PORT=127.0.0.1:9000"), None);
}
