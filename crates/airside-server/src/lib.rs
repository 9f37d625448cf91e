//! Listener, routes, edge codecs, composition, drain.
