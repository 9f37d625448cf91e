//! Rules for the text of files that no compiler knows.
//!
//! Works on lines and words; it understands no Rust. Invariant: a rule that needs an exception
//! has it in [`EXCEPTIONS`] with a reason, and an exception that is not needed fails the check.

use crate::{
    Outcome, Report,
    repository::{Repository, TextFile},
};

/// Crates whose wire types must not buffer through serde's private content type: raw JSON would
/// stop working inside it, and large numbers would change.
const UNBUFFERED: &[&str] =
    &["airside-wire", "airside-schema", "airside-dialects", "airside-upstream"];

/// Words that say "not finished". Split, so that this file does not contain them.
const UNFINISHED: &[&str] =
    &[concat!("to", "do!"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("db", "g!")];

/// Folders of somebody's machine.
const MACHINE_PATHS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/tmp/br", "ief"),
];

/// File names that say nothing about their content.
const EMPTY_NAMES: &[&str] = &["utils.rs", "util.rs", "common.rs", "helpers.rs", "misc.rs"];

/// Files, the rule they may break, and why.
const EXCEPTIONS: &[(&str, Rule, &str)] = &[];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Opening,
    Unfinished,
    Buffering,
    MachinePath,
    Space,
    BareAllow,
    Name,
}

/// A broken rule: at which line, and what to do.
type Finding = (Rule, usize, String);

/// Checks every text file of the repository.
pub(crate) fn check(repository: &Repository) -> Outcome {
    let files = repository.text_files()?;
    let mut problems = Vec::new();
    let mut used = Vec::new();
    for file in &files {
        for (rule, line, message) in findings(file) {
            let excepted = |(path, of, _): &&(&str, Rule, &str)| *path == file.path && *of == rule;
            match EXCEPTIONS.iter().find(excepted) {
                Some((path, rule, _)) => used.push((*path, *rule)),
                None => problems.push(format!("{}:{line}: {message}", file.path)),
            }
        }
    }
    for (path, rule, _) in
        EXCEPTIONS.iter().filter(|(path, rule, _)| !used.contains(&(path, *rule)))
    {
        problems.push(format!("the exception of {path} from {rule:?} is not needed"));
    }
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    if let Some(flow) = files.iter().find(|file| file.path == "docs/FLOW.md") {
        problems.extend(missing_files(&flow.text, &paths));
    }
    Ok(Report { problems, warnings: Vec::new() })
}

/// Applies every rule to one file.
fn findings(file: &TextFile) -> Vec<Finding> {
    let TextFile { path, text } = file;
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let mut found = machine_paths(text);
    if matches!(ending, "rs" | "md" | "toml") {
        found.extend(spaces(text));
    }
    if ending == "rs" {
        found.extend(opening(text));
        found.extend(unfinished(text));
        found.extend(bare_allows(text));
        if EMPTY_NAMES.contains(&name) {
            found.push((Rule::Name, 1, "name the file after what is in it".to_owned()));
        }
        if UNBUFFERED.iter().any(|name| folder.starts_with(&format!("crates/{name}/src"))) {
            found.extend(buffering(text));
        }
    }
    found
}

fn opening(text: &str) -> Option<Finding> {
    let message = "open the file with `//!`: what it is, what it is not, its invariant";
    (!text.starts_with("//! ")).then(|| (Rule::Opening, 1, message.to_owned()))
}

fn unfinished(text: &str) -> Vec<Finding> {
    let find = |(line, text): (usize, &str)| {
        let word = UNFINISHED.iter().find(|word| has_word(text, word))?;
        Some((Rule::Unfinished, line, format!("`{word}`: finish it, or open an issue")))
    };
    lines(text).filter_map(find).collect()
}

fn machine_paths(text: &str) -> Vec<Finding> {
    let find = |(line, text): (usize, &str)| {
        let path = MACHINE_PATHS.iter().find(|path| has_word(text, path))?;
        Some((Rule::MachinePath, line, format!("`{path}` is a path of one machine")))
    };
    lines(text).filter_map(find).collect()
}

fn spaces(text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for (line, text) in lines(text) {
        if text.contains('\t') {
            found.push((Rule::Space, line, "a tab; use spaces, or \\t in a literal".to_owned()));
        }
        if text.ends_with([' ', '\t', '\r']) {
            found.push((Rule::Space, line, "white space at the end of the line".to_owned()));
        }
    }
    if !text.is_empty() && !text.ends_with('\n') {
        found.push((Rule::Space, lines(text).count(), "no line break at the end".to_owned()));
    }
    found
}

fn bare_allows(text: &str) -> Vec<Finding> {
    let openings = [concat!("#[al", "low("), concat!("#![al", "low(")];
    let find = |(line, content): (usize, String)| {
        let message = "use `#[expect(lint, reason = \"…\")]`".to_owned();
        (!content.contains("reason")).then_some((Rule::BareAllow, line, message))
    };
    openings.iter().flat_map(|opening| bracketed(text, opening)).filter_map(find).collect()
}

