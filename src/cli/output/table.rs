//! Aligned columns. In a terminal a table fits its width: cells are cut and, where it is narrow, columns
//! left out; anywhere else nothing is cut. It knows columns and cells, and not what they are about.

use anstyle::Style;

use super::text::{fit, visible, width};
use crate::cli::frame::terminal::Stream;

/// Between two columns.
const GAP: usize = 2;
/// A cell is never cut to less, unless there is no other column.
const NARROWEST: usize = 10;
/// Rows that are looked at before the columns have their widths, where nobody waits for the first.
pub const LOOKED_AT: usize = 10_000;
const HEADER: Style = Style::new().bold();

/// What a column is called, and how its cells are shown.
#[derive(Debug, Clone, Default)]
pub struct Column {
    pub name: String,
    /// Its cells end where it ends, as numbers do.
    pub right: bool,
    /// Its cells are never cut to less; `usize::MAX` where half of a cell says nothing. `0` leaves it to the
    /// table.
    pub least: usize,
}

impl Column {
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// One cell, on one line.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    pub text: String,
    pub style: Option<Style>,
}

impl Cell {
    /// The text as it may be shown.
    pub fn new(text: &str) -> Self {
        Self { text: visible(text), style: None }
    }
}

/// Rows of cells, as text.
pub struct Table {
    columns: Vec<Column>,
    stream: Stream,
    /// The widths of the columns that are shown, once they are known.
    widths: Vec<Option<usize>>,
    waiting: Vec<Vec<Cell>>,
}

impl Table {
    pub fn new(columns: Vec<Column>, stream: Stream) -> Self {
        Self { columns, stream, widths: Vec::new(), waiting: Vec::new() }
    }

    /// Adds rows; they are written once enough are known to give the columns their widths.
    pub fn rows(&mut self, rows: impl IntoIterator<Item = Vec<Cell>>, text: &mut Vec<u8>) {
        self.waiting.extend(rows);
        if !self.widths.is_empty() || self.stream.width.is_some() || self.waiting.len() >= LOOKED_AT {
            self.write(text);
        }
    }

    /// What a terminal was too narrow for, as a sentence.
    pub fn left_out(&self) -> Option<String> {
        let all = self.widths.len();
        let shown = self.widths.iter().flatten().count();
        (shown < all).then(|| format!("{shown} of {all} columns fit; -o csv has all"))
    }

    /// Writes what waits.
    pub fn finish(&mut self, text: &mut Vec<u8>) {
        self.write(text);
    }

    fn write(&mut self, text: &mut Vec<u8>) {
        if self.waiting.is_empty() {
            return;
        }
        let rows = std::mem::take(&mut self.waiting);
        if self.widths.is_empty() {
            self.widths = self.layout(&rows);
            let header: Vec<Cell> = self.columns.iter().map(header).collect();
            self.line(&header, text);
        }
        for row in &rows {
            self.line(row, text);
        }
    }

    fn line(&self, row: &[Cell], text: &mut Vec<u8>) {
        let shown = self.columns.iter().zip(&self.widths).zip(row);
        let shown: Vec<_> =
            shown.filter_map(|((column, width), cell)| Some((column, (*width)?, cell))).collect();
        let last = shown.len().saturating_sub(1);
        for (at, (column, columns, cell)) in shown.into_iter().enumerate() {
            // Only a terminal cuts.
            let columns = self.stream.width.map_or_else(|| columns.max(width(&cell.text)), |_| columns);
            let fitted = fit(&cell.text, columns, column.right, self.stream.ellipsis());
            // Nothing stands behind the last cell, not even a space.
            let fitted = if at == last { fitted.trim_end() } else { fitted.as_str() };
            let styled = cell.style.filter(|_| self.stream.colour).map(|style| {
                let word = fitted.trim_end();
                format!("{style}{word}{style:#}{}", fitted.get(word.len()..).unwrap_or_default())
            });
            text.extend_from_slice(styled.as_deref().unwrap_or(fitted).as_bytes());
            if at != last {
                text.extend(std::iter::repeat_n(b' ', GAP));
            }
        }
        text.push(b'\n');
    }

    /// The width of each column, and `None` for those that are left out.
    fn layout(&self, rows: &[Vec<Cell>]) -> Vec<Option<usize>> {
        let widest = |at: usize| {
            let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| width(&cell.text));
            cells.max().unwrap_or(0)
        };
        let names = self.columns.iter().map(|column| width(&column.name));
        let natural = names.enumerate().map(|(at, name)| widest(at).max(name));
        let natural: Vec<Width> = natural
            .zip(&self.columns)
            .map(|(natural, column)| Width { natural, least: column.least.max(NARROWEST) })
            .collect();
        match self.stream.width {
            // The last column of a terminal stays free, or some would begin a new line.
            Some(columns) => squeeze(&natural, columns.saturating_sub(1)),
            None => natural.iter().map(|width| Some(width.natural)).collect(),
        }
    }
}

