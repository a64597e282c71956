//! At which rank a key lies, if keys go on as densely as where they were read. A guess: it only says where to look.

/// Keys that one rank is worth between two keys so many ranks apart.
#[expect(clippy::cast_precision_loss, reason = "a guess")]
pub fn keys_per_rank(upper: i64, lower: i64, ranks: u64) -> f64 {
    upper.saturating_sub(lower).max(1) as f64 / ranks.max(1) as f64
}

/// How many ranks lie from one key down to another.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a guess; the cast saturates"
)]
pub fn ranks_down(from: i64, to: i64, keys_per_rank: f64) -> u64 {
    (from.saturating_sub(to).max(0) as f64 / keys_per_rank.max(1e-9)) as u64
}

#[cfg(test)]
mod tests {
    use super::{keys_per_rank, ranks_down};

    #[test]
    fn keys_go_on_as_they_were() {
        let each = keys_per_rank(1_000, 0, 100);
        assert_eq!(ranks_down(0, -500, each), 50);
        assert_eq!(ranks_down(0, 500, each), 0);
        assert_eq!(ranks_down(i64::MAX, i64::MIN, 0.0), u64::MAX);
    }
}
