use std::collections::BTreeMap;

use domain::account::{Guests, Role};
use secrecy::ExposeSecret;

use super::*;

mod providers;

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
        ("ANTHROPIC_BASE_URL", "https://host/v1?key=1"),
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
}

#[test]
fn what_is_offered_follows_from_keys_or_from_what_is_named() {
    let cases: [(&[(&str, &str)], &str); 7] = [
        (&[("OPENAI_API_KEYS", "k")], "gpt-4o-mini"),
        (&[("ANTHROPIC_API_KEYS", "k"), ("GEMINI_API_KEYS", "k")], "gemini-2.5-flash"),
        (&[("ANTHROPIC_API_KEYS", "k")], "claude-haiku-4-5"),
        (&[("PROVIDERS", "anthropic,openai")], "claude-haiku-4-5"),
        (&[("PROVIDERS", "simulated,openai")], "sim-demo"),
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
fn the_file_names_any_number_of_providers() {
    let config = load_file(
        "default_model = \"groq/llama\"\n\
         [provider.groq]\nbase_url = \"https://api.groq.com/openai/v1/\"\nkeys = [\"a\", \"b\"]\n\
         requests_per_minute = 30\n\
         [provider.bedrock]\ndialect = \"anthropic\"\nbase_url = \"http://proxy\"\nkeys = [\"c\"]\n\
         requests_per_minute = 0\n\
         [provider.openai]\nkeys = [\"k1\"]\n",
    )
    .unwrap();
    let told: Vec<_> = config
        .providers
        .configured
        .iter()
        .map(|provider| {
            let keys = provider.keys.iter();
            let keys: Vec<_> = keys.map(|key| key.secret.expose_secret()).collect();
            let limit = provider.keys[0].uses.requests_per_minute;
            (provider.name.as_str(), provider.dialect, provider.base_url.as_str(), keys, limit)
        })
        .collect();
    let expected = [
        ("openai", Dialect::OpenAi, "https://api.openai.com/v1", vec!["k0", "k1"], Some(10)),
        ("bedrock", Dialect::Anthropic, "http://proxy", vec!["c"], None),
        ("groq", Dialect::OpenAi, "https://api.groq.com/openai/v1", vec!["a", "b"], Some(30)),
    ];
    assert_eq!(told, expected);
    assert_eq!(config.providers.offer().unwrap().catalog.default_model().model, "llama");
}

#[test]
fn what_is_wrong_in_a_table_is_named_and_never_shown() {
    let url = "base_url = \"http://h\"";
    let cases = [
        ("[provider]\ngroq = 1", "provider.groq", "a table of dialect"),
        ("[provider.\"Groq!\"]\nx = 1", "provider.Groq!", "lower-case letters"),
        ("[provider.groq]\nkeys = [\"canary\"]", "provider.groq.base_url", "is missing"),
        (&format!("[provider.groq]\n{url}")[..], "provider.groq.keys", "is missing"),
        (&format!("[provider.groq]\n{url}\nkeys = \"canary\"")[..], "provider.groq.keys", "a list"),
        (
            &format!("[provider.groq]\n{url}\nkeys = [\"canary ä\"]")[..],
            "provider.groq.keys",
            "ASCII",
        ),
        (
            "[provider.groq]\nbase_url = \"h\"\nkeys = [\"canary\"]",
            "provider.groq.base_url",
            "http",
        ),
        ("[provider.openai]\ndialect = \"canary\"", "provider.openai.dialect", "anthropic"),
        ("[provider.openai]\nkeys_file = \"/nowhere\"", "provider.openai.keys_file", "can be read"),
        (
            "[provider.openai]\nrequests_per_minute = -1",
            "provider.openai.requests_per_minute",
            "1 to",
        ),
        ("[[provider.openai.key]]\nweight = 2", "provider.openai.key[0].key", "is missing"),
        (
            "[[provider.openai.key]]\nkey = \"canary\"\nweight = 0",
            "provider.openai.key[0].weight",
            "1 to 100",
        ),
        (
            "[[provider.openai.key]]\nkey = \"canary\"\nproxy = \"canary\"",
            "provider.openai.key[0].proxy",
            "socks5",
        ),
        ("[provider.openai]\nkey = \"canary\"", "provider.openai.key", "[[provider"),
        ("[provider.openai]\nweight = 2", "provider.openai.weight", "no such field"),
        (
            "[[provider.openai.limit]]\nrequests_per_day = 5",
            "provider.openai.limit[0]",
            "a group, a model",
        ),
        (
            "[[provider.openai.limit]]\nmodel = \"m\"\ntokens_per_day = \"canary\"",
            "provider.openai.limit[0].tokens_per_day",
            "a number",
        ),
        (
            "[[provider.openai.key]]\nkey = \"canary\"\ngroup = \"project-a\"\n\
             [[provider.openai.limit]]\ngroup = \"project_a\"\nrequests_per_day = 5",
            "provider.openai.limit[0].group",
            "the group of a key",
        ),
        (
            "[[provider.openai.limit]]\nmodel = \"m\"\nrequests_per_day = 0",
            "provider.openai.limit[0]",
            "one of requests_per_minute",
        ),
        ("[provider.openai]\nkees = [\"canary\"]", "provider.openai.kees", "no such field"),
    ];
    for (text, name, words) in cases {
        let errors = load_file(text).unwrap_err();
        let problem = errors.0.iter().find(|problem| problem.name == name);
        let problem = problem.unwrap_or_else(|| panic!("{text}: {errors}"));
        assert!(problem.allowed.contains(words), "{text}: {errors}");
        assert!(!format!("{errors} {errors:?}").contains("canary"), "{text}: {errors}");
    }
}

#[test]
fn keys_and_limits_have_tables_of_their_own() {
    let config = load_file(
        "[provider.gemini]\nkeys = [\"plain\"]\nrequests_per_minute = 10\nconcurrency = 4\n\
         [[provider.gemini.key]]\nkey = \"a\"\nweight = 3\ngroup = \"one\"\n\
         proxy = \"socks5://user:canary@h:1080\"\ntokens_per_minute = 5\n\
         [[provider.gemini.limit]]\ngroup = \"one\"\nmodel = \"pro\"\nrequests_per_day = 50\n",
    )
    .unwrap();
    let gemini = config.providers.configured.iter().find(|one| one.name.as_str() == "gemini");
    let gemini = gemini.unwrap();
    let [plain, own] = &gemini.keys[..] else { panic!("two keys") };
    assert_eq!((plain.weight, plain.concurrency), (1, Some(4)));
    assert_eq!((own.weight, own.group.as_deref()), (3, Some("one")));
    assert_eq!(own.uses.requests_per_minute, Some(10), "what is said of all holds for it");
    assert_eq!(own.uses.tokens_per_minute, Some(5));
    assert!(own.proxy.is_some() && plain.proxy.is_none());
    assert_eq!(gemini.limits[0].uses.requests_per_day, Some(50));
    assert!(!format!("{config:?}").contains("canary"), "a proxy's password is not shown");
}

#[test]
fn chains_of_models_have_names() {
    let text = "[models]\nfast = [\"openai/gpt-4o-mini\", \"openai/gpt-4o\"]\n";
    let offer = load_file(text).unwrap().providers.offer().unwrap();
    assert_eq!(offer.catalog.resolve(Some("fast")).unwrap().model, "gpt-4o-mini");
    assert_eq!(offer.catalog.fallbacks(Some("fast"))[0].model, "gpt-4o");
    let nobody = load_file("[models]\nfast = [\"gemini/pro\"]\n").unwrap().providers.offer();
    assert!(nobody.unwrap_err().to_string().contains("models.fast: provider gemini"));
    for wrong in ["\"openai/a\"", "[]", "[\"a\"]", "[\"No!/a\"]", "[\"openai/\"]", "[1]"] {
        let errors = load_file(&format!("[models]\nfast = {wrong}\n")).unwrap_err();
        assert_eq!(errors.0[0].name, "models.fast", "{wrong}: {errors}");
    }
}

#[test]
fn prices_are_dollars_for_a_million_tokens() {
    let text = "[price.\"openai/gpt-4o-mini\"]\ninput = 0.15\ncached_input = 0.0375\noutput = 1\n";
    let prices = load_file(text).unwrap().providers.prices;
    let usage = domain::usage::Usage {
        cached_input_tokens: 1_000_000,
        ..domain::usage::Usage::by_provider(2_000_000, 1_000_000)
    };
    let openai = domain::model::ProviderName::parse("openai").unwrap();
    assert_eq!(prices.cost(&openai, "gpt-4o-mini", &usage), Some(1_187_500_000));
    let of = |fields: &str| format!("[price.\"openai/a\"]\n{fields}\n");
    for (fields, name) in [
        ("input = 1", "price.openai/a.output"),
        ("input = -1\noutput = 1", "price.openai/a.input"),
        ("input = nan\noutput = 1", "price.openai/a.input"),
        ("input = \"1\"\noutput = 1", "price.openai/a.input"),
        ("input = 1\noutput = 1e7", "price.openai/a.output"),
        ("input = 1\noutput = 1\ncached = 1", "price.openai/a.cached"),
    ] {
        let errors = load_file(&of(fields)).unwrap_err();
        assert!(errors.0.iter().any(|problem| problem.name == name), "{fields}: {errors}");
    }
    for name in ["gpt-4o-mini", "No!/a", "openai/"] {
        let errors = load_file(&format!("[price.\"{name}\"]\ninput = 1\noutput = 1")).unwrap_err();
        assert_eq!(errors.0[0].name, format!("price.{name}"));
        assert!(errors.0[0].allowed.contains("[price.\"provider/model\"]"), "{errors}");
    }
}

#[test]
fn a_model_has_a_maximum_of_its_own() {
    let text = "[limit.\"gemini/gemini-2.5-flash\"]\nmax_output_tokens = 65536\n\
                [limit.\"openai/org/Large\"]\nmax_output_tokens = 1\n";
    let maxima = load_file(text).unwrap().providers.maxima;
    let most = |provider: &str, model: &str| {
        let provider = domain::model::ProviderName::parse(provider).unwrap();
        maxima.of(&domain::model::ModelRef { provider, model: model.to_owned() })
    };
    assert_eq!(most("gemini", "gemini-2.5-flash"), Some(65_536));
    assert_eq!(most("openai", "org/Large"), Some(1));
    assert_eq!(most("openai", "gemini-2.5-flash"), None);
    for (text, name, words) in [
        ("limit = 1", "limit", "[limit.\"openai/gpt-4o-mini\"]"),
        ("[limit.gpt-4o]\nmax_output_tokens = 1", "limit.gpt-4o", "[limit.\"provider/model\"]"),
        ("[limit.\"No!/a\"]\nmax_output_tokens = 1", "limit.No!/a", "[limit.\"provider/model\"]"),
        ("limit.\"openai/a\" = 1", "limit.openai/a", "a table of max_output_tokens"),
        ("[limit.\"openai/a\"]", "limit.openai/a.max_output_tokens", "1 to 10000000"),
        (of("max_output_tokens = 0").as_str(), "limit.openai/a.max_output_tokens", "1 to 10000000"),
        (
            of("max_output_tokens = \"9\"").as_str(),
            "limit.openai/a.max_output_tokens",
            "1 to 10000000",
        ),
        (
            of("max_output_tokens = 10000001").as_str(),
            "limit.openai/a.max_output_tokens",
            "1 to 10000000",
        ),
        (
            of("max_output_tokens = 9\nmax_tokens = 9").as_str(),
            "limit.openai/a.max_tokens",
            "a table of",
        ),
    ] {
        let errors = load_file(text).unwrap_err();
        assert_eq!(errors.0.len(), 1, "{text}: {errors}");
        assert_eq!(errors.0[0].name, name, "{text}");
        assert!(errors.0[0].allowed.contains(words), "{text}: {errors}");
    }
}

/// A table of what a model can do.
fn of(fields: &str) -> String {
    format!("[limit.\"openai/a\"]\n{fields}\n")
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
