//! The `channelflow` command.

fn main() {}
