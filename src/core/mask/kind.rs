//! What a value is: the word in its placeholder, in its pseudonym and in a report.
//! A field's value is of the kind that its name tells (`of_field`), a part of a text of the kind that a detector finds:
//! [`detect`](super::detect).

/// A kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Session,
    User,
    Email,
    Phone,
    Name,
    Ip,
    Url,
    Card,
    Iban,
    Ahv,
    Ssn,
    Mac,
    Jwt,
    Pem,
    Secret,
    Password,
    Location,
    UserAgent,
    /// Whatever has no kind of its own.
    Value,
    /// What one of the policy's own patterns finds, by its place among them.
    Pattern(u16),
}

/// Every kind with a name that does not come from the policy.
pub const NAMED: [(Kind, &str); 19] = [
    (Kind::Session, "session"),
    (Kind::User, "user"),
    (Kind::Email, "email"),
    (Kind::Phone, "phone"),
    (Kind::Name, "name"),
    (Kind::Ip, "ip"),
    (Kind::Url, "url"),
    (Kind::Card, "card"),
    (Kind::Iban, "iban"),
    (Kind::Ahv, "ahv"),
    (Kind::Ssn, "ssn"),
    (Kind::Mac, "mac"),
    (Kind::Jwt, "jwt"),
    (Kind::Pem, "pem"),
    (Kind::Secret, "secret"),
    (Kind::Password, "password"),
    (Kind::Location, "location"),
    (Kind::UserAgent, "user_agent"),
    (Kind::Value, "value"),
];

/// The kinds that the detectors find in texts, own values apart.
pub const DETECTED: [Kind; 12] = [
    Kind::Email,
    Kind::Url,
    Kind::Ip,
    Kind::Card,
    Kind::Iban,
    Kind::Phone,
    Kind::Ahv,
    Kind::Ssn,
    Kind::Mac,
    Kind::Jwt,
    Kind::Pem,
    Kind::Secret,
];

impl Kind {
    /// The kind of that name, unless it is a pattern's.
    pub fn named(name: &str) -> Option<Self> {
        NAMED.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }

    /// Its name; a pattern's is the policy's to tell, and `value` here.
    pub fn name(self) -> &'static str {
        NAMED.get(self.index()).map_or("value", |(_, name)| *name)
    }

    /// A small number of its own, for tables: its place in [`NAMED`], or behind all of them.
    #[inline]
    pub(super) fn index(self) -> usize {
        match self {
            Self::Session => 0,
            Self::User => 1,
            Self::Email => 2,
            Self::Phone => 3,
            Self::Name => 4,
            Self::Ip => 5,
            Self::Url => 6,
            Self::Card => 7,
            Self::Iban => 8,
            Self::Ahv => 9,
            Self::Ssn => 10,
            Self::Mac => 11,
            Self::Jwt => 12,
            Self::Pem => 13,
            Self::Secret => 14,
            Self::Password => 15,
            Self::Location => 16,
            Self::UserAgent => 17,
            Self::Value => 18,
            Self::Pattern(pattern) => NAMED.len() + usize::from(pattern),
        }
    }
}

