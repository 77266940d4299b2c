//! `.env.example`, written from the catalogue, so that it cannot differ from it.

use super::catalogue::{SETTINGS, Setting, Shows};

/// What says where the file is, and so cannot stand in it.
const OF_THE_FILE: Setting = Setting {
    name: "SLUICE_CONFIG",
    default: "",
    shown: Shows::Everything,
    allowed: "the path of a file, or nothing for sluice.toml in the folder you are in",
    about: "The file of settings and tables; in containers deploy/sluice.toml unless another one is named.",
};

/// What no process of Sluice reads, but nginx in front of them.
const OF_NGINX: Setting = told(
    "TRUSTED_PROXIES",
    "",
    "set_real_ip_from ADDRESS; for each, or nothing",
    "For nginx, in containers and `make cluster`: proxies in front of it whose word counts for \
     addresses and HTTPS.",
);

/// What no setting is, but the environment alone says, as to other programs: the ways to providers.
const OF_WAYS: [Setting; 4] = [
    told(
        "HTTP_PROXY",
        "",
        "an http, https, socks5 or socks5h URL, or nothing",
        "The proxy to providers, also to those at https addresses where neither of the next two is set; \
         none to this machine itself, and none of a key that has its own (`proxy`).",
    ),
    told(
        "HTTPS_PROXY",
        "",
        "the same; where it is set, HTTP_PROXY is for http addresses alone",
        "The proxy to providers at https addresses.",
    ),
    told(
        "ALL_PROXY",
        "",
        "the same",
        "The proxy to providers for which neither HTTPS_PROXY nor HTTP_PROXY names one.",
    ),
    told(
        "NO_PROXY",
        "",
        "hosts, domains, addresses and networks separated by commas, * for all, or nothing",
        "Providers that are reached directly.",
    ),
];

/// The same of traces.
const OF_TRACES: [Setting; 6] = [
    told(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "",
        "an http or https URL, such as http://collector:4318, or nothing",
        "The collector of traces, for binaries that are built with them, as those of the image are.",
    ),
    told(
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "",
        "the same with its path, such as http://collector:4318/v1/traces, or nothing",
        "The whole address of it instead.",
    ),
    told(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "",
        "pairs of name and value separated by commas, with = between them, or nothing",
        "Headers for the collector.",
    ),
    told("OTEL_RESOURCE_ATTRIBUTES", "", "the same", "What every span says of its process."),
    told(
        "OTEL_TRACES_SAMPLER",
        "parentbased_always_on",
        "always_on, always_off, traceidratio, or one of these behind parentbased_",
        "Which traces are kept.",
    ),
    told(
        "OTEL_TRACES_SAMPLER_ARG",
        "",
        "a number, 0 to 1, or nothing for all",
        "How many of them traceidratio keeps.",
    ),
];

/// What commands ask for.
const OF_COMMANDS: [Setting; 2] = [
    told(
        "SLUICE_URL",
        "",
        "an http or https URL, or nothing for the one of DATA_DIR",
        "For `sluice chat` and what operators can do: where Sluice runs.",
    ),
    told(
        "SLUICE_TOKEN",
        "",
        "an access token, an API key or OPS_TOKEN, or nothing for that of DATA_DIR",
        "For them as well: whom they speak for.",
    ),
];

/// What docker compose alone reads.
const OF_COMPOSE: [Setting; 10] = [
    told(
        "COMPOSE_PROFILES",
        "",
        "proxy, observability, both separated by a comma, or nothing",
        "For containers, as all that follows: which there are beside the usual ones.",
    ),
    told("API_REPLICAS", "3", "a number", "How many of api there are."),
    told("WORKER_REPLICAS", "2", "a number", "How many of provider-worker there are."),
    told(
        "STOP_SECONDS",
        "60",
        "a number of seconds, above SHUTDOWN_GRACE_SECONDS by more than five",
        "How long after SIGTERM a worker is killed.",
    ),
    told(
        "WORKERS_INTERNAL",
        "false",
        "true or false",
        "Whether workers reach nothing outside but through the profile `proxy`.",
    ),
    told(
        "WORKER_HTTPS_PROXY",
        "",
        "http://egress-proxy:3128 for that of the profile `proxy`, or nothing for HTTPS_PROXY",
        "The workers' proxy to providers at https addresses.",
    ),
    told(
        "REDIS_PASSWORD",
        "",
        MADE,
        "The password of Redis for whoever looks into it; RABBITMQ_PASSWORD is that of RabbitMQ's console.",
    ),
    told("API_PASSWORD", "", MADE, "The password of api at RabbitMQ and Redis."),
    told("PROVIDER_WORKER_PASSWORD", "", MADE, "The same of provider-worker."),
    told("ACCOUNTING_WORKER_PASSWORD", "", MADE, "That of accounting-worker at RabbitMQ."),
];

/// Nobody has to think of one.
const MADE: &str = "letters and digits; `make up` makes it";

const fn told(
    name: &'static str,
    default: &'static str,
    allowed: &'static str,
    about: &'static str,
) -> Setting {
    Setting { name, default, shown: Shows::Everything, allowed, about }
}

/// The content of `.env.example`.
#[must_use]
pub fn env_example() -> String {
    let head = "# Every setting of Sluice with its default. Set them in the environment; containers read them from .env.\n\
                # A flag wins over the environment, the environment over the file sluice.toml (the\n\
                # same names in lower case), the file over the default. Secrets can be given as\n\
                # NAME_FILE=/path/to/a/file as well. `sluice config show --origin` shows what won.\n";
    let all = [&OF_THE_FILE].into_iter().chain(SETTINGS).chain(&OF_WAYS).chain(&OF_TRACES);
    let all = all.chain(&OF_COMMANDS).chain([&OF_NGINX]).chain(&OF_COMPOSE);
    all.map(entry).fold(head.to_owned(), |text, entry| text + &entry)
}

fn entry(setting: &Setting) -> String {
    let Setting { name, default, allowed, about, .. } = setting;
    format!("\n# {about} ({allowed})\n#{name}={default}\n")
}
