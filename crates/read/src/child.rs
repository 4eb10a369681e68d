//! Reading in a child process of the same binary.
//!
//! The child limits its own memory and CPU time; the parent watches the clock. However the child
//! ends, the run goes on: no complete answer is a refused file whose finding says why.

use std::io::Read as _;
use std::os::fd::AsFd as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rlimit::Resource;

use crate::limits::Limits;
use crate::refusal::Refusal;
use crate::{ReadError, ReadOutcome, read_here, transfer};

/// The child was called with arguments it does not understand.
const WRONG_USE: u8 = 2;

/// The child could not open the file.
const CANNOT_OPEN: u8 = 3;

/// What is kept of the child's complaints.
const COMPLAINTS: u64 = 64 << 10;

/// Reads a file in a child process, `program read-child PATH LIMITS`. Blocks until it is done;
/// never longer than the limit.
pub fn read_in_child(
    program: &Path,
    path: &Path,
    limits: &Limits,
) -> Result<ReadOutcome, ReadError> {
    // Cheap, and tells a missing file from one the child could not cope with.
    if let Err(source) = std::fs::File::open(path) {
        return Err(ReadError::Open {
            path: path.to_owned(),
            source,
        });
    }
    let failed = |source| ReadError::Child {
        program: program.to_owned(),
        source,
    };
    let settings = serde_json::to_string(limits).map_err(|error| failed(error.into()))?;
    // The child needs nothing of the environment, and secrets may be in it.
    let mut child = Command::new(program)
        .arg("read-child")
        .arg(path)
        .arg(settings)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;

    let complaints = listen(&mut child);
    let Some(answer) = receive(&mut child, limits) else {
        stop(&mut child).map_err(failed)?;
        return Ok(ReadOutcome::refused(Refusal::over(
            "timed_out",
            limits.seconds,
        )));
    };
    if let Ok(outcome) = answer {
        // The answer is complete; what is left is the end of the process.
        stop(&mut child).map_err(failed)?;
        return Ok(outcome);
    }
    let status = end(&mut child).map_err(failed)?;
    let complaints = complaints
        .and_then(|thread| thread.join().ok())
        .unwrap_or_default();
    if status.code() == Some(i32::from(CANNOT_OPEN)) {
        return Err(ReadError::Open {
            path: path.to_owned(),
            source: std::io::Error::other(complaints.trim().to_owned()),
        });
    }
    if status.code() == Some(i32::from(WRONG_USE)) {
        return Err(failed(std::io::Error::other(complaints.trim().to_owned())));
    }
    Ok(ReadOutcome::refused(cause(status, &complaints, limits)))
}

/// What the hidden command `read-child PATH LIMITS` does: limits itself, reads the file and writes
/// the outcome to standard output.
pub fn child_main(path: &Path, limits_json: &str) -> ExitCode {
    let limits: Limits = match serde_json::from_str(limits_json) {
        Ok(limits) => limits,
        Err(error) => {
            eprintln!("limits: {error}");
            return ExitCode::from(WRONG_USE);
        }
    };
    // A panic of a library is an outcome, not something to print.
    std::panic::set_hook(Box::new(|_| {}));
    if let Err(error) = restrict(&limits) {
        eprintln!("cannot limit this process: {error}");
        return ExitCode::from(WRONG_USE);
    }
    let outcome = match read_here(path, &limits) {
        Ok(outcome) => outcome,
        Err(ReadError::Open { source, .. } | ReadError::Child { source, .. }) => {
            eprintln!("{source}");
            return ExitCode::from(CANNOT_OPEN);
        }
    };
    let written = std::io::stdout()
        .as_fd()
        .try_clone_to_owned()
        .and_then(|fd| transfer::write(&outcome, &mut std::fs::File::from(fd)));
    // The process ends here; giving back every string one by one would only take time.
    std::mem::forget(outcome);
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn restrict(limits: &Limits) -> std::io::Result<()> {
    let lower = |resource: Resource, soft: u64, hard: u64| -> std::io::Result<()> {
        let (_, present) = resource.get()?;
        resource.set(soft.min(present), hard.min(present))
    };
    lower(Resource::AS, limits.memory_bytes, limits.memory_bytes)?;
    // The signal of the soft limit says what happened; the hard one only kills.
    let seconds = limits.seconds.max(1);
    lower(Resource::CPU, seconds, seconds.saturating_add(1))?;
    lower(Resource::CORE, 0, 0)
}

fn listen(child: &mut Child) -> Option<thread::JoinHandle<String>> {
    let stderr = child.stderr.take()?;
    Some(thread::spawn(move || {
        let mut text = Vec::new();
        // Broken complaints are complaints too.
        let _ = stderr.take(COMPLAINTS).read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    }))
}

/// The child's answer, or `None` when time is up.
fn receive(child: &mut Child, limits: &Limits) -> Option<std::io::Result<ReadOutcome>> {
    let Some(mut stdout) = child.stdout.take() else {
        return Some(Err(std::io::Error::other("no standard output")));
    };
    let (sender, receiver) = mpsc::channel();
    let bounds = limits.clone();
    thread::spawn(move || {
        // When time is up nobody listens any more.
        let _ = sender.send(transfer::read(&mut stdout, &bounds));
    });
    match receiver.recv_timeout(Duration::from_secs(limits.seconds.max(1))) {
        Ok(answer) => Some(answer),
        Err(mpsc::RecvTimeoutError::Timeout) => None,
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Some(Err(std::io::Error::other("the answer was lost")))
        }
    }
}

/// Waits for a child that has no more to say; one that lingers is ended.
fn end(child: &mut Child) -> std::io::Result<ExitStatus> {
    for _ in 0..200 {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        thread::sleep(Duration::from_millis(5));
    }
    stop(child)
}

fn stop(child: &mut Child) -> std::io::Result<ExitStatus> {
    child.kill()?;
    child.wait()
}

fn cause(status: ExitStatus, complaints: &str, limits: &Limits) -> Refusal {
    /// Sent to a process that has used up its CPU time.
    const SIGXCPU: i32 = 24;
    if status.signal() == Some(SIGXCPU) {
        return Refusal::over("timed_out", limits.seconds);
    }
    if complaints.contains("memory allocation of") {
        return Refusal::over("out_of_memory", format!("{} bytes", limits.memory_bytes));
    }
    let end = match (status.signal(), status.code()) {
        (Some(signal), _) => format!("signal {signal}"),
        (None, Some(code)) => format!("exit code {code}"),
        (None, None) => "unknown".to_owned(),
    };
    Refusal::new("crashed").fact("end", end)
}
