//! Where the access token comes from: fixed, called for, or fetched.
