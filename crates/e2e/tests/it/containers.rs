//! The house in containers: what compose files and the image say.

use std::{collections::BTreeSet, fs, path::Path};

use cluster::rights::{Account, Patterns, Queues, RIGHTS};

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

pub fn compose() -> String {
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
