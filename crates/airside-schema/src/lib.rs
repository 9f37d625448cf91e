//! The unified schema: messages, events and their laws, edits, loss, faults, codec traits.
