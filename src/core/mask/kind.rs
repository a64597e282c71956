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
        NAMED.iter().find(|(kind, _)| *kind == self).map_or("value", |(_, name)| *name)
    }

    /// A small number of its own, for tables.
    pub(super) fn index(self) -> usize {
        match self {
            Self::Pattern(pattern) => NAMED.len() + usize::from(pattern),
            _ => NAMED.iter().position(|(kind, _)| *kind == self).unwrap_or_default(),
        }
    }
}

/// The kinds of fields, by their names in lower case, whatever they stand in.
const FIELDS: [(Kind, &[&str]); 7] = [
    (Kind::Session, &["session_id", "sessionid", "session"]),
    (Kind::User, &["user_id", "userid", "user", "customer_id", "customerid", "visitor_id", "visitorid"]),
    (
        Kind::Email,
        &["email", "e_mail", "e-mail", "mail", "useremail", "user_email", "email_address", "emailaddress"],
    ),
    (
        Kind::Phone,
        &[
            "phone",
            "telephone",
            "tel",
            "mobile",
            "cell",
            "phone_number",
            "phonenumber",
            "user_phone",
            "userphone",
            "fax",
        ],
    ),
    (
        Kind::Name,
        &[
            "name",
            "full_name",
            "fullname",
            "first_name",
            "firstname",
            "last_name",
            "lastname",
            "given_name",
            "family_name",
            "surname",
            "display_name",
            "displayname",
            "nickname",
            "user_name",
            "username",
        ],
    ),
    (Kind::Ip, &["ip", "ip_address", "ipaddress", "client_ip", "remote_addr", "ipv4", "ipv6"]),
    (Kind::Card, &["card", "card_number", "cardnumber", "credit_card", "pan"]),
];

/// The kind of what a field of this name holds; the name in lower case.
pub fn of_field(name: &str) -> Kind {
    FIELDS.iter().find(|(_, names)| names.contains(&name)).map_or(Kind::Value, |(kind, _)| *kind)
}
