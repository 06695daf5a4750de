//! A program under test: what it says is kept, every wait for it has a bound, and it never
//! outlives its test.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::PATIENCE;

/// Settings of the surroundings that a test must not inherit.
const VARIABLES: &str = "CHAT_SECURE_";

/// A running child.
pub(crate) struct Process {
    pid: Pid,
    state: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Default)]
struct State {
    stdout: Vec<String>,
    stderr: Vec<String>,
    /// How many of the two streams have ended.
    ended: usize,
    status: Option<ExitStatus>,
}

/// What a program that came to its end has said.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    /// Standard output of a program that succeeded.
    #[track_caller]
    pub(crate) fn success(self) -> String {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self.stdout
    }

    /// Standard error of a program that failed with this code, one it chose.
    #[track_caller]
    pub(crate) fn failure(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self.stderr
    }
}

/// A command in this folder, with cheap hashes, and without the settings of whoever runs the test.
pub(crate) fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    let inherited = std::env::vars_os().map(|(name, _)| name);
    for name in inherited.filter(|name| name.to_string_lossy().starts_with(VARIABLES)) {
        command.env_remove(name);
    }
    command
        .current_dir(folder)
        .env("HOME", folder)
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_STATE_HOME")
        .env("CHAT_SECURE_ARGON2_MEMORY_KIB", "64")
        .env("CHAT_SECURE_ARGON2_PASSES", "1")
        // Its port is a fixed one; a test of the web asks for one of its own.
        .env("CHAT_SECURE_LISTEN_WEB", "")
        .stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub(crate) fn run<S: AsRef<OsStr>>(command: &mut Command, args: &[S], stdin: &str) -> Finished {
    let mut child = command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut pipe = child.stdin.take().unwrap();
    // A program that ends without reading closes the pipe: that is its right.
    drop(pipe.write_all(stdin.as_bytes()));
    drop(pipe);
    let process = Process::watch(child);
    let code = process.wait(PATIENCE).code();
    let state = process.state.0.lock().unwrap();
    Finished { code, stdout: state.stdout.join("\n"), stderr: state.stderr.join("\n") }
}

impl Process {
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        Self::watch(child.unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    fn watch(mut child: std::process::Child) -> Self {
        let pid = Pid::from_child(&child);
        let state: Arc<(Mutex<State>, Condvar)> = Arc::default();
        keep(child.stdout.take().unwrap(), &state, |state| &mut state.stdout);
        keep(child.stderr.take().unwrap(), &state, |state| &mut state.stderr);
        let watched = Arc::clone(&state);
        thread::spawn(move || {
            let status = child.wait().unwrap();
            watched.0.lock().unwrap().status = Some(status);
            watched.1.notify_all();
        });
        Self { pid, state }
    }

    /// What the function finds in standard output, as soon as it does.
    #[track_caller]
    pub(crate) fn until<T>(&self, what: &str, find: impl Fn(&[String]) -> Option<T>) -> T {
        self.wait_for(what, PATIENCE, |state| find(&state.stdout).map(Ok).or_else(|| state.gone()))
    }

    /// What the function finds in standard error, as soon as it does.
    #[track_caller]
    pub(crate) fn until_logged<T>(&self, what: &str, find: impl Fn(&[String]) -> Option<T>) -> T {
        self.wait_for(what, PATIENCE, |state| find(&state.stderr).map(Ok).or_else(|| state.gone()))
    }

    /// Its status, once it has ended and all it said is there.
    #[track_caller]
    pub(crate) fn wait(&self, patience: Duration) -> ExitStatus {
        self.wait_for("its end", patience, |state| state.status.filter(|_| state.ended == 2).map(Ok))
    }

    #[allow(dead_code, reason = "for some of the tests")]
    pub(crate) fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Standard error so far.
    #[allow(dead_code, reason = "for some of the tests")]
    pub(crate) fn logged(&self) -> String {
        self.state.0.lock().unwrap().stderr.join("\n")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        // While the status is unknown the id can belong to nobody else.
        let state = self.state.0.lock().unwrap();
        if state.status.is_none() {
            kill_process(self.pid, signal).unwrap();
        }
    }

    #[track_caller]
    fn wait_for<T>(
        &self,
        what: &str,
        patience: Duration,
        mut find: impl FnMut(&State) -> Option<Result<T, String>>,
    ) -> T {
        let deadline = Instant::now() + patience;
        let mut state = self.state.0.lock().unwrap();
        let problem = loop {
            match find(&state) {
                Some(Ok(found)) => return found,
                Some(Err(problem)) => break problem,
                None => {}
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break format!("not within {patience:?}");
            }
            state = self.state.1.wait_timeout(state, left).unwrap().0;
        };
        let said = state.transcript();
        drop(state);
        panic!("waited for {what}: {problem}\n{said}");
    }
}

impl State {
    /// Nothing more will come.
    fn gone<T>(&self) -> Option<Result<T, String>> {
        let status = self.status.filter(|_| self.ended == 2)?;
        Some(Err(format!("it ended before ({status})")))
    }

    fn transcript(&self) -> String {
        format!("--- stdout\n{}\n--- stderr\n{}", self.stdout.join("\n"), self.stderr.join("\n"))
    }
}

/// Kills what still runs, and shows what it said when the test failed.
impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        if thread::panicking() {
            eprintln!("{}", self.state.0.lock().unwrap().transcript());
        }
    }
}

fn keep(
    stream: impl Read + Send + 'static,
    state: &Arc<(Mutex<State>, Condvar)>,
    lines: fn(&mut State) -> &mut Vec<String>,
) {
    let state = Arc::clone(state);
    thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            let Ok(line) = line else { break };
            lines(&mut state.0.lock().unwrap()).push(line);
            state.1.notify_all();
        }
        state.0.lock().unwrap().ended += 1;
        state.1.notify_all();
    });
}
