//! The command line, over core and emulator.
