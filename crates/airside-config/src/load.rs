//! From a file or a text to a value of the target type.
//!
//! The three steps in order: read a tree, replace references, build the value. Not a cache and
//! not a watcher. Invariant: every step reports into the same kind of error, and a text that
//! loads once loads again with the same environment.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::File,
    io::Read as _,
    path::{Path as FilePath, PathBuf},
};

use serde::de::DeserializeOwned;

use crate::{
    ConfigError, Diagnostic, Env, Position, de,
    interpolate::interpolate,
    path::{Path, Step},
    read,
    source::{Focus, Source},
    tree::{Node, Value},
};

/// A configuration file larger than this many bytes is refused.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// How a configuration is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// YAML 1.2, one document.
    Yaml,
    /// TOML 1.
    Toml,
    /// JSON. Read as the YAML it also is, so comments are accepted.
    Json,
}

impl Format {
    /// Tells the format from the ending of a file name: `.yaml`, `.yml`, `.toml`, `.json`.
    pub fn from_path(path: &FilePath) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "yaml" | "yml" => Some(Self::Yaml),
            "toml" => Some(Self::Toml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// Every value's place, by its path as it is written in messages.
type Positions = BTreeMap<String, (Path, Position)>;

/// A loaded configuration, with what is needed to check it further.
///
/// `Debug` shows neither the value nor the text.
#[derive(Clone)]
pub struct Loaded<T> {
    value: T,
    source: Source,
    positions: Positions,
    variables: BTreeSet<String>,
    files: BTreeSet<PathBuf>,
}

impl<T> Loaded<T> {
    /// The configuration.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The configuration, without where it came from.
    pub fn into_value(self) -> T {
        self.value
    }

    /// The file, or the name given with the text.
    pub fn name(&self) -> &str {
        &self.source.name
    }

    /// Names of the environment variables it refers to, set or not.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().map(String::as_str)
    }

    /// The files its `${file:…}` references were read from.
    pub fn secret_files(&self) -> impl Iterator<Item = &FilePath> {
        self.files.iter().map(PathBuf::as_path)
    }

    /// Makes the complaint of a later check look like ours: with the line of the value.
    ///
    /// `path` is written as in every message, such as `targets[0].provider`. If it does not stand
    /// in the document, the nearest enclosing value that does is shown. The message must not hold
    /// a secret.
    pub fn refuse(&self, path: &str, message: impl Into<String>) -> Diagnostic {
        let mut known = path;
        let (found, at) = loop {
            if let Some((found, at)) = self.positions.get(known) {
                break (found.clone(), Some(*at));
            }
            if known.is_empty() {
                break (Path::default(), None);
            }
            known = known.rfind(['.', '[']).and_then(|end| known.get(..end)).unwrap_or("");
        };
        let mut diagnostic =
            Diagnostic::new(&self.source, at, &found, Focus::Value, message.into());
        path.clone_into(&mut diagnostic.path);
        diagnostic
    }
}

impl<T> fmt::Debug for Loaded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("name", &self.source.name)
            .field("variables", &self.variables)
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

/// Loads a file; its name tells the format.
///
/// Blocks the thread while reading.
///
/// # Errors
///
/// [`ConfigError`], which says what to correct and where.
pub fn load_file<T: DeserializeOwned>(
    path: impl AsRef<FilePath>,
    env: &Env,
) -> Result<Loaded<T>, ConfigError> {
    let path = path.as_ref();
    let file = path.display().to_string();
    let Some(format) = Format::from_path(path) else {
        return Err(ConfigError::UnknownFormat { file });
    };
    let mut text = String::new();
    let read = File::open(path).and_then(|open| open.take(MAX_BYTES + 1).read_to_string(&mut text));
    let bytes = read.map_err(|source| ConfigError::Read { file: file.clone(), source })?;
    if bytes as u64 > MAX_BYTES {
        return Err(ConfigError::TooLarge { file, limit: MAX_BYTES });
    }
    load_str(&text, format, &file, env)
}

/// Loads a text; `name` stands for the file in messages.
///
/// An empty text is an empty map.
///
/// # Errors
///
/// [`ConfigError::Invalid`], which says what to correct and where.
pub fn load_str<T: DeserializeOwned>(
    text: &str,
    format: Format,
    name: &str,
    env: &Env,
) -> Result<Loaded<T>, ConfigError> {
    let source = Source::new(name, text);
    let mut root = read::read(text, format).map_err(|error| {
        let (at, message) = (error.at, error.message);
        Diagnostic::new(&source, at, &Path::default(), Focus::Syntax, message)
    })?;
    if matches!(root.value, Value::Null) {
        root.value = Value::Map(Vec::new());
    }
    let used = interpolate(&mut root, &source, env)
        .map_err(|diagnostics| ConfigError::Invalid { diagnostics })?;
    let value = de::build(&root).map_err(|fault| fault.diagnose(&source))?;
    let mut positions = BTreeMap::new();
    collect(&root, &mut Path::default(), &mut positions);
    Ok(Loaded { value, source, positions, variables: used.variables, files: used.files })
}

/// Lists where every value of the document stands.
fn collect(node: &Node, path: &mut Path, positions: &mut Positions) {
    positions.insert(path.to_string(), (path.clone(), node.at));
    let mut step = |step: Step, node: &Node| {
        path.0.push(step);
        collect(node, path, positions);
        path.0.pop();
    };
    match &node.value {
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                step(Step::Index(index), item);
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                step(Step::Key(entry.key.clone()), &entry.node);
            }
        }
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) => {}
    }
}