/// How wide a column would be, and how much less it can be.
#[derive(Debug, Clone, Copy)]
struct Width {
    natural: usize,
    least: usize,
}

impl Width {
    /// Cut to so much, as far as it may be.
    fn cut(self, most: usize) -> usize {
        self.natural.min(most.max(self.least))
    }
}

fn header(column: &Column) -> Cell {
    Cell { text: column.name.clone(), style: Some(HEADER) }
}

/// Widths that fit in all into so many columns: the widest are cut first; where even that is too much,
/// columns are left out, the last ones first.
fn squeeze(natural: &[Width], columns: usize) -> Vec<Option<usize>> {
    let gaps = |count: usize| GAP * count.saturating_sub(1);
    let total = |widths: &[Width], most: usize| widths.iter().map(|width| width.cut(most)).sum::<usize>();
    let fits = |count: &usize| {
        natural.get(..*count).is_some_and(|some| total(some, NARROWEST) + gaps(*count) <= columns)
    };
    let Some(count) = (1..=natural.len()).rev().find(fits) else {
        let first = natural.first().map(|first| Some(first.natural.min(columns.max(1))));
        return first.into_iter().chain(std::iter::repeat(None)).take(natural.len()).collect();
    };
    let shown = natural.get(..count).unwrap_or_default();
    let room = columns.saturating_sub(gaps(count));
    // The highest width to which all can be cut, so that together they fit.
    let most = (NARROWEST..=room.max(NARROWEST)).rev().find(|most| total(shown, *most) <= room);
    let most = most.unwrap_or(NARROWEST);
    let mut left = room.saturating_sub(total(shown, most));
    let mut widths = Vec::with_capacity(natural.len());
    for width in shown {
        let more = width.natural.saturating_sub(width.cut(most)).min(left);
        left -= more;
        widths.push(Some(width.cut(most) + more));
    }
    widths.resize(natural.len(), None);
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns of these widths; those below zero are shown whole or not at all.
    fn widths(natural: &[isize], columns: usize) -> Vec<Option<usize>> {
        let least = |natural: isize| if natural < 0 { usize::MAX } else { NARROWEST };
        let width = |natural: &isize| Width { natural: natural.unsigned_abs(), least: least(*natural) };
        squeeze(&natural.iter().map(width).collect::<Vec<_>>(), columns)
    }

    #[test]
    fn what_fits_is_not_cut() {
        assert_eq!(widths(&[10, 5, 5], 24), [Some(10), Some(5), Some(5)]);
    }

    #[test]
    fn the_widest_are_cut_first() {
        assert_eq!(widths(&[30, 5, 20], 40), [Some(16), Some(5), Some(15)]);
        assert_eq!(widths(&[30, -16, 20], 49), [Some(15), Some(16), Some(14)], "a time stays whole");
    }

    #[test]
    fn the_last_are_left_out_where_it_is_narrow() {
        assert_eq!(widths(&[30, -9, -16, -16], 39), [Some(10), Some(9), Some(16), None]);
        assert_eq!(widths(&[30, -9, -16, -16], 38), [Some(27), Some(9), None, None]);
        assert_eq!(widths(&[30, 9], 5), [Some(5), None]);
        assert_eq!(widths(&[-30, 9], 0), [Some(1), None]);
    }

    #[test]
    fn what_is_left_out_is_told() {
        let stream = |width| Stream { width, ..Stream::default() };
        let told = |width| {
            let columns = ["session_id", "status", "rating"].map(Column::new).into();
            let mut table = Table::new(columns, stream(width));
            table.rows([vec![Cell::new("a"), Cell::new("b"), Cell::new("c")]], &mut Vec::new());
            table.finish(&mut Vec::new());
            table.left_out()
        };
        assert_eq!(told(None), None);
        assert_eq!(told(Some(80)), None);
        let narrow = "1 of 3 columns fit; -o csv has all";
        assert_eq!(told(Some(12)).as_deref(), Some(narrow));
    }

    #[test]
    fn widths_never_exceed_the_room() {
        for columns in 1..160 {
            let shown: Vec<usize> =
                widths(&[36, -9, -16, -13, -6, -16, 24, 20], columns).into_iter().flatten().collect();
            let used = shown.iter().sum::<usize>() + GAP * (shown.len() - 1);
            assert!(used <= columns, "{used} of {columns}");
        }
    }
}
