//! The proving plan: a listing that can show that it is whole.
