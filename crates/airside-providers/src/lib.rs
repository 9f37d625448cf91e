//! Providers as data: table, credentials, negotiation.
