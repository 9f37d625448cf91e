//! The files of the repository, and cargo and git run inside it.
//!
//! Reads only; no rule lives here. Invariant: paths are relative to the repository and use `/`,
//! and what git ignores is not listed.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

/// A checkout of the workspace.
pub(crate) struct Repository {
    root: PathBuf,
}

/// A text file of the repository.
pub(crate) struct TextFile {
    /// Path from the root of the repository.
    pub(crate) path: String,
    /// Its content.
    pub(crate) text: String,
}

impl Repository {
    /// The checkout this program was built from.
    pub(crate) fn here() -> Self {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest.ancestors().nth(2).unwrap_or(manifest);
        Self { root: root.to_owned() }
    }

    /// Full path of a file of the repository.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    /// Every file that git tracks or would add, if it is UTF-8 text.
    pub(crate) fn text_files(&self) -> Result<Vec<TextFile>, String> {
        let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let listed = self.run("git", &arguments)?;
        let mut paths: Vec<&str> = listed.split('\0').filter(|path| !path.is_empty()).collect();
        paths.sort_unstable();
        paths.dedup();
        // A file may be deleted and still tracked, or binary: neither is text to look at.
        let read = |path: &str| {
            let text = std::fs::read_to_string(self.path(path)).ok()?;
            Some(TextFile { path: path.to_owned(), text })
        };
        Ok(paths.into_iter().filter_map(read).collect())
    }

    /// Runs a command in the repository and gives what it wrote to standard output.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> Result<String, String> {
        let shown = || format!("{program} {}", arguments.join(" "));
        let mut command = Command::new(OsStr::new(program));
        let output = command.args(arguments).current_dir(&self.root).output();
        let output = output.map_err(|error| format!("cannot run `{}`: {error}", shown()))?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            return Err(format!("`{}` failed: {}", shown(), words.trim()));
        }
        String::from_utf8(output.stdout).map_err(|_| format!("`{}` wrote no UTF-8", shown()))
    }
}
