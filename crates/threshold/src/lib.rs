//! The committee's distributed key.
