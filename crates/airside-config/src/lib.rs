//! Configuration of any serde type: load it, fill in the environment, and explain
//! what is wrong with it.
//!
//! A file is YAML, TOML or JSON; all three are read into one tree that remembers where every
//! key and value stood, strings in that tree have their `${NAME}` references replaced, and the
//! target type is built from the tree. So one schema serves every format, and every complaint
//! names the file, the line, the column and the path, shows the line, and says what would have
//! been accepted.
//!
//! ```
//! use airside_config::{Env, Format, load_str};
//!
//! #[derive(Debug, serde::Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Listen {
//!     host: String,
//!     port: u16,
//! }
//!
//! let env = Env::from_map([("HOST", "127.0.0.1")]);
//! let text = "host: ${HOST}\nport: ${PORT:-8787}\n";
//! let listen = load_str::<Listen>(text, Format::Yaml, "airside.yaml", &env)?.into_value();
//! assert_eq!((listen.host.as_str(), listen.port), ("127.0.0.1", 8787));
//!
//! let wrong = load_str::<Listen>("hots: a\nport: 1\n", Format::Yaml, "airside.yaml", &env);
//! let message = wrong.unwrap_err().to_string();
//! assert!(message.contains("airside.yaml:1:1: unknown key `hots`"));
//! assert!(message.contains("did you mean `host`?"));
//! # Ok::<(), airside_config::ConfigError>(())
//! ```
//!
//! # Substitution
//!
//! Inside string values, and nowhere else:
//!
//! | Written | Becomes |
//! |---|---|
//! | `${NAME}` | the variable; an error when it is not set |
//! | `${NAME:-text}` | the variable, or `text` when it is not set or empty |
//! | `${file:/run/secrets/key}` | the content of that file, surrounding white space removed |
//! | `$${` | a literal `${` |
//!
//! The replacement is never parsed as YAML or TOML, so no value of the environment can change
//! the shape of the configuration. Where the target type asks for a number or a boolean, the
//! replaced text is read as one; `port: ${PORT}` works, `port: "80"` stays an error.
//!
//! # What this crate is not
//!
//! It knows no component and no setting: those types live with the components. It does not
//! watch files and does not merge several of them.
//!
//! # Invariant
//!
//! What came from the environment or from a secret file appears in no error and no `Debug`
//! output; a line that is shown has the values of secret-looking keys hidden.

mod de;
mod diagnose;
mod env;
mod error;
mod interpolate;
mod load;
mod path;
mod read;
mod redact;
mod secret;
mod source;
pub mod suggest;
mod tree;

pub use diagnose::{Diagnostic, Excerpt};
pub use env::{Env, EnvError};
pub use error::ConfigError;
pub use load::{Format, Loaded, MAX_BYTES, load_file, load_str};
pub use secret::Secret;
pub use tree::Position;
