//! Model names that also name a provider: `@provider/model` and `provider/model`.
//!
//! For clients that can set nothing but the model. Not a catalog: whether the
//! provider has the model is for it to say. Invariant: a name that is not
//! clearly of one of the two forms is left as it is.

use std::sync::Arc;

use crate::error::ModelNameError;
use crate::registry::Registry;
use crate::spec::ProviderSpec;

/// Prefixes of model names that look like providers and are not: Cloudflare
/// Workers AI calls its models `@cf/…` and `@hf/…`
/// (<https://developers.cloudflare.com/workers-ai/models/>).
const MODEL_PREFIXES: [&str; 2] = ["cf", "hf"];

/// A model name taken apart.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ModelName<'a> {
    /// The provider the name begins with, if it does.
    pub provider: Option<Arc<ProviderSpec>>,
    /// What the provider calls the model.
    pub model: &'a str,
}

/// Takes a model name apart.
///
/// `@provider/model` always means a provider. `provider/model` does only if
/// the part before the first slash is the id or an alias of one, since many
/// model names hold a slash. Meant for calls that name no provider in any other
/// way: to a provider chosen by header the whole name goes as it is.
///
/// # Errors
///
/// If a name that begins with `@` names no known provider or no model.
pub fn parse<'a>(name: &'a str, registry: &Registry) -> Result<ModelName<'a>, ModelNameError> {
    let plain = ModelName { provider: None, model: name };
    let Some(explicit) = name.strip_prefix('@') else {
        let found = name.split_once('/').and_then(|(prefix, model)| {
            let provider = registry.get(prefix).filter(|_| !model.is_empty())?;
            Some(ModelName { provider: Some(Arc::clone(provider)), model })
        });
        return Ok(found.unwrap_or(plain));
    };
    let (prefix, model) = explicit.split_once('/').unwrap_or((explicit, ""));
    if MODEL_PREFIXES.contains(&prefix) {
        return Ok(plain);
    }
    let provider = registry.get(prefix).ok_or_else(|| ModelNameError::UnknownProvider {
        name: prefix.into(),
        suggestion: registry.suggest(prefix).map(Into::into),
    })?;
    if model.is_empty() {
        return Err(ModelNameError::NoModel { provider: prefix.into() });
    }
    Ok(ModelName { provider: Some(Arc::clone(provider)), model })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_taken_off_only_where_one_is_meant() {
        let cases = [
            ("gpt-4o-mini", None, "gpt-4o-mini"),
            ("@openai/gpt-4o-mini", Some("openai"), "gpt-4o-mini"),
            ("openai/gpt-4o-mini", Some("openai"), "gpt-4o-mini"),
            ("together_ai/meta-llama/Llama-3", Some("together-ai"), "meta-llama/Llama-3"),
            ("@openrouter/openai/gpt-4o", Some("openrouter"), "openai/gpt-4o"),
            ("meta-llama/Llama-3", None, "meta-llama/Llama-3"),
            ("accounts/fireworks/models/x", None, "accounts/fireworks/models/x"),
            ("openai/", None, "openai/"),
            ("/openai", None, "/openai"),
            ("OpenAI/x", None, "OpenAI/x"),
            ("@cf/meta/llama-3", None, "@cf/meta/llama-3"),
            ("@hf/thebloke/x", None, "@hf/thebloke/x"),
            ("", None, ""),
        ];
        let registry = Registry::builtin();
        for (name, provider, model) in cases {
            let found = parse(name, &registry).unwrap();
            assert_eq!(found.provider.as_ref().map(|p| &*p.id), provider, "{name}");
            assert_eq!(found.model, model, "{name}");
        }
    }

    #[test]
    fn an_explicit_name_that_leads_nowhere_is_an_error() {
        let cases = [
            ("@opnai/gpt-4o", "model: there is no provider `opnai`; did you mean `openai`?"),
            ("@", "model: there is no provider ``"),
            ("@/x", "model: there is no provider ``"),
            ("@zzzzzzzz/x", "model: there is no provider `zzzzzzzz`"),
            ("@openai", "model: `@openai` names no model; write `@openai/MODEL`"),
            ("@openai/", "model: `@openai` names no model; write `@openai/MODEL`"),
        ];
        let registry = Registry::builtin();
        for (name, message) in cases {
            assert_eq!(parse(name, &registry).unwrap_err().to_string(), message, "{name}");
        }
    }
}
