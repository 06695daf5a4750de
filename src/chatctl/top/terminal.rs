//! The terminal of `chatctl top`, taken over and given back.

use std::io::{self, Write as _};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::style::{Attribute, Color, Print, ResetColor, SetAttribute, SetForegroundColor};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use crossterm::{execute, queue};

use super::screen::{Line, Tone};

/// The whole of it; dropping it gives it back, in a panic as well.
pub(super) struct Terminal {
    has_colors: bool,
}

impl Terminal {
    pub(super) fn open() -> io::Result<Self> {
        let terminal = Self { has_colors: std::env::var_os("NO_COLOR").is_none() };
        enable_raw_mode()?;
        execute!(io::stdout(), EnterAlternateScreen, Hide)?;
        Ok(terminal)
    }

    /// Shows these lines for a terminal of so many columns and rows, all at once where it knows how.
    pub(super) fn draw(&mut self, lines: impl FnOnce((usize, usize)) -> Vec<Line>) -> io::Result<()> {
        let (columns, rows) = size().unwrap_or((80, 24));
        let lines = lines((usize::from(columns), usize::from(rows)));
        let mut out = io::stdout().lock();
        queue!(out, BeginSynchronizedUpdate)?;
        for (row, line) in (0..rows).zip(&lines) {
            queue!(out, MoveTo(0, row))?;
            for (tone, text) in line {
                self.set(&mut out, *tone)?;
                queue!(out, Print(text), SetAttribute(Attribute::Reset), ResetColor)?;
            }
            queue!(out, Clear(ClearType::UntilNewLine))?;
        }
        let below = u16::try_from(lines.len()).unwrap_or(rows);
        if below < rows {
            queue!(out, MoveTo(0, below), Clear(ClearType::FromCursorDown))?;
        }
        queue!(out, EndSynchronizedUpdate)?;
        out.flush()
    }

    fn set(&self, out: &mut impl io::Write, tone: Tone) -> io::Result<()> {
        match tone {
            Tone::Plain => Ok(()),
            Tone::Label => queue!(out, SetAttribute(Attribute::Dim)),
            Tone::Title => queue!(out, SetAttribute(Attribute::Bold)),
            Tone::Alert if self.has_colors => {
                queue!(out, SetAttribute(Attribute::Bold), SetForegroundColor(Color::Red))
            }
            Tone::Alert => queue!(out, SetAttribute(Attribute::Reverse)),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // There is nobody left to tell.
        drop(execute!(io::stdout(), SetAttribute(Attribute::Reset), Show, LeaveAlternateScreen));
        drop(disable_raw_mode());
    }
}
