use std::collections::BTreeMap;

use domain::account::{Guests, Registration, Role};
use secrecy::ExposeSecret;

use super::*;

mod documented;
mod providers;
mod tables;

fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn load_env(entries: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    load(BTreeMap::new(), map(entries))
}

#[test]
fn nothing_has_to_be_set() {
    let config = load_env(&[]).unwrap();
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:8080");
    let StoreUrl::Sqlite(path) = config.urls.store else { panic!("{:?}", config.urls) };
    assert_eq!(path, std::path::Path::new("./data/sluice.db"));
    assert!(config.providers.simulated);
    assert_eq!(config.worker.ladder.rungs().len(), 4);
}

#[test]
fn guests_are_let_in_unasked_only_where_nobody_else_comes() {
    let elsewhere = ("DATABASE_URL", "postgres://u:secret@localhost/s");
    let (public, proxied) = (("HOST", "0.0.0.0"), ("TRUST_FORWARDED", "true"));
    let (closed, asked) = (("REGISTRATION", "closed"), ("AUTH_GUESTS", "true"));
    let by_mail = ("REGISTRATION", "mail");
    for (settings, guests) in [
        (&[][..], Guests::OnThisMachine),
        (&[elsewhere], Guests::Nobody),
        (&[public], Guests::Nobody),
        (&[proxied], Guests::Nobody),
        (&[closed], Guests::Nobody),
        (&[by_mail], Guests::Nobody),
        (&[proxied, closed], Guests::Nobody),
        (&[proxied, closed, asked], Guests::Anybody),
        (&[("AUTH_GUESTS", "false")], Guests::Nobody),
    ] {
        assert_eq!(load_env(settings).unwrap().auth.guests, guests, "{settings:?}");
    }
}

#[test]
fn accounts_are_made_by_mail_where_letters_can_be_sent() {
    let letters = [
        ("MAIL_URL", "smtp://mail.example.org"),
        ("MAIL_FROM", "sluice@example.org"),
        ("PUBLIC_URL", "https://chat.example.org"),
    ];
    let with = |more: &[(&'static str, &'static str)]| {
        load_env(&[&letters[..], more].concat()).unwrap().auth
    };
    assert_eq!(load_env(&[]).unwrap().auth.registration, Registration::Open);
    assert_eq!(with(&[]).registration, Registration::ByMail);
    assert_eq!(with(&[]).guests, Guests::Nobody);
    assert_eq!(with(&[("REGISTRATION", "open")]).registration, Registration::Open);
}

#[test]
fn every_wrong_value_is_named_with_what_is_allowed() {
    let cases = [
        ("HOST", "localhost"),
        ("REGISTRATION", "post"),
        ("MAIL_URL", "mail.example.org"),
        ("MAIL_URL", "smtp://mail.example.org/inbox"),
        ("MAIL_FROM", "Sluice"),
        ("PUBLIC_URL", "chat.example.org"),
        ("PUBLIC_URL", "https://chat.example.org/sluice"),
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("DATABASE_URL", "mysql://host"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "postgres:"),
        ("RABBITMQ_URL", "kafka://host"),
        ("RABBITMQ_URL", "amqp"),
        ("RABBITMQ_MANAGEMENT_URL", "host:15672"),
        ("REQUEST_QUEUE", "jobs of today"),
        ("DB_CONNECTIONS", "0"),
        ("PROVIDERS", "openai,Gemini!"),
        ("SIMULATED_BASE_URL", "localhost:1"),
        ("REDIS_URL", "memcached://host"),
        ("ACCESS_TOKEN_SECONDS", "9"),
        ("OPENAI_BASE_URL", "api.openai.com"),
        ("GEMINI_BASE_URL", "ftp://host"),
        ("ANTHROPIC_BASE_URL", "https://host/v1?key=***"),
        ("SIMULATED_PROVIDER", "yes"),
        ("KEYS_MAX_PER_MINUTE", "0"),
        ("KEYS_COOLDOWN_SECONDS", "1e9"),
        ("QUEUE_RETRY_DELAYS", "600,60"),
        ("QUEUE_RETRY_DELAYS", "60,,600"),
        ("QUEUE_MAX_RETRIES", "-1"),
        ("WORKER_CONCURRENCY", "0"),
        ("PROVIDER_TOTAL_SECONDS", "NaN"),
        ("MAX_INFLIGHT_PER_USER", "99999999999999999999"),
        ("PROMPT_MAX_TOKENS", "1"),
        ("METRICS_ADDRESS", "9464"),
        ("LOG", "warning"),
        ("LOG", "a=b=c"),
        ("LOG_FORMAT", "xml"),
    ];
    for (name, value) in cases {
        let errors = load_env(&[(name, value)]).unwrap_err();
        assert_eq!(errors.0.len(), 1, "{name}={value}: {errors}");
        let text = errors.to_string();
        assert!(text.contains(name) && text.contains(value), "{text}");
        assert!(text.contains(catalogue::setting(name).unwrap().allowed), "{text}");
        assert!(text.contains("(from environment)"), "{text}");
    }
}

