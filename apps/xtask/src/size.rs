//! Length of files and of functions, tests left out.
//!
//! Counts lines and braces on scrubbed source; it understands no Rust beyond `fn` and `mod`.
//! Invariant: a comment never makes a function too long, so nobody saves on them.

use crate::{Outcome, Report, repository::Repository, scrub::scrub};

/// A file with more non-test lines than this fails.
const FILE_LINES: usize = 500;
/// A function with more code lines than this fails …
const FUNCTION_LINES: usize = 80;
/// … and with more than this is listed.
const LONG_FUNCTION_LINES: usize = 45;

/// Files that may be longer, and why.
const FILE_EXCEPTIONS: &[(&str, &str)] = &[];

/// Functions that may be longer, and why.
const FUNCTION_EXCEPTIONS: &[(&str, &str, &str)] = &[];

/// Checks every Rust file that is not a test.
pub(crate) fn check(repository: &Repository) -> Outcome {
    let mut report = Report::default();
    for file in repository.text_files()? {
        if is_code(&file.path) {
            judge(&file.path, &file.text, &mut report);
        }
    }
    Ok(report)
}

/// Tests are data and sentences; they may be as long as they need to be.
fn is_code(path: &str) -> bool {
    let mut parts = path.split('/');
    let name = parts.next_back().unwrap_or_default();
    let is_rust = name.rsplit_once('.').is_some_and(|(_, ending)| ending == "rs");
    is_rust && name != "tests.rs" && !parts.any(|folder| folder == "tests")
}

fn judge(path: &str, text: &str, report: &mut Report) {
    let scrubbed = scrub(text);
    let tests = test_modules(&scrubbed);
    let is_test = |line: usize| tests.iter().any(|span| span.contains(&line));
    let lines = (0..text.lines().count()).filter(|line| !is_test(*line)).count();
    if lines > FILE_LINES && !FILE_EXCEPTIONS.iter().any(|(file, _)| *file == path) {
        let message = format!("{path}: {lines} lines without tests; {FILE_LINES} are the limit");
        report.problems.push(message);
    }
    for Function { name, line, code_lines } in functions(&scrubbed) {
        let excepted = FUNCTION_EXCEPTIONS.iter().any(|(file, of, _)| *file == path && *of == name);
        if excepted || is_test(line) || code_lines <= LONG_FUNCTION_LINES {
            continue;
        }
        let place = format!("{path}:{}: `{name}` has {code_lines} lines of code", line + 1);
        if code_lines > FUNCTION_LINES {
            report.problems.push(format!("{place}; {FUNCTION_LINES} are the limit"));
        } else {
            report.warnings.push(place);
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Function {
    name: String,
    /// From 0.
    line: usize,
    code_lines: usize,
}

/// Every function with a body.
fn functions(scrubbed: &str) -> Vec<Function> {
    let function = |(at, _): (usize, &str)| {
        let after = scrubbed.get(at + 3..)?;
        let before = scrubbed.get(..at)?;
        let is_keyword = before.chars().next_back().is_none_or(|c| c.is_whitespace() || c == '(');
        let name: String =
            after.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '#')).collect();
        if !is_keyword || name.is_empty() {
            return None;
        }
        let body = body(after)?;
        let text = scrubbed.get(at..at + 3 + body.end)?;
        let code_lines = text.lines().filter(|line| !line.trim().is_empty()).count();
        Some(Function { name, line: before.matches('\n').count(), code_lines })
    };
    scrubbed.match_indices("fn ").filter_map(function).collect()
}

/// Lines, from 0, of every module behind `#[cfg(test)]`.
fn test_modules(scrubbed: &str) -> Vec<std::ops::Range<usize>> {
    let module = |(at, attribute): (usize, &str)| {
        let after = scrubbed.get(at + attribute.len()..)?;
        let body = body(after)?;
        if !after.get(..body.start)?.contains("mod ") {
            return None;
        }
        let line = |offset: usize| Some(scrubbed.get(..offset)?.matches('\n').count());
        Some(line(at)?..line(at + attribute.len() + body.end)? + 1)
    };
    scrubbed.match_indices("#[cfg(test)]").filter_map(module).collect()
}

/// The next block in braces, or nothing if the item ends with a semicolon before.
fn body(text: &str) -> Option<std::ops::Range<usize>> {
    let mut braces = 0_usize;
    let mut nested = 0_usize; // Parentheses and brackets: `[u8; 4]` does not end an item.
    let mut start = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => nested += 1,
            ')' | ']' => nested = nested.saturating_sub(1),
            ';' if braces == 0 && nested == 0 => return None,
            '{' => {
                if braces == 0 {
                    start = at;
                }
                braces += 1;
            }
            '}' => {
                braces = braces.checked_sub(1)?;
                if braces == 0 {
                    return Some(start..at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<(String, usize, usize)> {
        let functions = functions(&scrub(source)).into_iter();
        functions.map(|f| (f.name, f.line, f.code_lines)).collect()
    }

    #[test]
    fn functions_are_found_and_measured_in_code_lines() {
        let source = "//! A.\n\npub(crate) async fn a<T>(x: [u8; 4]) -> T\nwhere\n    T: Sized,\n{\n    \
                      // why { not\n\n    let s = \"}\";\n    s\n}\ntrait T {\n    fn b(&self);\n    \
                      fn c(&self) {}\n}\nconst F: fn (u8) = d;\n";
        let expected = [("a".to_owned(), 2, 7), ("c".to_owned(), 13, 1)];
        assert_eq!(found(source), expected);
    }

    #[test]
    fn limits_apply_to_code_and_not_to_tests() {
        let function = |lines: usize| format!("fn f() {{\n{}}}\n", "    x();\n".repeat(lines - 2));
        let tests = |inner: &str| format!("#[cfg(test)]\nmod tests {{\n{inner}}}\n");
        for (source, problems, warnings) in [
            (function(45), 0, 0),
            (function(46), 0, 1),
            (function(80), 0, 1),
            (function(81), 1, 0),
            (function(490) + &function(12), 2, 0),
            (function(490) + &tests(&function(90)), 1, 0),
            (tests(&function(900)), 0, 0),
            ("// x\n".repeat(501), 1, 0),
            ("// x\n".repeat(500) + &tests(""), 0, 0),
            ("#[cfg(test)]\nmod tests;\n".to_owned() + &function(81), 1, 0),
        ] {
            let mut report = Report::default();
            judge("a.rs", &source, &mut report);
            let counts = (report.problems.len(), report.warnings.len());
            assert_eq!(counts, (problems, warnings), "{source}");
        }
    }

    #[test]
    fn files_of_tests_are_left_out() {
        for (path, code) in [
            ("crates/a/src/lib.rs", true),
            ("crates/a/src/tests.rs", false),
            ("crates/a/src/sse/tests/many.rs", false),
            ("crates/a/tests/many.rs", false),
            ("benches/load/main.rs", true),
            ("docs/a.md", false),
        ] {
            assert_eq!(is_code(path), code, "{path}");
        }
    }
}
