//! What leaves the file: sessions that a proven run shows to be gone, and changes that were kept long enough.

use std::collections::HashSet;

use rusqlite::{Row, Transaction};

use super::columns::{declarations, id_of, moment};
use super::rows::tell;
use crate::core::mirror::mode::Vanished;
use crate::core::model::page_body::PageBody;
use crate::core::model::row_facts::KEY_FIELDS;

/// What a run had to meet, if it were there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// It proves nothing.
    Nothing,
    /// Everything: a whole list.
    All,
    /// Of a head, what has a key strictly between the ends of one of its pages: a session with that key was in it,
    /// or has moved up, to where the head was read later.
    Between(Vec<Bracket>),
}

/// One answer: what it held of the list, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bracket {
    /// The keys of its first and its last session.
    first: Keys,
    last: Keys,
    ids: HashSet<String>,
}

type Keys = [Option<i64>; KEY_FIELDS.len()];

impl Bracket {
    pub fn of(answer: &PageBody) -> Option<Self> {
        let last = answer.len().checked_sub(1)?;
        let ids = answer.sessions().filter_map(id_of).collect();
        Some(Self { first: answer.keys(0)?, last: answer.keys(last)?, ids })
    }

    /// The ends under one key, as the columns have them.
    fn ends(&self, place: usize) -> Option<(String, String)> {
        let key = |keys: &Keys| keys.get(place).copied().flatten().map(moment);
        Some((key(&self.first)?, key(&self.last)?))
    }
}

/// A session that is stored and gone.
type Gone = (i64, String, String);

/// Marks or removes what a proven run has not met. What is removed leaves no trace of what it was.
pub fn remove_unseen(
    transaction: &Transaction<'_>,
    run: i64,
    at: i64,
    (seen, order): (&Seen, Option<&str>),
    vanished: Vanished,
) -> rusqlite::Result<u64> {
    let unseen = match seen {
        Seen::Nothing => return Ok(0),
        Seen::All => all_unseen(transaction, run)?,
        Seen::Between(brackets) => unseen_between(transaction, run, order, brackets)?,
    };
    let at = moment(at);
    for (rowid, id, raw) in &unseen {
        let told = (run, at.as_str(), "vanished", id.as_str());
        match vanished {
            Vanished::Mark => {
                transaction
                    .prepare_cached("update sessions set vanished_at = ?1, changed_at = ?1 where rowid = ?2")?
                    .execute((&at, rowid))?;
                tell(transaction, told, Some(raw), None)?;
            }
            Vanished::Drop => {
                erase(transaction, id)?;
                tell(transaction, told, None, None)?;
            }
        }
    }
    if vanished == Vanished::Drop {
        let marked: Vec<String> = transaction
            .prepare("select session_id from sessions where vanished_at is not null")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for id in &marked {
            erase(transaction, id)?;
        }
    }
    Ok(unseen.len() as u64)
}

fn gone(row: &Row<'_>) -> rusqlite::Result<Gone> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

const UNSEEN: &str =
    "select rowid, session_id, raw from sessions where vanished_at is null and seen_sync <> ?1";

fn all_unseen(transaction: &Transaction<'_>, run: i64) -> rusqlite::Result<Vec<Gone>> {
    transaction.prepare(UNSEEN)?.query_map([run], gone)?.collect()
}

fn unseen_between(
    transaction: &Transaction<'_>,
    run: i64,
    order: Option<&str>,
    brackets: &[Bracket],
) -> rusqlite::Result<Vec<Gone>> {
    let field = order.and_then(|order| order.split(' ').next());
    let place = field.and_then(|field| KEY_FIELDS.iter().position(|name| *name == field));
    let (Some(field), Some(place)) = (field, place) else { return Ok(Vec::new()) };
    if !declarations().iter().any(|(name, _)| name == field) {
        return Ok(Vec::new());
    }
    let sql = format!("{UNSEEN} and \"{field}\" < ?2 and \"{field}\" > ?3");
    let (mut statement, mut known) = (transaction.prepare(&sql)?, HashSet::new());
    let mut found = Vec::new();
    for bracket in brackets {
        let Some((first, last)) = bracket.ends(place) else { continue };
        for row in statement.query_map((run, first, last), gone)? {
            let row = row?;
            // Another page of the run may have met it, below what the run wanted.
            let met = brackets.iter().any(|bracket| bracket.ids.contains(&row.1));
            if !met && known.insert(row.0) {
                found.push(row);
            }
        }
    }
    Ok(found)
}

/// Removes a session, and what its changes say of it.
fn erase(transaction: &Transaction<'_>, id: &str) -> rusqlite::Result<()> {
    transaction.prepare_cached("delete from sessions where session_id = ?1")?.execute([id])?;
    transaction.prepare_cached("delete from changes where session_id = ?1")?.execute([id]).map(drop)
}

/// Removes changes before a moment; gives the number of the latest that is gone.
pub fn prune(transaction: &Transaction<'_>, before: i64) -> rusqlite::Result<i64> {
    let at = moment(before);
    let latest: Option<i64> =
        transaction.query_row("select max(seq) from changes where at < ?1", [&at], |row| row.get(0))?;
    let Some(latest) = latest else { return Ok(0) };
    transaction.execute("delete from changes where seq <= ?1 and at < ?2", (latest, &at))?;
    Ok(latest)
}
