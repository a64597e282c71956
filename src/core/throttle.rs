//! How fast and how many at once a client may ask.
