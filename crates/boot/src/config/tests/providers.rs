//! Where providers are, and what is said of those that are not there.

use super::*;

/// Security case 72.
#[test]
fn a_provider_is_not_signed_in_to_by_its_address() {
    let url = "https://ada:canary-7f@host/v1";
    for name in ["OPENAI_BASE_URL", "GEMINI_BASE_URL", "ANTHROPIC_BASE_URL", "SIMULATED_BASE_URL"] {
        for url in [url, "https://canary-7f@host/v1"] {
            let errors = load_env(&[(name, url)]).unwrap_err();
            let shown = load_shown(BTreeMap::new(), map(&[(name, url)])).unwrap();
            let text = format!("{errors} {errors:?} {shown:?}");
            assert!(text.contains(&format!("{name}=\"https://***@host/v1\"")), "{text}");
            assert!(!text.contains("canary-7f"), "{text}");
        }
    }
    let table = format!("[provider.groq]\nbase_url = \"{url}\"\nkeys = [\"k\"]");
    let errors = load_file(&table).unwrap_err();
    assert_eq!(errors.0[0].name, "provider.groq.base_url");
    assert!(!format!("{errors:?}").contains("canary-7f"));
}

#[test]
fn tables_of_providers_that_are_not_there_are_told() {
    let price = |name: &str| format!("[price.\"{name}\"]\ninput = 1\noutput = 1\n");
    let limit = |name: &str| format!("[limit.\"{name}\"]\nmax_output_tokens = 1\n");
    let names = ["openai/a", "gemini/b", "groq/c", "simulated/d"];
    let text = names.map(price).concat() + &names.map(limit).concat();
    let unused = load_file(&format!("providers = [\"gemini\"]\n{text}")).unwrap();
    let mut unused = unused.providers.unused_tables();
    unused.sort_unstable();
    let of = |name: &str| ["limit", "price"].map(|table| format!("[{table}.\"{name}\"]"));
    let mut expected = [of("groq/c"), of("simulated/d")].concat();
    expected.sort_unstable();
    assert_eq!(unused, expected);
}

#[test]
fn who_asks_no_provider_offers_the_simulated_one_as_those_that_ask_have_it() {
    for (named, wish, offered) in [
        ("openai,simulated", "", "openai"),
        ("openai,simulated", "auto", "openai"),
        ("openai,simulated", "true", "openai,simulated"),
        ("openai,simulated", "false", "openai"),
        ("simulated", "", "simulated"),
        ("simulated", "false", ""),
        ("", "", ""),
    ] {
        let settings = map(&[("PROVIDERS", named), ("SIMULATED_PROVIDER", wish)]);
        let config = load_without_keys(BTreeMap::new(), settings).unwrap();
        let names: Vec<_> = config.providers.named.iter().map(ToString::to_string).collect();
        assert_eq!(names.join(","), offered, "{named}, {wish}");
    }
}
