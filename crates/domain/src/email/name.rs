//! What stands before the `@`, in the one form in which it is kept.

use std::collections::BTreeSet;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory, Script},
};

use super::InvalidEmail;

/// Scripts that are written together, and whose letters nobody takes for one another; all others stand alone
/// (Unicode Technical Standard 39, "highly restrictive").
const TOGETHER: [&[Script]; 3] = [
    &[Script::Latin, Script::Han, Script::Hiragana, Script::Katakana],
    &[Script::Latin, Script::Han, Script::Bopomofo],
    &[Script::Latin, Script::Han, Script::Hangul],
];

/// Scripts whose letters with marks are letters of their own; a mark that is left over only changes how one looks.
const WITHOUT_MARKS: [Script; 3] = [Script::Latin, Script::Greek, Script::Cyrillic];

/// Small letters of other alphabets, and unusual ones of our own, that look like ASCII.
const LOOK_LIKE_ASCII: &str = "\u{131}\u{251}\u{261}\u{269}\u{28f}\
    \u{3b1}\u{3b3}\u{3b9}\u{3ba}\u{3bd}\u{3bf}\u{3c1}\u{3c5}\u{3c7}\u{3f2}\
    \u{430}\u{433}\u{435}\u{43a}\u{43e}\u{43f}\u{440}\u{441}\u{443}\u{445}\
    \u{455}\u{456}\u{458}\u{4bb}\u{4cf}\u{501}\u{51b}\u{51d}\
    \u{561}\u{563}\u{566}\u{570}\u{578}\u{57d}\u{581}\u{582}\u{584}\u{585}";

/// `name` as it is kept: composed, in small letters, without what one does not see.
pub(super) fn kept(name: &str) -> Result<String, InvalidEmail> {
    if name.is_ascii() {
        return Ok(name.to_ascii_lowercase());
    }
    let nfkc = ComposingNormalizerBorrowed::new_nfkc();
    // Once more, since small letters may compose where capitals do not.
    let name = nfkc.normalize(&nfkc.normalize(name).to_lowercase()).into_owned();
    if !name.chars().all(is_seen) {
        return Err(InvalidEmail::Malformed);
    }
    let is_another = name.chars().all(|c| c.is_ascii() || LOOK_LIKE_ASCII.contains(c));
    if (is_another && !name.is_ascii()) || !are_written_together(&name) {
        return Err(InvalidEmail::Confusable);
    }
    Ok(name)
}

/// Neither space, nor control, nor anything that only changes how other characters look.
fn is_seen(c: char) -> bool {
    use GeneralCategory::{
        Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, SpaceSeparator, Unassigned,
    };
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    let is_ignored = CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c);
    !is_ignored
        && !matches!(
            category,
            Control
                | Format
                | LineSeparator
                | ParagraphSeparator
                | PrivateUse
                | SpaceSeparator
                | Unassigned
        )
}

fn are_written_together(name: &str) -> bool {
    let script = CodePointMapData::<Script>::new();
    let scripts = name.chars().map(|c| script.get(c));
    let scripts: BTreeSet<Script> =
        scripts.filter(|script| ![Script::Common, Script::Inherited].contains(script)).collect();
    let category = CodePointMapData::<GeneralCategory>::new();
    let is_mark = |c| {
        let category = category.get(c);
        [GeneralCategory::NonspacingMark, GeneralCategory::EnclosingMark].contains(&category)
    };
    let has_marks = name.chars().any(is_mark);
    let may_have_marks = scripts.iter().all(|script| !WITHOUT_MARKS.contains(script));
    let are_one = scripts.len() <= 1
        || TOGETHER.iter().any(|all| scripts.iter().all(|script| all.contains(script)));
    are_one && (!has_marks || (may_have_marks && !scripts.is_empty()))
}
