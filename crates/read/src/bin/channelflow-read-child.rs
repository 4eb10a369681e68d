//! The child process of `read_in_child` alone, for tests and measurements of this crate: the program
//! proper has the same hidden command.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.as_slice() {
        [_, command, path, limits] if command == "read-child" => {
            channelflow_read::child_main(Path::new(path), limits)
        }
        _ => {
            eprintln!("usage: channelflow-read-child read-child PATH LIMITS");
            ExitCode::from(2)
        }
    }
}