/// The kinds of fields by their names in lower case, whatever they stand in, in order of their length: a
/// name is compared with those of its own length only.
const FIELDS: [&[(&[u8], Kind)]; 16] = [
    &[],
    &[],
    &[(b"ip", Kind::Ip)],
    &[(b"tel", Kind::Phone), (b"fax", Kind::Phone), (b"pan", Kind::Card)],
    &[
        (b"name", Kind::Name),
        (b"user", Kind::User),
        (b"mail", Kind::Email),
        (b"cell", Kind::Phone),
        (b"card", Kind::Card),
        (b"ipv4", Kind::Ip),
        (b"ipv6", Kind::Ip),
    ],
    &[(b"email", Kind::Email), (b"phone", Kind::Phone)],
    &[(b"userid", Kind::User), (b"e_mail", Kind::Email), (b"e-mail", Kind::Email), (b"mobile", Kind::Phone)],
    &[(b"user_id", Kind::User), (b"session", Kind::Session), (b"surname", Kind::Name)],
    &[
        (b"fullname", Kind::Name),
        (b"lastname", Kind::Name),
        (b"nickname", Kind::Name),
        (b"username", Kind::Name),
    ],
    &[
        (b"sessionid", Kind::Session),
        (b"visitorid", Kind::User),
        (b"useremail", Kind::Email),
        (b"telephone", Kind::Phone),
        (b"userphone", Kind::Phone),
        (b"full_name", Kind::Name),
        (b"firstname", Kind::Name),
        (b"last_name", Kind::Name),
        (b"user_name", Kind::Name),
        (b"ipaddress", Kind::Ip),
        (b"client_ip", Kind::Ip),
    ],
    &[
        (b"session_id", Kind::Session),
        (b"customerid", Kind::User),
        (b"visitor_id", Kind::User),
        (b"user_email", Kind::Email),
        (b"user_phone", Kind::Phone),
        (b"first_name", Kind::Name),
        (b"given_name", Kind::Name),
        (b"ip_address", Kind::Ip),
        (b"cardnumber", Kind::Card),
    ],
    &[
        (b"customer_id", Kind::User),
        (b"phonenumber", Kind::Phone),
        (b"family_name", Kind::Name),
        (b"displayname", Kind::Name),
        (b"remote_addr", Kind::Ip),
        (b"card_number", Kind::Card),
        (b"credit_card", Kind::Card),
    ],
    &[(b"emailaddress", Kind::Email), (b"phone_number", Kind::Phone), (b"display_name", Kind::Name)],
    &[(b"email_address", Kind::Email)],
    &[],
    &[],
];

/// By the length of a name, a bit for each letter that one of [`FIELDS`] of that length begins with.
#[expect(clippy::indexing_slicing, reason = "evaluated while compiling: out of range ends the build")]
const INITIALS: [u32; FIELDS.len()] = {
    let mut initials = [0; FIELDS.len()];
    let mut length = 0;
    while length < FIELDS.len() {
        let mut place = 0;
        while place < FIELDS[length].len() {
            initials[length] |= 1 << (FIELDS[length][place].0[0] & 31);
            place += 1;
        }
        length += 1;
    }
    initials
};

/// The kind of what a field of this name holds, whatever the name's case.
#[inline]
pub fn of_field(name: &[u8]) -> Kind {
    let initials = INITIALS.get(name.len()).copied().unwrap_or_default();
    let first = name.first().copied().unwrap_or_default();
    if initials & (1 << (first & 31)) == 0 { Kind::Value } else { of_known(name, first.to_ascii_lowercase()) }
}

fn of_known(name: &[u8], first: u8) -> Kind {
    let same_length = FIELDS.get(name.len()).copied().unwrap_or_default();
    same_length
        .iter()
        .find(|(known, _)| known.first() == Some(&first) && known.eq_ignore_ascii_case(name))
        .map_or(Kind::Value, |(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::{FIELDS, Kind, NAMED, of_field};

    #[test]
    fn each_kind_stands_at_its_index() {
        for (place, (kind, name)) in NAMED.iter().enumerate() {
            assert_eq!((kind.index(), kind.name()), (place, *name));
        }
        assert_eq!(Kind::Pattern(2).index(), NAMED.len() + 2);
    }

    #[test]
    fn each_name_of_a_field_stands_by_its_length() {
        for (length, names) in FIELDS.iter().enumerate() {
            for (name, kind) in *names {
                assert_eq!(name.len(), length);
                assert_eq!(of_field(name), *kind);
            }
        }
        assert_eq!((of_field(b"E-Mail"), of_field(b"status")), (Kind::Email, Kind::Value));
    }
}
