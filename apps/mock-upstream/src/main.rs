//! To come. 
fn main() {}
