use super::*;

/// Security case 28.
#[test]
fn an_address_is_kept_in_one_form() {
    for (text, kept) in [
        ("  Ada@Example.ORG ", "ada@example.org"),
        ("ada@example.org.", "ada@example.org"),
        ("\u{ff41}da@example.org", "ada@example.org"),
        ("Ren\u{e9}@example.org", "ren\u{e9}@example.org"),
        ("Rene\u{301}@example.org", "ren\u{e9}@example.org"),
        ("REN\u{c9}@example.org", "ren\u{e9}@example.org"),
        ("ada@B\u{fc}cher.example", "ada@xn--bcher-kva.example"),
        ("ada@bu\u{308}cher.example", "ada@xn--bcher-kva.example"),
        ("ada@localhost", "ada@localhost"),
        ("a+b.c_d@example.org", "a+b.c_d@example.org"),
        ("\u{412}\u{43b}\u{430}\u{434}@h", "\u{432}\u{43b}\u{430}\u{434}@h"),
        ("\u{592a}\u{90ce}\u{305f}x@h", "\u{592a}\u{90ce}\u{305f}x@h"),
        ("\u{915}\u{93f}\u{902}@h", "\u{915}\u{93f}\u{902}@h"),
    ] {
        assert_eq!(Email::parse(text).unwrap().as_str(), kept, "{text:?}");
        assert_eq!(Email::parse(kept).unwrap().as_str(), kept, "it stays as it is");
    }
    let host = Email::parse("ada@ex\u{430}mple.org").unwrap();
    assert!(host.as_str().starts_with("ada@xn--"), "{host}: another host, and seen to be one");
}

/// Security case 28.
#[test]
fn what_is_no_address_or_could_be_taken_for_another_is_refused() {
    use InvalidEmail::{Confusable, Malformed, TooLong};
    for (text, expected) in [
        ("", Malformed),
        ("ada", Malformed),
        ("@host", Malformed),
        ("ada@", Malformed),
        ("a b@host", Malformed),
        ("a\u{0}@host", Malformed),
        ("ad\u{200b}a@example.org", Malformed),
        ("ada\u{202e}@example.org", Malformed),
        ("ad\u{ad}a@example.org", Malformed),
        ("\u{fe0f}ada@example.org", Malformed),
        ("ada\u{3164}@example.org", Malformed),
        ("ada\u{e000}@example.org", Malformed),
        ("ada@example..org", Malformed),
        ("ada@.", Malformed),
        ("ada@a>b.org", Malformed),
        ("\u{430}da@example.org", Confusable),
        ("\u{441}\u{43e}\u{441}\u{43e}@example.org", Confusable),
        ("\u{131}da@example.org", Confusable),
        ("ad\u{3b1}@example.org", Confusable),
        ("\u{436}da@example.org", Confusable),
        ("ada\u{336}@example.org", Confusable),
        ("\u{301}@example.org", Confusable),
    ] {
        assert_eq!(Email::parse(text), Err(expected), "{text:?}");
    }
    let long = format!("{}@host", "a".repeat(MAX_BYTES));
    assert_eq!(Email::parse(&long), Err(TooLong));
    assert_eq!(Email::of_account(&long), Err(TooLong));
    let grows = format!("{}@host", "\u{3300}".repeat(80));
    assert_eq!(Email::parse(&grows), Err(TooLong));
}

/// Security case 28.
#[test]
fn an_account_that_is_called_otherwise_is_still_meant() {
    let meant = |text: &str| -> Vec<String> {
        Email::meant(text).unwrap().into_iter().map(String::from).collect()
    };
    assert_eq!(meant(" Ada@Example.org"), ["ada@example.org"]);
    assert_eq!(meant("Ada@example.org."), ["ada@example.org.", "ada@example.org"]);
    assert_eq!(meant("\u{410}da@example.org"), ["\u{430}da@example.org"]);
    assert!(Email::meant("ada").is_err());
    let (email, names) = Email::of_new("Ada@B\u{fc}cher.example").unwrap();
    assert_eq!(email.as_str(), "ada@xn--bcher-kva.example");
    assert_eq!(
        names.iter().map(Email::as_str).collect::<Vec<_>>(),
        ["ada@b\u{fc}cher.example", "ada@xn--bcher-kva.example"]
    );
    assert_eq!(Email::of_new("\u{430}da@example.org"), Err(InvalidEmail::Confusable));
    let kept: Email = serde_json::from_str("\"\u{430}da@example.org.\"").unwrap();
    assert_eq!(kept.as_str(), "\u{430}da@example.org.");
}