fn buffering(text: &str) -> Vec<Finding> {
    let find = |(line, content): (usize, String)| {
        let words = ["flatten", "untagged", "tag"];
        let word = words.iter().find(|word| {
            content.split([',', '(', ')']).any(|part| {
                let key = part.split('=').next().unwrap_or_default();
                key.trim() == **word
            })
        })?;
        let message = format!("serde `{word}` buffers values and changes them; write a visitor");
        Some((Rule::Buffering, line, message))
    };
    bracketed(text, "serde(").into_iter().filter_map(find).collect()
}

/// Files named in a document that do not exist.
///
/// A name is what stands in backquotes and ends in `.rs`; it may leave out leading folders.
fn missing_files(document: &str, files: &[&str]) -> Vec<String> {
    let missing = |(line, text): (usize, &str)| {
        let names: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
        let names = names.into_iter().filter(|name| {
            let is_file =
                name.strip_suffix(".rs").is_some_and(|stem| !stem.contains([' ', '*', '<', '{']));
            let known = |file: &&str| {
                file.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
            };
            is_file && !files.iter().any(known)
        });
        names
            .map(|name| format!("docs/FLOW.md:{line}: there is no file `{name}`"))
            .collect::<Vec<_>>()
    };
    lines(document).flat_map(missing).collect()
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_terminator('\n').enumerate().map(|(index, line)| (index + 1, line))
}

/// Says whether a line contains a text that is not the end or the middle of a longer word.
fn has_word(line: &str, word: &str) -> bool {
    let is_inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|after| after.chars().next());
        let closed = word.ends_with(|c: char| !c.is_alphanumeric());
        !before.is_some_and(is_inside) && (closed || !after.is_some_and(char::is_alphanumeric))
    })
}

/// What stands between each occurrence of an opening and its closing parenthesis, with its line.
fn bracketed(text: &str, opening: &str) -> Vec<(usize, String)> {
    let content = |(at, _): (usize, &str)| {
        let inside = text.get(at + opening.len()..)?;
        let mut depth = 1_usize;
        let end = inside.find(|c| {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            depth == 0
        })?;
        let line = text.get(..at)?.matches('\n').count() + 1;
        Some((line, inside.get(..end)?.to_owned()))
    };
    text.match_indices(opening).filter_map(content).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<(Rule, usize)> {
        let file = TextFile { path: path.to_owned(), text: text.to_owned() };
        findings(&file).into_iter().map(|(rule, line, _)| (rule, line)).collect()
    }

    #[test]
    fn clean_text_passes() {
        for (path, text) in [
            ("crates/airside-wire/src/lib.rs", "//! What it is.\nuse serde_json::Value;\n"),
            ("docs/a.md", "# A\n\nSee https://example.com/homes/x and `framework/works`.\n"),
            (
                "a.rs",
                "//! A.\n#[expect(dead_code, reason = \"later\")]\nconst PREFIXXXL: u8 = 1;\n",
            ),
            ("fixtures/a.sse", "data: x \t\n\n"),
            ("crates/airside-config/src/a.rs", "//! A.\n#[serde(flatten)]\n"),
            ("crates/airside-dialects/src/a.rs", "//! A.\n#[serde(rename = \"x\", default)]\n"),
            ("crates/airside-dialects/src/a.rs", "//! Never `flatten` or tag = anything.\n"),
        ] {
            assert_eq!(rules(path, text), [], "{path} {text}");
        }
    }

    #[test]
    fn each_rule_finds_its_line() {
        let allow = concat!("//! A.\n#[al", "low(dead_code)]\n");
        let unfinished = format!("//! A.\n// {} later\n", UNFINISHED.join(" "));
        let machine = format!("a\nsee {}x\n", MACHINE_PATHS.join("x "));
        let serde = "//! A.\n#[derive(A)]\n#[serde(\n    default,\n    tag = \"type\",\n)]\n";
        for (path, text, expected) in [
            ("a.rs", "fn a() {}\n", (Rule::Opening, 1)),
            ("a.rs", allow, (Rule::BareAllow, 2)),
            ("a.rs", unfinished.as_str(), (Rule::Unfinished, 2)),
            ("a.yml", machine.as_str(), (Rule::MachinePath, 2)),
            ("a.md", "a\nb \n", (Rule::Space, 2)),
            ("a.toml", "a\n\tb\n", (Rule::Space, 2)),
            ("a.rs", "//! A.", (Rule::Space, 1)),
            ("src/utils.rs", "//! A.\n", (Rule::Name, 1)),
            ("crates/airside-wire/src/a.rs", serde, (Rule::Buffering, 3)),
            (
                "crates/airside-schema/src/a.rs",
                "//! A.\n#[serde(untagged)]\n",
                (Rule::Buffering, 2),
            ),
        ] {
            assert_eq!(rules(path, text), [expected], "{path} {text}");
        }
    }

    #[test]
    fn files_named_in_the_flow_must_exist() {
        let files =
            ["crates/airside-server/src/edge/ingress.rs", "crates/airside-call/src/call.rs"];
        let text = "`edge/ingress.rs` then `crates/airside-call/src/call.rs`,\n`all.rs` and `Call`, \
                    `src/<name>.rs`\n";
        let problems = missing_files(text, &files);
        assert_eq!(problems, ["docs/FLOW.md:2: there is no file `all.rs`"]);
    }
}