#[test]
fn letters_have_a_server_a_sender_and_a_place_to_lead_to() {
    let server = ("MAIL_URL", "smtps://ada:canary@mail.example.org");
    let (from, page) = (("MAIL_FROM", "Sluice <a@b>"), ("PUBLIC_URL", "https://chat.example.org/"));
    let config = load_env(&[server, from, page]).unwrap();
    assert_eq!(config.http.public_url.as_deref(), Some("https://chat.example.org"));
    assert_eq!(config.mail.unwrap().from.to_string(), "Sluice <a@b>");
    for none in [&[][..], &[from, page]] {
        assert!(load_env(none).unwrap().mail.is_none());
    }
    for (given, missing) in [(page, "MAIL_FROM"), (from, "PUBLIC_URL")] {
        let errors = load_env(&[server, given]).unwrap_err();
        let said = errors.to_string();
        assert_eq!(errors.0.len(), 1, "{said}");
        assert!(said.contains(missing) && said.contains("where MAIL_URL is"), "{said}");
        assert!(!said.contains("canary"), "{said}");
    }
}

/// Security case 13.
#[test]
fn all_mistakes_are_told_at_once() {
    let errors = load_env(&[("PORT", "x"), ("LOG_FORMAT", "x"), ("JWT_SECRET", "short")]);
    let names: Vec<String> = errors.unwrap_err().0.into_iter().map(|p| p.name).collect();
    assert_eq!(names, ["PORT", "JWT_SECRET", "LOG_FORMAT"]);
}

