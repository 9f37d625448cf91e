//! Checks and generators of the workspace: `cargo xtask dag|tidy|size|generated|all`.
//!
//! Holds the rules of the house that rustc, clippy and cargo-deny cannot express. It is not a
//! build system and not part of the product. Invariant: every check looks at the whole
//! repository, reports all it finds, and ends with exit status 1 if it found anything.

mod dag;
mod generated;
mod repository;
mod scrub;
mod size;
mod tidy;

use std::process::ExitCode;

use repository::Repository;

/// What a check found.
#[derive(Debug, Default, PartialEq, Eq)]
struct Report {
    /// Broken rules; any of them fails the check.
    problems: Vec<String>,
    /// Worth a look, and no more.
    warnings: Vec<String>,
}

/// A check could not be carried out at all; the text says why.
type Outcome = Result<Report, String>;

const USAGE: &str = "\
usage: cargo xtask <task>

  dag                  who may depend on whom
  tidy                 rules for the text of files
  size                 length of files and functions
  generated            write the generated files anew
  generated --check    compare them with what would be written
  all                  dag, tidy, size, generated --check";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let repository = Repository::here();
    let tasks: &[&str] = match arguments.as_slice() {
        ["all"] => &["dag", "tidy", "size", "generated --check"],
        ["dag"] => &["dag"],
        ["tidy"] => &["tidy"],
        ["size"] => &["size"],
        ["generated"] => &["generated"],
        ["generated", "--check"] => &["generated --check"],
        _ => {
            say(USAGE);
            return ExitCode::from(2);
        }
    };
    // Not `all`: the tasks after a failing one are run as well.
    let failed = tasks.iter().filter(|task| !run(task, &repository)).count();
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs one task and prints what it found; says whether all is well.
fn run(task: &str, repository: &Repository) -> bool {
    let outcome = match task {
        "dag" => dag::check(repository),
        "tidy" => tidy::check(repository),
        "size" => size::check(repository),
        "generated" => Ok(generated::write(repository)),
        _ => Ok(generated::check(repository)),
    };
    let report = outcome.unwrap_or_else(|error| Report { problems: vec![error], warnings: vec![] });
    for warning in &report.warnings {
        say(&format!("xtask {task}: warning: {warning}"));
    }
    for problem in &report.problems {
        say(&format!("xtask {task}: error: {problem}"));
    }
    match report.problems.len() {
        0 => say(&format!("xtask {task}: ok")),
        count => say(&format!("xtask {task}: {count} found")),
    }
    report.problems.is_empty()
}

#[expect(clippy::print_stdout, reason = "a command line tool talks to its user here")]
fn say(text: &str) {
    println!("{text}");
}
