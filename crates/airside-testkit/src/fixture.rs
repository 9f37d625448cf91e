//! Files of a folder as test cases.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;

/// One file.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// Where it lies below the folder, with `/` between names: what a failing test shows.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// What is in it.
    pub bytes: Bytes,
}

/// Every file below `folder` whose name ends in `.{ending}`, in the order of their names.
///
/// # Errors
///
/// If the folder or a file cannot be read, or no such file is there: a test without cases would
/// pass whatever is wrong.
pub fn walk(folder: &Path, ending: &str) -> io::Result<Vec<Fixture>> {
    let mut paths = Vec::new();
    collect(folder, ending, &mut paths)?;
    paths.sort();
    if paths.is_empty() {
        let message = format!("there is no *.{ending} below {}", folder.display());
        return Err(io::Error::new(io::ErrorKind::NotFound, message));
    }
    paths.into_iter().map(|path| read(folder, path)).collect()
}

fn collect(folder: &Path, ending: &str, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder).map_err(|error| at(folder, &error))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, ending, paths)?;
        } else if path.extension().is_some_and(|extension| extension == ending) {
            paths.push(path);
        }
    }
    Ok(())
}

fn read(folder: &Path, path: PathBuf) -> io::Result<Fixture> {
    let bytes = std::fs::read(&path).map_err(|error| at(&path, &error))?;
    let below = path.strip_prefix(folder).unwrap_or(&path);
    let name = below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
    Ok(Fixture { name, path, bytes: bytes.into() })
}

/// An error that says which file it is about.
fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_of_this_crate_are_found_in_order() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let names: Vec<String> =
            walk(&folder, "rs").unwrap().into_iter().map(|fixture| fixture.name).collect();
        assert!(names.is_sorted());
        assert!(names.contains(&"upstream/answer.rs".to_owned()), "{names:?}");
    }

    #[test]
    fn a_folder_without_cases_is_an_error_that_names_it() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let error = walk(&folder, "no-such-ending").unwrap_err();
        assert!(error.to_string().contains("no *.no-such-ending below"), "{error}");
        assert!(walk(&folder.join("nowhere"), "rs").unwrap_err().to_string().contains("nowhere"));
    }
}
