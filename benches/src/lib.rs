//! What measures Airside: [`load`], the load tool, and [`passthrough`], the bare proxy its
//! figures are compared with; and what plays recorded traffic through it: [`replay`]. The micro
//! benches lie in `benches/`.
//!
//! Nothing here is part of the gateway, and the gateway is measured from outside only: as a
//! process with a port. How to run the tool and read its table is told in `README.md`.

pub mod load;
pub mod passthrough;
pub mod replay;
