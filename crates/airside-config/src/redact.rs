//! Hides what may be a secret in lines that are shown to a person or a log.
//!
//! A configuration line is worth showing, the API key on it is not. These are rules of thumb on
//! names and shapes, on the safe side: hiding a harmless value costs little. Invariant: from the
//! name of a secret-looking key to the end of its line nothing is shown.

/// Stands for what is hidden.
pub(crate) const HIDDEN: char = '…';

/// Words that make a key's value a secret, wherever they stand in the key.
const SECRET_WORDS: &[&str] = &[
    "key",
    "keys",
    "apikey",
    "apikeys",
    "secret",
    "secrets",
    "token",
    "password",
    "passwd",
    "passphrase",
    "credential",
    "credentials",
    "auth",
    "authorization",
    "bearer",
    "cookie",
];

/// A run of key-like characters this long, with letters and digits in it, may be a token.
const TOKEN_CHARS: usize = 20;

/// Says whether a key names something secret: `api_key`, `x-api-key`, `clientSecret`.
pub(crate) fn is_secret_name(name: &str) -> bool {
    words(name).any(|word| SECRET_WORDS.contains(&word.as_str()))
}

/// Hides everything behind the first secret-looking key of a line.
pub(crate) fn line(text: &str) -> String {
    let mut start = 0;
    for (at, separator) in text.char_indices().filter(|(_, c)| matches!(c, ':' | '=')) {
        let before = text.get(start..at).unwrap_or_default();
        let name = before.trim_end().trim_matches(['"', '\'']);
        let name = name.rsplit(|c: char| !is_name_char(c)).next().unwrap_or_default();
        let rest = text.get(at + separator.len_utf8()..).unwrap_or_default();
        if is_secret_name(name) && !rest.trim().is_empty() {
            let shown = text.get(..at).unwrap_or_default();
            return format!("{shown}{separator} {HIDDEN}");
        }
        start = at + separator.len_utf8();
    }
    text.to_owned()
}

/// Hides long runs that look like tokens, for lines that could not even be parsed.
pub(crate) fn tokens(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_token_char(c)).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        let digits = run.chars().any(|c| c.is_ascii_digit());
        let letters = run.chars().any(|c| c.is_ascii_alphabetic());
        if run.len() >= TOKEN_CHARS && digits && letters {
            shown.push(HIDDEN);
        } else {
            shown.push_str(run);
        }
        let mut chars = tail.chars();
        shown.extend(chars.next());
        rest = chars.as_str();
    }
    shown
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '_' | '-' | '=' | '.')
}

/// Words of `snake_case`, `kebab-case` and `camelCase` names, in lower case.
fn words(name: &str) -> impl Iterator<Item = String> {
    let mut spaced = String::new();
    let mut lower_before = false;
    for c in name.chars() {
        if c.is_uppercase() && lower_before {
            spaced.push(' ');
        }
        lower_before = c.is_lowercase() || c.is_ascii_digit();
        spaced.extend(c.to_lowercase());
    }
    let words: Vec<_> = spaced.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
    words.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_names_are_told_from_harmless_ones() {
        for (name, secret) in [
            ("api_key", true),
            ("apiKey", true),
            ("OPENAI_API_KEY", true),
            ("x-api-key", true),
            ("clientSecret", true),
            ("Authorization", true),
            ("password", true),
            ("max_tokens", false),
            ("model", false),
            ("monkey", false),
            ("author", false),
            ("", false),
        ] {
            assert_eq!(is_secret_name(name), secret, "{name}");
        }
    }

    #[test]
    fn lines_are_hidden_from_the_secret_on() {
        for (text, shown) in [
            ("model: gpt", "model: gpt"),
            ("  api_key: sk-1", "  api_key: …"),
            ("api_key = \"sk-1\"", "api_key = …"),
            ("{provider: openai, api_key: sk-1, port: 1}", "{provider: openai, api_key: …"),
            (r#"{"url": "http://h", "apiKey": "sk-1"}"#, r#"{"url": "http://h", "apiKey": …"#),
            ("api_key:", "api_key:"),
            ("", ""),
        ] {
            assert_eq!(line(text), shown);
        }
    }

    #[test]
    fn token_like_runs_are_hidden() {
        for (text, shown) in [
            ("- \"sk-abcdefghij0123456789", "- \"…"),
            ("name: short1", "name: short1"),
            ("a_very_long_name_without_any_digit: 1", "a_very_long_name_without_any_digit: 1"),
            ("é: AKIA0123456789ABCDEF0 x", "é: … x"),
        ] {
            assert_eq!(tokens(text), shown);
        }
    }
}
