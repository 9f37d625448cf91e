//! Puts a provider's credentials and own headers on an upstream request.
//!
//! Does not look for keys (see [`credentials`](crate::credentials)) and removes
//! nothing: it sets the headers a row names and leaves all others alone.
//! Invariant: a value that cannot stand in a header is an error that does not
//! repeat the value; values with a key are marked sensitive.

use http::{HeaderMap, HeaderValue, Uri};

use crate::error::AuthError;
use crate::secret::Secret;
use crate::spec::{AuthScheme, ProviderSpec};

/// Shows the provider who is calling, in the way its row says.
///
/// Without a key nothing happens. With [`AuthScheme::Query`] the URL holds the
/// key afterwards and must not be logged.
pub fn authorize(
    spec: &ProviderSpec,
    key: Option<&Secret>,
    headers: &mut HeaderMap,
    uri: &mut Uri,
) -> Result<(), AuthError> {
    let Some(key) = key else { return Ok(()) };
    match &spec.auth {
        AuthScheme::Bearer => {
            let value = key_value(spec, &format!("Bearer {}", key.expose()))?;
            headers.insert(http::header::AUTHORIZATION, value);
        }
        AuthScheme::Header(name) => {
            headers.insert(name.clone(), key_value(spec, key.expose())?);
        }
        AuthScheme::Query(name) => *uri = with_query(spec, uri, name, key)?,
        AuthScheme::None => {}
    }
    Ok(())
}

/// Sets the headers every request to the provider carries, then those that come
/// from options of the call.
///
/// `option` looks an option up by its name in snake case. An empty option
/// counts as not given.
pub fn add_headers<'a>(
    spec: &ProviderSpec,
    option: impl Fn(&str) -> Option<&'a str>,
    headers: &mut HeaderMap,
) -> Result<(), AuthError> {
    for (name, value) in &spec.headers {
        headers.insert(name.clone(), value.clone());
    }
    for known in &spec.options {
        let Some(text) = option(&known.option).filter(|text| !text.is_empty()) else { continue };
        let mut value = header_value(text)
            .ok_or_else(|| AuthError::BadOption { option: known.option.clone() })?;
        value.set_sensitive(true); // Some options are half a credential.
        headers.insert(known.header.clone(), value);
    }
    Ok(())
}

fn key_value(spec: &ProviderSpec, text: &str) -> Result<HeaderValue, AuthError> {
    let mut value =
        header_value(text).ok_or_else(|| AuthError::BadKey { provider: spec.id.clone() })?;
    value.set_sensitive(true);
    Ok(value)
}

/// A header value of printable ASCII and spaces. [`HeaderValue`] itself would
/// let other bytes pass, which servers read in different ways.
pub(crate) fn header_value(text: &str) -> Option<HeaderValue> {
    let printable = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    HeaderValue::from_str(text).ok().filter(|_| printable)
}

fn with_query(spec: &ProviderSpec, uri: &Uri, name: &str, key: &Secret) -> Result<Uri, AuthError> {
    let mut text = uri.to_string();
    text.push(if uri.query().is_some() { '&' } else { '?' });
    text.push_str(name);
    text.push('=');
    text.extend(url::form_urlencoded::byte_serialize(key.expose().as_bytes()));
    Uri::try_from(text).map_err(|_| AuthError::UrlTooLong { provider: spec.id.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table;

    fn spec(auth: &str) -> ProviderSpec {
        let text = format!(
            "[provider.x]\nauth = {auth}\nheaders = {{ x-version = \"2\" }}\n\
             credential_headers = {{ x_version = \"X-Version\", x_project = \"X-Project\" }}"
        );
        table::parse(&text).unwrap().remove(0)
    }

    #[test]
    fn the_key_goes_where_the_row_says_and_nothing_else_changes() {
        let before = "https://a.example/x?a=1";
        let cases = [
            ("\"bearer\"", Some("authorization: Bearer k-1+/="), before),
            ("{ header = \"x-api-key\" }", Some("x-api-key: k-1+/="), before),
            ("{ query = \"key\" }", None, "https://a.example/x?a=1&key=k-1%2B%2F%3D"),
            ("\"none\"", None, before),
        ];
        for (auth, header, after) in cases {
            let mut headers = HeaderMap::new();
            headers.insert("x-mine", HeaderValue::from_static("kept"));
            let mut uri = Uri::from_static(before);
            authorize(&spec(auth), Some(&"k-1+/=".into()), &mut headers, &mut uri).unwrap();
            assert_eq!(headers.remove("x-mine").unwrap(), "kept");
            let sent: Vec<_> =
                headers.iter().map(|(n, v)| format!("{n}: {}", v.to_str().unwrap())).collect();
            assert_eq!(sent.first().map(String::as_str), header, "{auth}");
            assert_eq!(uri.to_string(), after, "{auth}");
        }
    }

    #[test]
    fn a_key_in_a_header_is_not_shown_by_debug() {
        let mut headers = HeaderMap::new();
        let mut uri = Uri::from_static("https://a.example/");
        authorize(&spec("\"bearer\""), Some(&"k-secret".into()), &mut headers, &mut uri).unwrap();
        assert!(!format!("{headers:?}").contains("k-secret"));
    }

    #[test]
    fn a_key_cannot_inject_a_header() {
        for auth in ["\"bearer\"", "{ header = \"x-api-key\" }"] {
            for key in ["k-secret\r\nx-evil: 1", "k-secret\n", "k-secret\0", "k-secret\u{e9}"] {
                let mut headers = HeaderMap::new();
                let mut uri = Uri::from_static("https://a.example/");
                let error =
                    authorize(&spec(auth), Some(&key.into()), &mut headers, &mut uri).unwrap_err();
                assert_eq!(error, AuthError::BadKey { provider: "x".into() });
                assert!(!format!("{error} {error:?}").contains("k-secret"));
                assert!(headers.is_empty());
            }
        }
    }

    #[test]
    fn no_key_sends_nothing() {
        let mut headers = HeaderMap::new();
        let mut uri = Uri::from_static("https://a.example/");
        authorize(&spec("\"bearer\""), None, &mut headers, &mut uri).unwrap();
        assert!(headers.is_empty());
    }

    #[test]
    fn an_option_of_the_call_replaces_the_header_of_the_row() {
        let cases = [(None, "2"), (Some(""), "2"), (Some("3"), "3")];
        for (given, sent) in cases {
            let mut headers = HeaderMap::new();
            let option = |name: &str| if name == "x_version" { given } else { None };
            add_headers(&spec("\"none\""), option, &mut headers).unwrap();
            assert_eq!(headers["x-version"], sent);
            assert!(!headers.contains_key("x-project"));
        }
    }

    #[test]
    fn an_option_cannot_inject_a_header() {
        let mut headers = HeaderMap::new();
        let error = add_headers(&spec("\"none\""), |_| Some("a\r\nx-evil: 1"), &mut headers);
        assert_eq!(error, Err(AuthError::BadOption { option: "x_project".into() }));
        assert!(!headers.contains_key("x-evil"));
    }
}
