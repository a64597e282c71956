//! Selectors: dotted paths that say which fields a treatment is for.
//! `*` stands for one name, `**` for any number of them; arrays are passed through.

use std::cmp::Reverse;

/// One step of a selector.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Segment {
    /// In lower case: names match without case.
    Name(String),
    /// `*`
    One,
    /// `**`
    Any,
}

/// A path with wild cards.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Selector {
    text: String,
    segments: Vec<Segment>,
}

/// How closely a selector fits what it matches; the greater wins.
pub(super) type Specificity = (usize, Reverse<usize>, Reverse<usize>);

/// A selector is matched step by step, and each step can multiply what is to be followed.
const MAX_SEGMENTS: usize = 64;

impl Selector {
    /// Reads `user_info.name`, `**.email`, `metadata.*`, `context."odd.key"`.
    ///
    /// # Errors
    /// One sentence that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| Err(format!("the selector {text:?} {why}"));
        let mut segments = Vec::new();
        for name in split(text).ok_or_else(|| format!("the selector {text:?} has a quote without its end"))? {
            segments.push(match name {
                Part::Bare("") => return wrong("has an empty name: names are separated by single dots."),
                Part::Bare("*") => Segment::One,
                Part::Bare("**") => Segment::Any,
                Part::Bare(name) if name.contains('*') => {
                    return wrong(
                        "mixes a name and `*`: `*` stands for one whole name, `**` for any number of them.",
                    );
                }
                Part::Bare(name) if name.contains(['[', ']']) => {
                    return wrong("has brackets: arrays are passed through, so leave them out.");
                }
                Part::Bare(name) | Part::Quoted(name) => Segment::Name(name.to_lowercase()),
            });
        }
        if segments.len() > MAX_SEGMENTS {
            return wrong("has more than 64 names.");
        }
        // Neighbours of the same kind say the same as one.
        segments.dedup_by(|next, before| *next == Segment::Any && *before == Segment::Any);
        Ok(Self { text: text.to_owned(), segments })
    }

    /// As the policy wrote it.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub(super) fn specificity(&self) -> Specificity {
        let count = |wanted: fn(&Segment) -> bool| self.segments.iter().filter(|s| wanted(s)).count();
        let names = count(|segment| matches!(segment, Segment::Name(_)));
        (names, Reverse(count(|s| *s == Segment::Any)), Reverse(count(|s| *s == Segment::One)))
    }

    /// Whether some path is matched by both.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.segments, &other.segments);
        // From the ends backwards: `below[j]` tells whether our segments from `i + 1` on and theirs from
        // `j` on match one path.
        let mut below: Vec<bool> = Vec::new();
        for our in ours.iter().map(Some).chain([None]).rev() {
            let mut row = vec![false; theirs.len() + 1];
            for j in (0..=theirs.len()).rev() {
                let their = theirs.get(j);
                let (down, right, both) = (get(&below, j), get(&row, j + 1), get(&below, j + 1));
                let here = match (our, their) {
                    (None, None) => true,
                    (Some(Segment::Any), _) | (_, Some(Segment::Any)) => down || right,
                    (Some(our), Some(their)) => both && fits(our, their),
                    _ => false,
                };
                if let Some(place) = row.get_mut(j) {
                    *place = here;
                }
            }
            below = row;
        }
        get(&below, 0)
    }
}

fn get(row: &[bool], place: usize) -> bool {
    row.get(place).copied().unwrap_or_default()
}

/// Whether one name can be both.
fn fits(our: &Segment, their: &Segment) -> bool {
    *our == Segment::One || *their == Segment::One || our == their
}

enum Part<'t> {
    Bare(&'t str),
    Quoted(&'t str),
}

/// The names between the dots; dots within double quotes separate nothing.
fn split(text: &str) -> Option<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            let (name, after) = quoted.split_once('"')?;
            parts.push(Part::Quoted(name));
            match after.strip_prefix('.') {
                Some(next) => rest = next,
                None if after.is_empty() => return Some(parts),
                None => return None,
            }
        } else if let Some((name, next)) = rest.split_once('.') {
            parts.push(Part::Bare(name));
            rest = next;
        } else {
            parts.push(Part::Bare(rest));
            return Some(parts);
        }
    }
}
