//! The line editor: a prompt, what is typed, and what is printed above it.
//!
//! It blocks, and so does printing through it, so each has a thread of its own; neither is waited
//! for at the end.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::termios::{self, OptionalActions, Termios};
use rustyline::error::ReadlineError;
use rustyline::{Config, DefaultEditor, ExternalPrinter};
use tokio::sync::mpsc;
use unicode_width::UnicodeWidthStr as _;

const INPUT_HISTORY_LEN: usize = 500;
/// Lines typed ahead of a prompt: one, because there is one prompt.
const TYPED_LEN_MAX: usize = 1;
const PRINTS_LEN_MAX: usize = 16;

/// What came from the keyboard.
pub(super) enum Typed {
    Line(String),
    Interrupt,
    End,
}

/// The editor. It waits for a prompt before each line.
pub(super) struct Keyboard {
    /// What was typed.
    pub(super) typed: mpsc::Receiver<Typed>,
    /// What to print, with line ends. What comes in the moment after a line was typed waits for
    /// the next prompt.
    pub(super) prints: mpsc::Sender<String>,
    prompts: mpsc::Sender<String>,
    /// Whether what is said comes back at once, so that it need not stand there twice.
    pub(super) echoes: Arc<AtomicBool>,
}

impl Keyboard {
    pub(super) fn start() -> rustyline::Result<Self> {
        let config = Config::builder().max_history_size(INPUT_HISTORY_LEN)?.auto_add_history(true).build();
        let mut editor = DefaultEditor::with_config(config)?;
        // None where the terminal can't move its cursor: what comes stands where the cursor is.
        let mut printer = editor.create_external_printer().ok();
        let can_erase = printer.is_some();
        let (typed_in, typed) = mpsc::channel(TYPED_LEN_MAX);
        let (prompts, mut prompts_out) = mpsc::channel::<String>(1);
        let (prints, mut prints_out) = mpsc::channel::<String>(PRINTS_LEN_MAX);
        let echoes = Arc::new(AtomicBool::new(false));
        let echoed = Arc::clone(&echoes);
        std::thread::spawn(move || {
            while let Some(prompt) = prompts_out.blocking_recv() {
                let typed = read_line(&mut editor, &prompt);
                if let Typed::Line(line) = &typed
                    && can_erase
                    && echoed.load(Ordering::Relaxed)
                {
                    erase(&prompt, line);
                }
                if typed_in.blocking_send(typed).is_err() {
                    return;
                }
            }
        });
        std::thread::spawn(move || {
            while let Some(text) = prints_out.blocking_recv() {
                // A terminal that is gone ends the input, and with it the program.
                match &mut printer {
                    Some(printer) => drop(printer.print(text)),
                    None => print_plainly(&text),
                }
            }
        });
        Ok(Self { typed, prints, prompts, echoes })
    }

    /// Asks for the next line. One prompt at a time: a second one finds no room and is not needed.
    pub(super) fn prompt(&self, prompt: String) {
        self.prompts.try_send(prompt).ok();
    }
}

fn print_plainly(text: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).ok();
}

fn read_line(editor: &mut DefaultEditor, prompt: &str) -> Typed {
    match editor.readline(prompt) {
        Ok(line) => Typed::Line(line),
        Err(ReadlineError::Interrupted) => Typed::Interrupt,
        Err(_) => Typed::End,
    }
}

/// Takes back the rows of what was said: its echo, with time and name, follows.
fn erase(prompt: &str, line: &str) {
    if line.is_empty() || line.starts_with('/') {
        return;
    }
    let Ok(size) = termios::tcgetwinsize(std::io::stdout()) else { return };
    let columns = usize::from(size.ws_col).max(1);
    // What was pasted may have lines of its own; the prompt stands before the first.
    let width = |(index, row): (usize, &str)| row.width() + if index == 0 { prompt.width() } else { 0 };
    let rows: usize = line.split('\n').enumerate().map(|row| width(row) / columns + 1).sum();
    let mut out = std::io::stdout().lock();
    write!(out, "\x1b[{rows}A\x1b[J").and_then(|()| out.flush()).ok();
}

/// How the terminal was before: the editor's thread may be in the middle of a line at the end.
pub(super) struct Saved(Option<Termios>);

impl Saved {
    pub(super) fn now() -> Self {
        Self(termios::tcgetattr(std::io::stdin()).ok())
    }

    pub(super) fn restore(self, below_prompt: bool) {
        if let Some(saved) = self.0 {
            termios::tcsetattr(std::io::stdin(), OptionalActions::Now, &saved).ok();
        }
        if below_prompt {
            let mut out = std::io::stdout().lock();
            writeln!(out).and_then(|()| out.flush()).ok();
        }
    }
}
