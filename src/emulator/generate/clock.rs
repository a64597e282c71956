//! When the session of a rank happened: a strictly falling function of the rank, with no memory,
//! so that any page of a million sessions is made by itself. It knows no field but the time.

use crate::emulator::rng::Rng;

/// Midnight before the older of the page's two examples, in seconds since 1970.
pub(super) const NEWEST: u64 = 1_768_089_600;
const DAY: u64 = 86_400;
/// How many sessions a day has, going back from a Saturday: a week with a quiet end.
const BY_DAY: [u64; 7] = [420, 980, 1150, 1200, 1230, 1180, 390];
const BY_WEEK: u64 = 6550;
/// Of a day's sessions, up to one in so many belong to the day before or after: no two weeks are alike.
const STRAY: u64 = 14;
const DAY_SALT: u64 = 0x7174;
/// Less than the shortest distance between two sessions, so that they never swap places.
const JITTER: u64 = 30;
/// No tie is wider than this, so that its beginning is found in few steps.
const WIDEST_TIE: u64 = 256;
const TIE_SALT: u64 = 0x7135;
const TIME_SALT: u64 = 0x7173;

/// The time of generated rank `rank` (0 is the newest), in microseconds since 1970; `newest` is in seconds.
pub(super) fn time_of(seed: u64, rank: u64, newest: u64) -> i64 {
    let (week, mut rest) = (rank / BY_WEEK, rank % BY_WEEK);
    let (mut day, mut count) = (week * 7, 1);
    for sessions in days_of(seed, week) {
        count = sessions;
        if rest < sessions {
            break;
        }
        rest -= sessions;
        day += 1;
    }
    let jitter = Rng::new(&[seed, TIME_SALT, rank]).below(JITTER);
    let age = day * DAY + time_of_day(rest, count) + JITTER - jitter;
    i64::try_from(newest.saturating_sub(age)).unwrap_or_default() * 1_000_000
}

/// How many sessions the days of a week have; its sum is every week's.
fn days_of(seed: u64, week: u64) -> impl Iterator<Item = u64> {
    let mut rng = Rng::new(&[seed, DAY_SALT, week]);
    let (mut came, mut due) = (0, 0);
    let following = BY_DAY.into_iter().skip(1).chain([0]);
    BY_DAY.into_iter().zip(following).map(move |(sessions, next)| {
        // From none to twice what is due go on to the next day, and come to it from this one.
        let most = sessions.min(next) / STRAY;
        let stray = rng.below(2 * most + 1);
        let count = sessions + most - stray + came - due;
        (came, due) = (stray, most);
        count
    })
}

/// Seconds back from midnight: most sessions lie around noon.
fn time_of_day(index: u64, count: u64) -> u64 {
    #[expect(clippy::cast_precision_loss, reason = "both are below two thousand")]
    let x = index as f64 / count as f64;
    let warped = x + 0.95 * x * (1.0 - x) * (1.0 - 2.0 * x);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "from 0 to the seconds of a day"
    )]
    let seconds = (warped * (DAY - JITTER) as f64) as u64;
    seconds
}

/// The first of the sessions that share the key of `rank`.
pub(super) fn leader_of(seed: u64, rank: u64, ties: f64) -> u64 {
    let mut leader = rank;
    while !leader.is_multiple_of(WIDEST_TIE) && Rng::new(&[seed, TIE_SALT, leader]).chance(ties) {
        leader -= 1;
    }
    leader
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_weeks_are_alike_and_every_week_has_its_number() {
        for seed in 0..100 {
            let weeks: Vec<Vec<u64>> = (0..8).map(|week| days_of(seed, week).collect()).collect();
            assert!(weeks.iter().all(|days| days.iter().sum::<u64>() == BY_WEEK), "{weeks:?}");
            assert!(weeks.windows(2).all(|pair| pair[0] != pair[1]), "{weeks:?}");
        }
    }

    #[test]
    fn a_later_rank_is_older() {
        for seed in 0..20 {
            let times: Vec<i64> = (0..2 * BY_WEEK).map(|rank| time_of(seed, rank, NEWEST)).collect();
            assert!(times.windows(2).all(|pair| pair[0] > pair[1]), "seed {seed}");
        }
    }
}
