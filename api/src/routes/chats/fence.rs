//! Code in Markdown that was not closed, as a stopped answer ends within it.

/// The line that closes the block of code in which `text` ends, if it ends in one that goes on behind it (`CommonMark` 0.31,
/// 4.5). Blocks within a quotation or a list end with it, so those need none.
pub(super) fn closing_fence(text: &str) -> Option<String> {
    let mut lists = Lists::default();
    let mut open: Option<Fence> = None;
    let mut html: Option<&str> = None;
    for line in text.lines() {
        if let Some(end) = html {
            html = html.filter(|_| !has(line, end));
            continue;
        }
        if let Some(fence) = open {
            // What is indented less than its list ends the list, and what is in it.
            let is_inside = fence.within == 0 || is_blank(line) || indent(line) >= fence.within;
            if is_inside {
                let line = line.get(fence.within.min(indent(line))..).unwrap_or_default();
                open = if fence.is_closed_by(line) { None } else { open };
                continue;
            }
        }
        let (within, rest) = lists.enter(line);
        open = Fence::opened_by(rest, within);
        html = html_opened_by(rest).filter(|_| open.is_none() && within == 0);
    }
    if let Some(end) = html {
        return Some(end.to_owned());
    }
    let open = open.filter(|fence| fence.within == 0)?;
    Some(open.mark.to_string().repeat(open.length))
}

/// HTML that no blank line ends, and what does (`CommonMark` 4.6, kinds 1 to 5).
const HTML: [(&str, &str); 8] = [
    ("<!--", "-->"),
    ("<![cdata[", "]]>"),
    ("<?", "?>"),
    ("<!", ">"),
    ("<pre", "</pre>"),
    ("<script", "</script>"),
    ("<style", "</style>"),
    ("<textarea", "</textarea>"),
];

/// What ends the HTML that `line` begins, if it does not do so itself.
fn html_opened_by(line: &str) -> Option<&'static str> {
    let line = line.trim_start().to_ascii_lowercase();
    let (begin, end) = HTML.into_iter().find(|(begin, _)| line.starts_with(begin))?;
    let rest = line.get(begin.len()..).unwrap_or_default();
    let is_a_word = begin.ends_with(|c: char| c.is_ascii_alphabetic());
    let ends_as_a_word = rest.starts_with([' ', '\t', '>']) || rest.is_empty();
    let is_html = if is_a_word {
        ends_as_a_word
    } else {
        begin != "<!" || rest.starts_with(|c: char| c.is_ascii_alphabetic())
    };
    (is_html && !rest.contains(end)).then_some(end)
}

fn has(line: &str, end: &str) -> bool {
    line.to_ascii_lowercase().contains(end)
}

/// An open block of code.
#[derive(Debug, Clone, Copy)]
struct Fence {
    mark: char,
    length: usize,
    /// How far the text of the list is indented in which it stands.
    within: usize,
}

impl Fence {
    fn opened_by(line: &str, within: usize) -> Option<Self> {
        let (mark, length, info) = marks(line)?;
        let is_fence = length >= 3 && !(mark == '`' && info.contains('`'));
        is_fence.then_some(Self { mark, length, within })
    }

    fn is_closed_by(self, line: &str) -> bool {
        marks(line).is_some_and(|(mark, length, info)| {
            mark == self.mark && length >= self.length && is_blank(info)
        })
    }
}

/// With which sign a line begins that can make a fence, how often it stands there, and what follows.
fn marks(line: &str) -> Option<(char, usize, &str)> {
    let text = line.trim_start_matches(' ');
    let mark = text.chars().next().filter(|mark| ['`', '~'].contains(mark))?;
    let rest = text.trim_start_matches(mark);
    // What is indented by four is code of another kind.
    (line.len() - text.len() <= 3).then_some((mark, text.len() - rest.len(), rest))
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// How far the texts of the lists are indented within which a line stands, from the outermost.
#[derive(Debug, Default)]
struct Lists(Vec<usize>);

impl Lists {
    /// How far the text of the innermost list is indented in which `line` stands or which it begins; 0 without one.
    /// And what stands there.
    fn enter<'a>(&mut self, line: &'a str) -> (usize, &'a str) {
        if !is_blank(line) {
            self.0.retain(|text| *text <= indent(line));
        }
        let mut within = self.0.last().copied().unwrap_or_default();
        let mut rest = line.get(within..).unwrap_or_default();
        while let Some(width) = item(rest) {
            within += width;
            self.0.push(within);
            rest = rest.get(width..).unwrap_or_default();
        }
        (within, rest)
    }
}

