//! Masking: a page of sessions without the personal data in it, before anything is made of it.
//!
//! | room | what it is for |
//! |---|---|
//! | [`policy`] | selectors and treatments, presets, files: which field gets what |
//! | [`pseudonym`] | the key, and the pseudonyms made with it |
//! | `detect` | where in a text personal data stands |
//! | `own` | a session's own names, addresses and ids, searched for in its texts |
//! | `value` | treatments put to work on one value |
//! | `rewrite`, `paths`, `repeats`, `alike` | a tape walked once and written anew |
//! | `tally`, [`report`] | what was done, counted by path |
//!
//! A [`Mask`] is a policy and a key. [`Mask::page`] takes a page as it was sent and gives one that is
//! masked, whose text and tape were written anew: whatever is made of it later, a column or an error, can
//! hold nothing else. The room knows no request, no client and no file but
//! those of policies and keys.

mod alike;
mod detect;
pub mod kind;
mod outside;
mod own;
mod paths;
pub mod policy;
pub mod pseudonym;
mod repeats;
pub mod report;
mod rewrite;
mod tally;
mod value;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

pub use self::outside::TextDetector;
use self::own::OwnValues;
pub use self::own::fold;
use self::policy::{Policy, PolicySpec};
use self::pseudonym::{MaskKey, Pseudonyms};
use self::report::PageTally;
use self::rewrite::{Outside, Rewriter, Rewritten};
use self::value::Applier;
use super::model::page_body::{PageBody, PageBodyError};

/// A policy and the key of its pseudonyms.
pub struct Mask {
    policy: Policy,
    key: MaskKey,
    /// For requests about data that was masked with them.
    previous: Vec<MaskKey>,
    pseudonyms: Pseudonyms,
    detector: Option<Arc<dyn TextDetector>>,
}

/// A page that is masked, and what was done to it.
pub struct MaskedPage {
    pub body: PageBody,
    pub tally: PageTally,
}

impl Mask {
    /// # Errors
    /// One sentence about the first thing that is wrong with the policy.
    pub fn new(spec: PolicySpec, key: MaskKey, previous: Vec<MaskKey>) -> Result<Self, String> {
        let policy = Policy::new(spec)?;
        let pseudonyms = Pseudonyms::new(&key, &policy.spec().scope, policy.pattern_names());
        Ok(Self { policy, key, previous, pseudonyms, detector: None })
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    pub fn key(&self) -> &MaskKey {
        &self.key
    }

    pub fn previous(&self) -> &[MaskKey] {
        &self.previous
    }

    pub(self) fn pseudonyms(&self) -> &Pseudonyms {
        &self.pseudonyms
    }

    /// The page with everything treated as the policy says.
    ///
    /// # Errors
    /// Never in practice: what is written is a page.
    pub fn page(self: &Arc<Self>, page: &PageBody) -> Result<MaskedPage, PageBodyError> {
        self.masked(self.rewrite(page, Outside::Absent))
    }

    /// The texts of a page that a detector outside of the core is to see, masked as the policy says.
    pub fn gather(&self, page: &PageBody) -> Vec<String> {
        self.rewrite(page, Outside::Gather(Vec::new())).texts
    }

    /// The page with its texts as that detector left them; a text that it failed at is dropped.
    ///
    /// # Errors
    /// Never in practice: what is written is a page.
    pub fn page_with(
        self: &Arc<Self>,
        page: &PageBody,
        texts: Vec<Option<String>>,
    ) -> Result<MaskedPage, PageBodyError> {
        self.masked(self.rewrite(page, Outside::Replace(texts.into_iter())))
    }

    fn rewrite(&self, page: &PageBody, outside: Outside) -> Rewritten {
        Rewriter::new(self, outside, page.source_length()).page(page.sessions(), page.total_count())
    }

    fn masked(self: &Arc<Self>, rewritten: Rewritten) -> Result<MaskedPage, PageBodyError> {
        let body = PageBody::of(rewritten.json.finish().map_err(PageBodyError::Json)?)?;
        let tally = PageTally { mask: self.clone(), tally: rewritten.tally, paths: rewritten.paths };
        Ok(MaskedPage { body, tally })
    }

    /// A text that is no session's, such as a message: what the detectors find in it is replaced.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut masked = String::new();
        let mut applier = Applier::new(&self.policy, &self.pseudonyms);
        let found = applier.scan(text, &mut OwnValues::default(), true, &mut masked);
        if found { Cow::Owned(masked) } else { Cow::Borrowed(text) }
    }

    /// The kinds of what the detectors find in a text, once for each place.
    pub fn kinds_in(&self, text: &str) -> Vec<String> {
        let mut masked = String::new();
        let mut applier = Applier::new(&self.policy, &self.pseudonyms);
        applier.scan(text, &mut OwnValues::default(), true, &mut masked);
        applier.tally.kinds().map(|kind| self.policy.name_at(kind).to_owned()).collect()
    }

    /// A text in the one spelling in which it is searched.
    pub fn spelling<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut canon = detect::Canon::default();
        canon.read(text);
        Cow::Owned(canon.text(text).to_owned())
    }

    /// The pseudonyms that a value has, or had: with the key, then with each of the previous ones.
    ///
    /// # Errors
    /// When no kind has that name.
    pub fn tokens(&self, kind: &str, value: &str) -> Result<Vec<String>, String> {
        let patterns = self.policy.pattern_names();
        let kind = policy::parse_kind(kind, patterns)?;
        let older = self.previous.iter().map(|key| Pseudonyms::new(key, &self.policy.spec().scope, patterns));
        let mut tokens = vec![self.pseudonyms.token(kind, value)];
        tokens.extend(older.map(|pseudonyms| pseudonyms.token(kind, value)));
        Ok(tokens)
    }

    /// What tells this mask from another in a file's manifest: the policy, and the id of the key where
    /// there are pseudonyms. It holds no secret.
    pub fn fingerprint(&self) -> String {
        let policy = self.policy.fingerprint();
        if self.policy.makes_tokens() { format!("{policy}-{}", self.key.id()) } else { policy }
    }

    /// For what is to outlive the process, as files and databases are: refuses pseudonyms of a key that
    /// does not.
    ///
    /// # Errors
    /// When there are such, with how to make a key.
    pub fn check_lasting(&self) -> Result<(), String> {
        if !self.key.is_ephemeral() || !self.policy.makes_tokens() {
            return Ok(());
        }
        Err(format!(
            "the mask makes pseudonyms with an ephemeral key, so nothing that is written now would join what is \
             written later. Make a key once (`blocks-sessions mask keygen`), keep it, and set {} or pass \
             key=MaskKey.from_file(path).",
            pseudonym::KEY_VARIABLE
        ))
    }
}

/// Shows the key's id alone.
impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask({}, {:?})", self.policy.spec().preset, self.key)
    }
}
