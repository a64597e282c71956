//! Payment cards: which numbers some issuer gives out, and their check digit.

/// Beginnings of numbers, from and to, with as many digits each; and the lengths of the whole.
const ISSUERS: [(u32, u32, &[usize]); 24] = [
    (4, 4, &[13, 16, 19]),
    (51, 55, &[16]),
    (2221, 2720, &[16]),
    (34, 34, &[15]),
    (37, 37, &[15]),
    (6011, 6011, &[16, 19]),
    (644, 649, &[16, 19]),
    (65, 65, &[16, 19]),
    (300, 305, &[14, 16]),
    (3095, 3095, &[14, 16]),
    (36, 36, &[14, 16]),
    (38, 39, &[14, 16]),
    (3528, 3589, &[16, 17, 18, 19]),
    (62, 62, &[16, 17, 18, 19]),
    (2200, 2204, &[16, 17, 18, 19]),
    (5018, 5018, &[13, 14, 15, 16, 18, 19]),
    (5020, 5020, &[13, 14, 15, 16, 18, 19]),
    (5038, 5038, &[13, 14, 15, 16, 18, 19]),
    (5893, 5893, &[13, 14, 15, 16, 18, 19]),
    (6304, 6304, &[13, 14, 15, 16, 18, 19]),
    (6759, 6759, &[13, 14, 15, 16, 18, 19]),
    (6761, 6763, &[13, 14, 15, 16, 18, 19]),
    (9792, 9792, &[16]),
    (508, 508, &[16]),
];

/// Whether these digits, as numbers, can be a card's.
pub(super) fn is_card(digits: &[u8]) -> bool {
    let repeated = digits.iter().all(|digit| Some(digit) == digits.first());
    !repeated && luhn(digits) && is_issued(digits)
}

fn is_issued(digits: &[u8]) -> bool {
    ISSUERS.iter().any(|(from, to, lengths)| {
        let places = from.ilog10() as usize + 1;
        let start = digits.iter().take(places).fold(0, |start, digit| start * 10 + u32::from(*digit));
        (*from..=*to).contains(&start) && lengths.contains(&digits.len())
    })
}

fn luhn(digits: &[u8]) -> bool {
    let doubled = |(place, digit): (usize, &u8)| {
        let digit = u32::from(*digit);
        match place % 2 {
            0 => digit,
            _ if digit > 4 => digit * 2 - 9,
            _ => digit * 2,
        }
    };
    digits.iter().rev().enumerate().map(doubled).sum::<u32>().is_multiple_of(10)
}