/// How far the text of the item is indented that `line` begins, if it begins one (`CommonMark` 0.31, 5.2).
fn item(line: &str) -> Option<usize> {
    let text = line.trim_start_matches(' ');
    let before = line.len() - text.len();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let ends: &[char] = if digits == 0 { &['-', '+', '*'] } else { &['.', ')'] };
    let rest = text[digits..].strip_prefix(ends)?;
    let spaces = indent(rest);
    let is_item = before <= 3 && digits <= 9 && (spaces > 0 || rest.is_empty());
    // More than that are those of indented code; an empty item has none.
    let spaces = if (1..=4).contains(&spaces) && !is_blank(rest) { spaces } else { 1 };
    is_item.then_some(before + digits + 1 + spaces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_within_code_is_closed_as_it_was_opened() {
        for (text, closing) in [
            ("", None),
            ("text", None),
            ("```", Some("```")),
            ("```rust\nfn main() {", Some("```")),
            ("```rust\nfn main() {}\n```", None),
            ("~~~\n```\n", Some("~~~")),
            ("~~~ a ` b\n", Some("~~~")),
            // As long as it was opened, or longer, and nothing behind it.
            ("`````\n```\n````", Some("`````")),
            ("```\n`````  ", None),
            ("```\n``` not", Some("```")),
            ("```\n~~~", Some("```")),
            // Two of them make none, nor does one in a line, nor what is indented by four.
            ("``", None),
            ("a ```", None),
            ("``` a `b` c", None),
            ("    ```\n", None),
            ("```\n    ```", Some("```")),
            ("   ```\n code", Some("```")),
            ("```\na\n```\n\n~~~~\nb", Some("~~~~")),
        ] {
            assert_eq!(closing_fence(text).as_deref(), closing, "{text:?}");
        }
    }

    #[test]
    fn html_that_no_blank_line_ends_is_closed() {
        for (text, closing) in [
            ("a\n<!-- b\n\nc", Some("-->")),
            ("<!-- b -->\nc", None),
            ("<!-- b\n-->\nc", None),
            ("<PRE>\n\nx", Some("</pre>")),
            ("<pre\nx</PRE>", None),
            ("<preface>\nx", None),
            ("<script src=x>\n", Some("</script>")),
            ("<style>", Some("</style>")),
            ("  <textarea>", Some("</textarea>")),
            ("<![CDATA[ x", Some("]]>")),
            ("<?php x", Some("?>")),
            ("<!DOCTYPE", Some(">")),
            ("<! x", None),
            ("a <!-- b", None),
            ("<div>\nx", None),
            ("```\n<!--\n```", None),
            ("<!--\n```\n-->", None),
        ] {
            assert_eq!(closing_fence(text).as_deref(), closing, "{text:?}");
        }
    }

    #[test]
    fn what_ends_with_its_list_or_quotation_is_left_alone() {
        for text in [
            "- ```\n  code",
            "- ```\n  code\n  ```",
            "1. a\n   ```\n   code\n   ```",
            "1. a\n\n   ```\n   code",
            "- a\n  - ```\n    code\n    ```\n",
            "10. a\n    ```\n    code\n    ```\n",
            "- ```\n  code\n\nbehind it",
            "> ```\n> code",
            "> ```\nbehind it",
            "-\n  ```\n  code",
        ] {
            assert_eq!(closing_fence(text), None, "{text:?}");
        }
        for text in ["- ```\n  code\n\n```\nbehind it", "- a\n\n```", "-no item\n```", "* * *\n```"]
        {
            assert_eq!(closing_fence(text).as_deref(), Some("```"), "{text:?}");
        }
    }
}
