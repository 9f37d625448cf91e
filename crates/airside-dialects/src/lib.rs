//! Implementations of the codec traits, one folder per wire format.
