//! Rust source with the content of comments and literals blanked out.
//!
//! Enough to count braces and find items by their keywords; not a parser. Invariant: the result
//! has the same lines, and each of them as many characters, as the source.

/// Blanks comments, strings and character literals; quotes stay, their content becomes spaces.
pub(crate) fn scrub(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while let Some(rest) = chars.get(at..).filter(|rest| !rest.is_empty()) {
        let before = at.checked_sub(1).and_then(|before| chars.get(before));
        let in_word = before.is_some_and(|c| c.is_alphanumeric() || *c == '_');
        let length = match rest {
            ['/', '/', ..] => rest.iter().take_while(|c| **c != '\n').count(),
            ['/', '*', ..] => block_comment(rest),
            ['"', ..] => string(rest),
            ['r', '"' | '#', ..] | ['b', 'r', '"' | '#', ..] if !in_word => raw_string(rest),
            ['\'', ..] => character(rest),
            _ => 0,
        };
        if length == 0 {
            out.extend(rest.first());
            at += 1;
        } else {
            let is_comment = rest.first() == Some(&'/');
            let literal = rest.get(..length).unwrap_or(rest);
            out.extend(literal.iter().map(|c| match c {
                '\n' => '\n',
                '"' if !is_comment => '"',
                _ => ' ',
            }));
            at += length;
        }
    }
    out
}

/// Length of a block comment; they nest.
fn block_comment(chars: &[char]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = chars.get(at..).filter(|rest| !rest.is_empty()) {
        match rest {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth.saturating_sub(1), at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// Length of a string with escapes.
fn string(chars: &[char]) -> usize {
    let mut at = 1;
    while let Some(c) = chars.get(at) {
        match c {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

/// Length of a raw string, or 0 for a raw identifier such as `r#type`.
fn raw_string(chars: &[char]) -> usize {
    let letters = chars.iter().take_while(|c| matches!(c, 'b' | 'r')).count();
    let hashes = chars.iter().skip(letters).take_while(|c| **c == '#').count();
    if chars.get(letters + hashes) != Some(&'"') {
        return 0;
    }
    let mut at = letters + hashes + 1;
    while at < chars.len() {
        let closing = chars.iter().skip(at + 1).take(hashes).filter(|c| **c == '#').count();
        if chars.get(at) == Some(&'"') && closing == hashes {
            return at + 1 + hashes;
        }
        at += 1;
    }
    chars.len()
}

/// Length of a character literal, or 0 for a lifetime.
fn character(chars: &[char]) -> usize {
    match chars {
        ['\'', '\\', _, rest @ ..] => {
            3 + rest.iter().take_while(|c| !matches!(c, '\'' | '\n')).count() + 1
        }
        ['\'', _, '\'', ..] => 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_become_blank() {
        for (source, scrubbed) in [
            ("a // {\nb", "a     \nb"),
            ("a /* { /* */ } */ b", "a                   b"),
            (r#"a("{\"}") {}"#, r#"a("  " ") {}"#),
            (r##"r#"{"}"# b"##, r#"  "  " " b"#),
            ("br\"{\" r#type bar\"{\"", "  \" \" r#type bar\" \""),
            ("'{' '\\'' '\\u{7b}' &'a x", "                     &'a x"),
            ("b'{' \"\n{\" z", "b    \"\n \" z"),
            ("\"open {", "\"      "),
        ] {
            let result = scrub(source);
            assert_eq!(result.chars().count(), source.chars().count(), "{source}");
            assert_eq!(result.replace(' ', ""), scrubbed.replace(' ', ""), "{source}");
        }
    }
}
