//! Load tool.