/// Security case 13.
#[test]
fn a_secret_is_as_long_as_it_has_to_be() {
    for name in ["JWT_SECRET", "JWT_SECRET_PREVIOUS", "OPS_TOKEN"] {
        assert!(load_env(&[(name, &"a".repeat(32))]).is_ok(), "{name}");
        let error = load_env(&[(name, &"a".repeat(31))]).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn secrets_are_never_shown() {
    let canary = "canary-7f";
    let error = load_env(&[("JWT_SECRET", canary), ("OPENAI_API_KEYS", "canary-7f ä")]);
    let text = format!("{0} {0:?}", error.unwrap_err());
    assert!(!text.contains(canary), "{text}");
    let config = load_env(&[("OPENAI_API_KEYS", canary)]).unwrap();
    assert!(!format!("{config:?}").contains(canary));
    let shown = load_shown(BTreeMap::new(), map(&[("OPENAI_API_KEYS", canary)])).unwrap();
    assert!(!format!("{shown:?}").contains(canary));
    assert!(shown.iter().any(|line| line.name == "OPENAI_API_KEYS" && line.value == "(set)"));
}

#[test]
fn a_url_is_shown_without_its_password() {
    let canary = "canary-7f";
    for url in [
        format!("amqp://ada:{canary}@host:5672/v"),
        format!("amqp://ada:x@{canary}@host"),
        format!("kafka://ada:{canary}@host"),
    ] {
        let environment = map(&[("RABBITMQ_URL", url.as_str())]);
        let shown = load_shown(BTreeMap::new(), environment.clone()).unwrap();
        let line = shown.iter().find(|line| line.name == "RABBITMQ_URL").unwrap();
        assert!(line.value.contains("://ada:***@host"), "{}", line.value);
        let text = match load(BTreeMap::new(), environment) {
            Ok(config) => format!("{config:?}"),
            Err(errors) => format!("{errors} {errors:?}"),
        };
        assert!(!text.contains(canary), "{text}");
    }
    for (setting, url, shown) in [
        ("RABBITMQ_URL", "amqp:ada:canary-7f@host", "amqp:***@host"),
        ("MAIL_URL", "ada:canary-7f@host", "ada:***@host"),
        (
            "DATABASE_URL",
            "postgres://host/db?password=canary-7f&x=1",
            "postgres://host/db?password=***&x=***",
        ),
        (
            "DATABASE_URL",
            "postgres://host/db?sslmode=require&password=canary-7f",
            "postgres://host/db?sslmode=require&password=***",
        ),
        ("GEMINI_BASE_URL", "https://host/v1?key=canary-7f", "https://host/v1?key=***"),
        ("OPENAI_BASE_URL", "https://canary-7f@host/v1", "https://***@host/v1"),
        ("DATABASE_URL", "postgres://host:5432/db", "postgres://host:5432/db"),
        ("REDIS_URL", "redis://ada@host", "redis://ada@host"),
    ] {
        let lines = load_shown(BTreeMap::new(), map(&[(setting, url)])).unwrap();
        let line = lines.iter().find(|line| line.name == setting).unwrap();
        assert_eq!(line.value, shown);
    }
}

#[test]
fn a_password_that_should_have_been_escaped_is_not_shown_and_its_sign_is_named() {
    for sign in ['/', '?', '#', '@'] {
        let url = format!("postgres://ada:ca{sign}nary-7f@host:5432/sluice");
        let environment = map(&[("DATABASE_URL", &*url), ("ALLOW_DEFAULT_PASSWORDS", "true")]);
        let shown = load_shown(BTreeMap::new(), environment.clone()).unwrap();
        let line = shown.iter().find(|line| line.name == "DATABASE_URL").unwrap();
        assert_eq!(line.value, "postgres://ada:***@host:5432/sluice");
        // The last @ is meant by whoever reads URLs, too.
        let Err(errors) = load(BTreeMap::new(), environment) else {
            assert_eq!(sign, '@');
            continue;
        };
        let text = format!("{errors} {errors:?}");
        assert!(!text.contains("nary-7f") && text.contains("/ as %2F"), "{text}");
    }
}

#[test]
fn what_is_offered_follows_from_keys_or_from_what_is_named() {
    let cases: [(&[(&str, &str)], &str); 9] = [
        (&[("OPENAI_API_KEYS", "k")], "gpt-4o-mini"),
        (&[("ANTHROPIC_API_KEYS", "k"), ("GEMINI_API_KEYS", "k")], "gemini-2.5-flash"),
        (&[("ANTHROPIC_API_KEYS", "k")], "claude-haiku-4-5"),
        (&[("PROVIDERS", "anthropic,openai")], "claude-haiku-4-5"),
        (&[("PROVIDERS", "simulated,openai")], "sim-demo"),
        (&[("PROVIDERS", "groq,openai")], "gpt-4o-mini"),
        (&[("PROVIDERS", "groq"), ("DEFAULT_MODEL", "groq/llama")], "llama"),
        (&[("PROVIDERS", "openai"), ("DEFAULT_MODEL", "llama3.2")], "llama3.2"),
        (&[("SIMULATED_BASE_URL", "http://127.0.0.1:1/v1")], "sim-demo"),
    ];
    for (settings, default) in cases {
        let offer = load_env(settings).unwrap().providers.offer().unwrap();
        assert_eq!(offer.catalog.default_model().model, default, "{settings:?}");
    }
    let offer = load_env(&[("PROVIDERS", "gemini,simulated,openai")]).unwrap().providers.offer();
    let models: Vec<String> = offer.unwrap().models.into_iter().map(|model| model.model).collect();
    assert_eq!(models, ["gemini-2.5-flash", "sim-demo", "sim-echo", "gpt-4o-mini"]);
    let unknown = [("PROVIDERS", "openai,simulated"), ("DEFAULT_MODEL", "llama3.2")];
    assert!(load_env(&unknown).unwrap().providers.offer().is_err());
    let unknown = load_env(&[("PROVIDERS", "groq,grog")]).unwrap().providers.offer().unwrap_err();
    assert!(unknown.to_string().starts_with("DEFAULT_MODEL is missing, such as groq/MODEL"));
    let nobody = [("SIMULATED_PROVIDER", "false")];
    assert!(load_env(&nobody).unwrap().providers.offer().is_err());
}

#[test]
fn keys_turn_the_simulated_provider_off_unless_it_is_wanted() {
    let config = load_env(&[("OPENAI_API_KEYS", " k1, k2,")]).unwrap();
    let keys: Vec<&str> =
        config.providers.configured[0].keys.iter().map(|key| key.secret.expose_secret()).collect();
    assert_eq!(keys, ["k1", "k2"]);
    assert!(!config.providers.simulated);
    let config = load_env(&[("OPENAI_API_KEYS", "k"), ("SIMULATED_PROVIDER", "true")]).unwrap();
    assert!(config.providers.simulated);
}

#[test]
fn a_flag_wins_over_the_environment_over_the_file_over_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sluice.toml");
    std::fs::write(&file, "port = 1\nlog = \"warn\"\nqueue_retry_delays = [1, 2]\n").unwrap();
    let file = file.to_str().unwrap();
    let environment = map(&[("SLUICE_CONFIG", file), ("LOG", "debug"), ("LOG_FORMAT", "")]);
    let shown = load_shown(map(&[("LOG", "trace")]), environment.clone()).unwrap();
    let line = |name| shown.iter().find(|line| line.name == name).unwrap();
    assert_eq!(line("PORT").value, "1");
    assert!(line("PORT").origin.ends_with("sluice.toml"), "{:?}", line("PORT"));
    assert_eq!((line("LOG").value.as_str(), line("LOG").origin.as_str()), ("trace", "flag"));
    assert_eq!(line("LOG_FORMAT").origin, "default", "an empty variable is an unset one");
    let config = load(BTreeMap::new(), environment).unwrap();
    assert_eq!(config.log, "debug");
    assert_eq!(config.worker.ladder.rungs().len(), 2);
}

#[test]
fn a_misspelt_name_in_the_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sluice.toml");
    std::fs::write(&file, "prot = 1\n").unwrap();
    let errors = load_env(&[("SLUICE_CONFIG", file.to_str().unwrap())]).unwrap_err();
    assert_eq!(errors.0[0].name, "prot");
    let errors = load_env(&[("SLUICE_CONFIG", "/nowhere/sluice.toml")]).unwrap_err();
    assert!(errors.to_string().contains("/nowhere/sluice.toml"), "{errors}");
}

