//! Progress: a line on the terminal that counts, and nothing anywhere else.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The line is drawn anew at most this often.
const INTERVAL: Duration = Duration::from_millis(80);

/// Counts steps; shared by all threads.
#[derive(Clone, Debug, Default)]
pub struct Progress(Option<Arc<Line>>);

#[derive(Debug)]
struct Line {
    done: AtomicUsize,
    drawn: std::sync::Mutex<Instant>,
}

impl Progress {
    /// Draws when standard error is a terminal.
    pub fn terminal() -> Progress {
        let shown = std::io::stderr().is_terminal()
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Progress(shown.then(|| {
            Arc::new(Line {
                done: AtomicUsize::new(0),
                drawn: std::sync::Mutex::new(Instant::now()),
            })
        }))
    }

    /// `more` of `all` steps are done.
    pub fn step(&self, more: usize, all: usize) {
        let Some(line) = &self.0 else { return };
        let done = line.done.fetch_add(more, Ordering::Relaxed) + more;
        let Ok(mut drawn) = line.drawn.try_lock() else {
            return;
        };
        if drawn.elapsed() >= INTERVAL {
            *drawn = Instant::now();
            let _ = write!(std::io::stderr(), "\r{done} of {all}\x1b[K");
        }
    }

    /// Starts counting again: another stage begins.
    pub fn restart(&self) {
        if let Some(line) = &self.0 {
            line.done.store(0, Ordering::Relaxed);
        }
    }

    /// Takes the line away.
    pub fn clear(&self) {
        if self.0.is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
