//! The list of models: the plain one, and one for everything that can be told.

use airside_schema::{Fault, FaultKind};
use airside_wire::Writer;

use super::Refused;
use super::control::Control;
use super::produced::Produced;

const MODELS: [&str; 6] = [
    "echo",
    "echo-status-503",
    "echo-delay-500",
    "echo-slow-50",
    "echo-cut-3",
    "echo-retry-after-2",
];

/// The list.
pub(super) fn list() -> Produced {
    let mut out = Writer::new();
    out.begin_object();
    out.field_string("object", "list");
    out.open_array("data");
    for id in MODELS {
        model(&mut out, id);
    }
    out.end_array();
    out.end_object();
    Produced::Json(out.into_bytes())
}

/// One model, if its name means something.
pub(super) fn get(id: &str) -> Result<Produced, Refused> {
    let known = id == "echo" || (id.starts_with("echo-") && Control::parse(id).is_ok());
    if !known {
        let message = "the echo upstream has no such model; GET /v1/models lists those it has";
        return Err(Box::new(Fault::new(FaultKind::NotFound, message)));
    }
    let mut out = Writer::new();
    model(&mut out, id);
    Ok(Produced::Json(out.into_bytes()))
}

fn model(out: &mut Writer, id: &str) {
    out.begin_object();
    out.field_string("id", id);
    out.field_string("object", "model");
    out.field_u64("created", 0);
    out.field_string("owned_by", "echo");
    out.end_object();
}
