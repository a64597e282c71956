//! The core and the emulator, driven as a program would drive them.

mod answer;
mod json;
