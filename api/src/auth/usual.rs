//! Which passwords are tried first.
//!
//! In how many tries one is guessed is told by zxcvbn. Its work grows with the square of the length, and with the number
//! of ways to read what stands for letters (`4` for `a`): in each of them it looks up every part of the password. A
//! password made for it, of as many characters as a password may have, would keep it busy for a second; so both have a
//! bound here.

/// A password that is guessed in fewer tries, as a power of ten, is among those that everybody tries.
const FEWEST_GUESSES: f64 = 4.0;

/// No more of a password is looked at, in characters: the longest that is known to be tried first has 20.
const LOOKED_AT: usize = 24;

/// What stands for each letter, as zxcvbn reads it.
const STAND_INS: [&str; 12] =
    ["4@", "8", "({[<", "3", "69", "1!|", "1|7", "0", "$5", "+7", "%", "2"];

/// A password that can be read in more ways is not one that people choose; the keys of the upper row, each without
/// and with shift, can be in so many. With this bound the worst password takes 5 ms, and would 150 ms without.
const MOST_READINGS: usize = 32;

/// Whether `password` is among those that are tried first on the account called `name`, which says nothing to whoever
/// tries them.
pub(super) fn is_usual(password: &str, name: &str) -> bool {
    let guesses = |start: String| zxcvbn::zxcvbn(&start, &[name]).guesses_log10();
    looked_at(password, name).is_some_and(|start| guesses(start) < FEWEST_GUESSES)
}

/// What of a password tells whether it is one of them; none if it cannot be.
fn looked_at(password: &str, name: &str) -> Option<String> {
    let start: String = without(password, name).chars().take(LOOKED_AT).collect();
    let readings: usize = STAND_INS
        .iter()
        .map(|signs| signs.chars().filter(|sign| start.contains(*sign)).count().max(1))
        .product();
    (readings <= MOST_READINGS).then_some(start)
}

/// `password` with `name` taken out: it may be longer than what is looked at.
fn without(password: &str, name: &str) -> String {
    // Both stay as long as they are, so that what is found in them is where it is in the password.
    let (lower, name) = (password.to_ascii_lowercase(), name.to_ascii_lowercase());
    let mut rest = String::new();
    let mut end = 0;
    for (start, found) in lower.match_indices(&name) {
        rest.push_str(&password[end..start]);
        end = start + found.len();
    }
    rest.push_str(&password[end..]);
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: &str = "ada@example.org";

    /// Security case 29.
    #[test]
    fn a_usual_password_is_one_that_everybody_tries() {
        let long = "password".repeat(100);
        for usual in [
            "password",
            "12345678",
            "1234567890-=",
            "qwertyuiop",
            "letmein1",
            "iloveyou",
            "Password1",
            "p@ssword",
            "!@#$%^&*()_+",
            &long,
        ] {
            assert!(is_usual(usual, ADA), "{usual}");
        }
        let phrase = "correct horse battery staple ".repeat(20);
        for good in ["correct horse", "battery staple", "8f3k1z!q", &phrase, "pässwörter sind lang"]
        {
            assert!(!is_usual(good, ADA), "{good}");
        }
    }

    /// Wherever it stands, and however long it is.
    ///
    /// Security case 29.
    #[test]
    fn the_name_of_the_account_is_no_password() {
        let long = format!("{}@example.org", "a.long.name".repeat(5));
        for name in [ADA, &long] {
            for usual in [
                name.to_owned(),
                name.to_uppercase(),
                format!("{name}{name}"),
                format!("{name}1"),
                format!("x{name}"),
                format!("password{name}"),
            ] {
                assert!(is_usual(&usual, name), "{usual}");
            }
            assert!(!is_usual(&format!("{name} 8f3k1z!q"), name));
        }
        assert!(!is_usual(&long, ADA), "it is another's");
    }

    /// Its work is bounded by both.
    ///
    /// Security case 27.
    #[test]
    fn little_of_a_password_is_looked_at_and_not_in_many_ways() {
        let every_sign = "4@8({[<369!1|70$5+%2";
        for made_for_it in [every_sign.to_owned(), every_sign.repeat(50)] {
            assert_eq!(looked_at(&made_for_it, ADA), None, "{made_for_it}");
        }
        let keys = "1!2@3#4$5%6^7&8*9(0)";
        assert_eq!(looked_at(keys, ADA).as_deref(), Some(keys));
        for long in ["ä".repeat(500), format!("{}{every_sign}", "x".repeat(100)), keys.repeat(9)] {
            let looked_at = looked_at(&long, ADA).expect("it has few readings");
            assert_eq!(looked_at, long.chars().take(LOOKED_AT).collect::<String>());
        }
    }
}