#[test]
fn a_name_in_upper_case_in_the_file_is_refused() {
    let errors = load_file("port = 1\nREGISTRATION = \"closed\"\nPort = 2\n").unwrap_err();
    let mut told: Vec<_> = errors.0.iter().map(|one| (&*one.name, &*one.allowed)).collect();
    told.sort_unstable();
    let hint = "in the file it is written in lower case: ";
    let expected =
        [("Port", format!("{hint}port")), ("REGISTRATION", format!("{hint}registration"))];
    assert_eq!(told, expected.each_ref().map(|(name, allowed)| (*name, allowed.as_str())));
}

#[test]
fn a_secret_can_stand_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    std::fs::write(&file, "k1,k2\n").unwrap();
    let config = load_env(&[("OPENAI_API_KEYS_FILE", file.to_str().unwrap())]).unwrap();
    assert_eq!(config.providers.configured[0].keys.len(), 2);
    let errors = load_env(&[("JWT_SECRET_FILE", "/nowhere")]).unwrap_err();
    assert_eq!(errors.0[0].name, "JWT_SECRET_FILE");
}

#[test]
fn the_example_file_is_the_catalogue() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.env.example");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == env_example(), ".env.example is stale: run `make env-example`");
}

/// What comes of `text` as the configuration file.
fn load_file(text: &str) -> Result<Config, ConfigErrors> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sluice.toml");
    std::fs::write(&file, text).unwrap();
    load_env(&[("SLUICE_CONFIG", file.to_str().unwrap()), ("OPENAI_API_KEYS", "k0")])
}

