//! Writes frames.

/// Appends a frame with a payload: one `data: ` line per line of it, then a blank line.
///
/// CR and CRLF in the payload count as line ends too; a reader gets LF.
pub fn write_data(out: &mut Vec<u8>, data: &str) {
    out.reserve(data.len() + b"data: \n\n".len());
    let mut rest = data;
    loop {
        let end = memchr::memchr2(b'\n', b'\r', rest.as_bytes());
        let (line, after) = rest.split_at(end.unwrap_or(rest.len()));
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
        if end.is_none() {
            break;
        }
        rest = after.strip_prefix("\r\n").or_else(|| after.get(1..)).unwrap_or_default();
    }
    out.push(b'\n');
}

/// Appends a frame with an event type and a payload.
///
/// An event type is one line: line ends in it are left out, so that it cannot forge a frame.
pub fn write_event(out: &mut Vec<u8>, event: &str, data: &str) {
    out.extend_from_slice(b"event: ");
    out.extend(event.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')));
    out.push(b'\n');
    write_data(out, data);
}
