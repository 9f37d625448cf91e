//! One in-flight call: call, reply, error, context, clock, spawner.