#[test]
fn a_file_that_is_no_toml_is_told_without_its_lines() {
    let text = load_file("log = \"info\"\nopenai_api_keys = [\"canary\n").unwrap_err().to_string();
    assert!(text.contains("line 2, column") && !text.contains("canary"), "{text}");
}

#[test]
fn roles_are_read_from_tables() {
    let folder = tempfile::tempdir().unwrap();
    let load_file = |text: &str| {
        let file = folder.path().join("sluice.toml");
        std::fs::write(&file, text).unwrap();
        load_env(&[("SLUICE_CONFIG", file.to_str().unwrap())])
    };
    let config = load_file(
        "[role.guest]\nmodels = [\"openai/mini\", \"best\"]\n[role.user]\nsystem_prompt = false",
    );
    let rules = config.unwrap().rules;
    let (guest, user) = (rules.of(Role::Guest).unwrap(), rules.of(Role::User).unwrap());
    assert_eq!(guest.models.as_deref().unwrap(), ["openai/mini", "best"]);
    assert_eq!((guest.system_prompt, user.system_prompt, &user.models), (true, false, &None));
    assert!(rules.of(Role::Admin).is_none());
    for (text, name) in [
        ("[role.king]", "role.king"),
        ("[role]\nuser = 1", "role.user"),
        ("[role.user]\nmodels = \"all\"", "role.user.models"),
        ("[role.user]\nsystem_prompt = 1", "role.user.system_prompt"),
        ("[role.user]\nmodel = []", "role.user.model"),
    ] {
        let errors = load_file(text).unwrap_err();
        assert_eq!(errors.0.len(), 1, "{errors}");
        assert_eq!(errors.0[0].name, name);
    }
}

/// Security case 76.
#[test]
fn a_default_password_does_not_leave_the_machine() {
    let servers = [
        ("DATABASE_URL", "postgres://postgres:postgres@db/sluice"),
        ("RABBITMQ_URL", "amqp://broker"),
        ("REDIS_URL", "redis://cache"),
    ];
    let errors = load_env(&servers).unwrap_err();
    let names: Vec<_> = errors.0.iter().map(|problem| problem.name.as_str()).collect();
    assert_eq!(names, ["DATABASE_URL", "RABBITMQ_URL", "REDIS_URL"]);
    assert!(!errors.to_string().contains(":postgres@"), "{errors}");
    let allowed = [&servers[..], &[("ALLOW_DEFAULT_PASSWORDS", "true")]].concat();
    load_env(&allowed).unwrap();
    let signed_in = [("RABBITMQ_URL", "amqp://broker"), ("RABBITMQ_USER", "sluice")];
    load_env(&[&signed_in[..], &[("RABBITMQ_PASSWORD", "9f3c1d")]].concat()).unwrap();
}
