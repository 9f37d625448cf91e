//! `data:` URLs (RFC 2397), as callers put images and files into requests.
//!
//! Not a URL parser: everything that does not begin with `data:` is somebody
//! else's. Base64 data is passed on as it stands and never decoded.

use airside_wire::Str;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The parts of a `data:` URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DataUrl {
    /// The media type without parameters; `text/plain` if the URL names none.
    pub(crate) media_type: Str,
    /// The data in base64.
    pub(crate) data: Str,
}

/// Splits a `data:` URL; `None` if the text is not one. Data that is not in
/// base64 is percent-decoded and put into base64.
pub(crate) fn parse(url: &Str) -> Option<DataUrl> {
    let scheme = url.get(..5)?;
    if !scheme.eq_ignore_ascii_case("data:") {
        return None;
    }
    let (head, data) = url.get(5..)?.split_once(',')?;
    let mut parameters = head.split(';');
    let media_type = match parameters.next().map(str::trim) {
        None | Some("") => Str::from_static("text/plain"),
        Some(name) => url.slice_ref(name),
    };
    let is_base64 = parameters.any(|name| name.trim().eq_ignore_ascii_case("base64"));
    let data = if is_base64 {
        url.slice_ref(data)
    } else {
        Str::from(STANDARD.encode(percent_decode(data)))
    };
    Some(DataUrl { media_type, data })
}

/// Writes a `data:` URL.
pub(crate) fn format(media_type: &str, data: &str) -> String {
    let mut url = String::with_capacity(media_type.len() + data.len() + 13);
    url.push_str("data:");
    url.push_str(media_type);
    url.push_str(";base64,");
    url.push_str(data);
    url
}

/// The text that base64 data holds, if it is text.
pub(crate) fn decode_text(data: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(data.trim()).ok()?).ok()
}

fn percent_decode(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let digits = (byte == b'%').then(|| Some((hex(ahead.next()?)?, hex(ahead.next()?)?)));
        if let Some(Some((high, low))) = digits {
            out.push(high << 4 | low);
            bytes = ahead;
        } else {
            out.push(byte);
        }
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `media type|data`
    fn parts(url: &str) -> Option<String> {
        parse(&Str::from(url)).map(|url| format!("{}|{}", url.media_type, url.data))
    }

    #[test]
    fn base64_data_is_passed_on_as_it_stands() {
        assert_eq!(parts("data:image/png;base64,iVBO Rw=="), Some("image/png|iVBO Rw==".into()));
        assert_eq!(parts("DATA:image/png;name=a;BASE64,AA=="), Some("image/png|AA==".into()));
    }

    #[test]
    fn other_data_is_put_into_base64() {
        assert_eq!(parts("data:,Hello%2C%20you%"), Some("text/plain|SGVsbG8sIHlvdSU=".into()));
        assert_eq!(parts("data:text/html;charset=utf-8,%zz"), Some("text/html|JXp6".into()));
    }

    #[test]
    fn other_urls_are_not_data_urls() {
        for url in ["https://example.com/a.png", "data:", "data:image/png;base64", "", "dät"] {
            assert_eq!(parts(url), None, "{url}");
        }
    }

    #[test]
    fn a_written_url_reads_back() {
        let url = super::format("application/pdf", "JVBERi0=");
        assert_eq!(parts(&url), Some("application/pdf|JVBERi0=".into()));
    }

    #[test]
    fn only_text_is_decoded_to_text() {
        assert_eq!(decode_text("Z3LDvG4=").as_deref(), Some("grün"));
        assert_eq!(decode_text("/w=="), None);
    }
}
