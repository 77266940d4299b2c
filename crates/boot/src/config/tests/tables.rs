//! Tables of providers, chains, prices and maxima in the file.

use super::*;

#[test]
fn the_file_names_any_number_of_providers() {
    let config = load_file(
        "default_model = \"groq/llama\"\n\
         [provider.groq]\nbase_url = \"https://api.groq.com/openai/v1/\"\nkeys = [\"a\", \"b\"]\n\
         requests_per_minute = 30\n\
         [provider.bedrock]\ndialect = \"anthropic\"\nbase_url = \"http://proxy\"\nkeys = [\"c\"]\n\
         requests_per_minute = 0\nusage_option = false\nfirst_token = 90\n\
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
    let options = config.providers.configured.iter().map(|provider| provider.usage_option);
    assert!(options.eq([None, Some(false), None]));
    let waits = config.providers.configured.iter().map(|provider| provider.first_token);
    assert!(waits.eq([None, Some(std::time::Duration::from_secs(90)), None]));
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
        ("[provider.openai]\nfirst_token = 0", "provider.openai.first_token", "1 to 3600"),
        ("[provider.openai]\nusage_option = 1", "provider.openai.usage_option", "true or false"),
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

/// How a process reads its configuration.
type Load = fn(BTreeMap<String, String>, BTreeMap<String, String>) -> Result<Config, ConfigErrors>;

/// A provider of the file without keys in it, in front of what `more` says of it, as the environment with
/// `entries` has it.
fn own(load: Load, more: &str, entries: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sluice.toml");
    std::fs::write(&file, format!("[provider.my-own]\nbase_url = \"http://h\"\n{more}")).unwrap();
    let file = [("SLUICE_CONFIG", file.to_str().unwrap())];
    load(BTreeMap::new(), map(&[&file[..], entries].concat()))
}

#[test]
fn the_environment_has_keys_of_any_provider() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    std::fs::write(&file, "a\nb\n").unwrap();
    let file = file.to_str().unwrap();
    let limited = "requests_per_minute = 30";
    for entries in [[("MY_OWN_API_KEYS", "a,b")], [("MY_OWN_API_KEYS_FILE", file)]] {
        let config = own(load, limited, &entries).unwrap();
        let [provider] = &config.providers.configured[..] else { panic!("{config:?}") };
        let keys: Vec<_> = provider.keys.iter().map(|key| key.secret.expose_secret()).collect();
        assert_eq!((provider.name.as_str(), keys), ("my-own", vec!["a", "b"]));
        assert_eq!(provider.keys[0].uses.requests_per_minute, Some(30));
    }
    let errors = own(load, "", &[("MY_OWN_API_KEYS", "canary ä")]).unwrap_err();
    assert!(errors.0.iter().any(|problem| problem.name == "MY_OWN_API_KEYS"), "{errors}");
    assert!(!format!("{errors} {errors:?}").contains("canary"), "{errors}");
    let errors = own(load, "", &[]).unwrap_err().to_string();
    assert!(errors.contains("or MY_OWN_API_KEYS in the environment"), "{errors}");
}

/// Security case 74.
#[test]
fn who_asks_no_provider_needs_no_keys_and_has_none() {
    for more in ["", "keys_file = \"/nowhere\"", "keys = [\"k\"]"] {
        let config = own(load_without_keys, more, &[("PROVIDERS", "my-own")]).unwrap();
        assert!(config.providers.configured.is_empty(), "{more}");
        assert_eq!(config.providers.named.len(), 1, "{more}");
    }
    assert!(own(load, "keys_file = \"/nowhere\"", &[]).is_err(), "who asks is told");
    for variable in ["OPENAI_API_KEYS_FILE", "MY_OWN_API_KEYS_FILE"] {
        let entries = [("PROVIDERS", "my-own"), (variable, "/nowhere")];
        own(load_without_keys, "", &entries).unwrap();
        assert_eq!(own(load, "", &entries).unwrap_err().0[0].name, variable, "who asks is told");
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
fn tables_and_keys_of_ones_own_providers_are_shown_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sluice.toml");
    let text = "[provider.groq]\nbase_url = \"https://ada:canary@host/v1\"\nkeys = [\"canary-1\"]\n\
         keys_file = \"/run/groq\"\nkyes = \"canary-2\"\nrequests_per_minute = 30\n\
         [[provider.groq.key]]\nkey = \"canary-3\"\nproxy = \"socks5://ada:canary@host\"\nweight = 2\n\
         [models]\nfast = [\"groq/a\", \"openai/b\"]\n[price.\"groq/A\"]\ninput = 0.5\noutput = 1\n\
         [limit.\"groq/a\"]\nmax_output_tokens = 7\n[role.guest]\nsystem_prompt = false\n";
    std::fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap();
    let environment = map(&[("SLUICE_CONFIG", path), ("GROQ_API_KEYS", "canary-4, canary-5")]);
    let shown = load_shown(BTreeMap::new(), environment).unwrap();
    assert!(!format!("{shown:?}").contains("canary"), "{shown:?}");
    let path = "sluice.toml";
    for (name, value, from) in [
        ("GROQ_API_KEYS", "(2 keys)", "environment"),
        ("provider.groq.base_url", "https://***@host/v1", path),
        ("provider.groq.keys", "(1 key)", path),
        ("provider.groq.keys_file", "/run/groq", path),
        ("provider.groq.kyes", "(set)", path),
        ("provider.groq.requests_per_minute", "30", path),
        ("provider.groq.key[0].key", "(set)", path),
        ("provider.groq.key[0].proxy", "socks5://ada:***@host", path),
        ("provider.groq.key[0].weight", "2", path),
        ("models.fast", "groq/a,openai/b", path),
        ("price.groq/A.input", "0.5", path),
        ("limit.groq/a.max_output_tokens", "7", path),
        ("role.guest.system_prompt", "false", path),
    ] {
        let lines: Vec<_> = shown.iter().filter(|line| line.name == name).collect();
        assert_eq!(lines.len(), 1, "{name}: {shown:?}");
        assert_eq!(lines[0].value, value, "{name}");
        assert!(lines[0].origin.ends_with(from), "{name}: {}", lines[0].origin);
    }
    let empty = load_shown(BTreeMap::new(), BTreeMap::new()).unwrap();
    assert!(empty.iter().all(|line| catalogue::setting(&line.name).is_some()), "{empty:?}");
}
