//! Rewrites regular expressions of JavaScript (without flags) where the same text means something
//! else to our engines.
//!
//! Not a parser: what is invalid stays invalid, for the engine to refuse. `\b` and `\s` are left
//! alone and know all of Unicode.

/// `\d` and `\w` stand for ASCII only, and a class has neither classes nor operators inside.
pub(super) fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut in_class = false;
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match (c, in_class) {
            ('\\', _) => escape(chars.next(), in_class, &mut out),
            ('[', false) => {
                in_class = true;
                out.push(c);
            }
            (']', true) => {
                in_class = false;
                out.push(c);
            }
            ('[' | '&' | '~', true) => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

fn escape(escaped: Option<char>, in_class: bool, out: &mut String) {
    let (members, negated) = match escaped {
        Some('d') => ("0-9", false),
        Some('D') => ("0-9", true),
        Some('w') => ("0-9A-Za-z_", false),
        Some('W') => ("0-9A-Za-z_", true),
        other => {
            out.push('\\');
            out.extend(other);
            return;
        }
    };
    match (in_class, negated) {
        (true, false) => out.push_str(members),
        (false, false) => out.extend(["[", members, "]"]),
        (_, true) => out.extend(["[^", members, "]"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_means_something_else_is_rewritten() {
        for (javascript, ours) in [
            (r"^gpt-4(o|\.1)$", r"^gpt-4(o|\.1)$"),
            (r"\d+\D\w\W", "[0-9]+[^0-9][0-9A-Za-z_][^0-9A-Za-z_]"),
            (r"[\w.-]+@[\D]", "[0-9A-Za-z_.-]+@[[^0-9]]"),
            (r"\\d\[\]", r"\\d\[\]"),
            ("[[a]&&~]&&", r"[\[a]&&~]&&"),
            ("[a&&b[]", r"[a\&\&b\[]"),
            (r"\bx\s\/", r"\bx\s\/"),
            ("é\\", "é\\"),
        ] {
            assert_eq!(translated(javascript), ours, "{javascript}");
        }
    }
}
