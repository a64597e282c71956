//! Seeded chance: the same seed gives the same draws on every machine and in every release.
//! It knows nothing of sessions.

/// A splitmix64 generator. Own code, since a crate may change its stream between two versions,
/// and the sessions made from a seed are something that users' tests hold on to.
#[derive(Debug, Clone)]
pub(super) struct Rng(u64);

impl Rng {
    /// Draws that belong to this combination of numbers alone.
    pub(super) fn new(parts: &[u64]) -> Self {
        Self(parts.iter().fold(0x243f_6a88_85a3_08d3, |state, part| mix(state ^ mix(*part))))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number from 0 to `bound - 1`; 0 where the bound is 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True in this share of the draws.
    pub(super) fn chance(&mut self, share: f64) -> bool {
        // The upper 53 bits make an exact fraction below one, so 0 is never and 1 is always.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a float exactly")]
        let drawn = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        drawn < share
    }

    /// True in this many of a hundred draws.
    pub(super) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these, or the default where there are none.
    pub(super) fn one_of<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let index = self.below(choices.len() as u64);
        usize::try_from(index).ok().and_then(|index| choices.get(index)).copied().unwrap_or_default()
    }

    /// How many times something happens that happens `rate` times on average: the whole part
    /// for sure, and one more in the remaining share of draws.
    pub(super) fn times(&mut self, rate: f64) -> u32 {
        let whole = rate.floor();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "rates are checked to be small"
        )]
        let whole_times = whole as u32;
        whole_times + u32::from(self.chance(rate - whole))
    }
}

/// A bijection of 64-bit numbers: distinct inputs stay distinct, so it also makes unique ids.
pub(super) const fn mix(number: u64) -> u64 {
    let mut z = number;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
