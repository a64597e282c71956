//! The progress bar as a line of text: how much, how fast, how long still. It has no stream.

use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};

use super::terminal::Stream;
use crate::core::model::counted::grouped;

/// The rate is that of so much time, so that it follows what happens.
const WINDOW: Duration = Duration::from_secs(5);
const WIDEST_BAR: usize = 40;
const NARROWEST_BAR: usize = 10;
const DONE: Style = AnsiColor::Green.on_default();
const LEFT: Style = Style::new().dimmed();

/// How far something is.
#[derive(Debug)]
pub struct Progress {
    what: &'static str,
    began: Instant,
    done: u64,
    total: Option<u64>,
    kept: Option<u64>,
    /// Moments within the window, with what was done by then.
    marks: Vec<(Instant, u64)>,
}

impl Progress {
    pub fn new(what: &'static str) -> Self {
        let now = Instant::now();
        Self { what, began: now, done: 0, total: None, kept: None, marks: vec![(now, 0)] }
    }

    pub fn set(&mut self, done: u64, total: Option<u64>, kept: Option<u64>) {
        (self.done, self.kept) = (done, kept);
        // A list may grow while it is read.
        self.total = total.map(|total| total.max(done));
        let now = Instant::now();
        if self.marks.last().is_none_or(|(at, _)| now.duration_since(*at) > WINDOW / 20) {
            self.marks.push((now, done));
            let keep = self.marks.iter().position(|(at, _)| now.duration_since(*at) < WINDOW).unwrap_or(0);
            self.marks.drain(..keep.saturating_sub(1));
        }
    }

    /// A second.
    #[expect(clippy::cast_precision_loss, reason = "a rate to be looked at")]
    fn rate(&self) -> Option<f64> {
        let (at, done) = self.marks.first()?;
        let seconds = at.elapsed().as_secs_f64();
        (seconds > 0.2).then(|| self.done.saturating_sub(*done) as f64 / seconds)
    }

    /// At most so many columns, of what the stream can show.
    pub fn line(&self, width: usize, stream: &Stream) -> String {
        let count = match self.total {
            Some(total) => format!("{} of {} {}", grouped(self.done), grouped(total), self.what),
            None => format!("{} {}", grouped(self.done), self.what),
        };
        let rate = self.rate();
        let parts = [
            Some(count),
            self.kept.map(|kept| format!("{} kept", grouped(kept))),
            rate.filter(|rate| *rate >= 1.0).map(|rate| format!("{}/s", grouped(whole(rate)))),
            rate.and_then(|rate| self.remaining(rate)).or_else(|| self.elapsed()),
        ];
        let words: Vec<String> = parts.into_iter().flatten().collect();
        let mut text = words.join("  ");
        if text.len() >= width {
            text = words.into_iter().next().unwrap_or_default();
            text.truncate(width.saturating_sub(1));
        }
        // The last column stays free: some terminals go to the next line when it is written.
        let room = width.saturating_sub(text.len() + 3);
        match self.share() {
            Some(share) if room >= NARROWEST_BAR => {
                format!("{}  {text}", bar(share, room.min(WIDEST_BAR), stream))
            }
            _ => text,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a share to be looked at")]
    fn share(&self) -> Option<f64> {
        self.total.filter(|total| *total > 0).map(|total| self.done as f64 / total as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "a time to be looked at")]
    fn remaining(&self, rate: f64) -> Option<String> {
        let left = self.total?.checked_sub(self.done).filter(|left| *left > 0)?;
        (rate >= 1.0).then(|| format!("{} left", clock(whole(left as f64 / rate))))
    }

    fn elapsed(&self) -> Option<String> {
        let seconds = self.began.elapsed().as_secs();
        (seconds > 0).then(|| clock(seconds))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "never negative, and rounded")]
fn whole(number: f64) -> u64 {
    number.ceil() as u64
}

fn clock(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
        (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "between nothing and the width"
)]
fn bar(share: f64, width: usize, stream: &Stream) -> String {
    let full = ((share.clamp(0.0, 1.0) * width as f64) as usize).min(width);
    let (done, left) = match (stream.unicode, stream.colour) {
        (true, true) => ("━", "━"),
        (true, false) => ("━", "┈"),
        (false, _) => ("#", "-"),
    };
    let (done, left) = (done.repeat(full), left.repeat(width - full));
    format!("{}{}", stream.styled(DONE, &done), stream.styled(LEFT, &left))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Stream =
        Stream { is_terminal: true, colour: false, unicode: true, width: None, rewrites: true };

    #[test]
    fn a_line_fits_its_width() {
        let mut progress = Progress::new("sessions");
        progress.set(4_100, Some(10_000), None);
        for width in [1, 10, 20, 30, 40, 80, 200] {
            let line = progress.line(width, &PLAIN);
            assert!(line.chars().count() < width.max(2), "{width}: {line}");
        }
        assert!(progress.line(80, &PLAIN).ends_with("4,100 of 10,000 sessions"));
        assert_eq!(progress.line(80, &PLAIN).chars().filter(|c| *c == '━').count(), 16);
        let ascii = progress.line(80, &Stream { unicode: false, ..PLAIN });
        assert!(ascii.starts_with(&format!("{}-", "#".repeat(16))) && ascii.is_ascii(), "{ascii}");
    }

    #[test]
    fn a_list_that_grows_is_never_more_than_full() {
        let mut progress = Progress::new("sessions");
        progress.set(120, Some(100), None);
        assert!(progress.line(80, &PLAIN).contains("120 of 120 sessions"));
        progress.set(120, None, Some(7));
        assert_eq!(progress.line(80, &PLAIN), "120 sessions  7 kept");
    }
}
