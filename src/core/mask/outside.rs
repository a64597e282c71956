//! A detector outside of the core, such as a model's: it gets each text that the core's own have left.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::{Mask, MaskedPage};
use crate::core::model::page_body::{PageBody, PageBodyError};

/// Someone who masks texts.
pub trait TextDetector: Send + Sync {
    /// The texts, masked, one for each; `None` where it failed, and the text is to be dropped.
    fn mask(&self, texts: Vec<String>) -> Pin<Box<dyn Future<Output = Vec<Option<String>>> + Send + '_>>;
}

impl Mask {
    /// The mask with a detector that sees its texts last.
    #[must_use]
    pub fn with_detector(mut self, detector: Arc<dyn TextDetector>) -> Self {
        self.detector = Some(detector);
        self
    }

    /// The page with everything treated as the policy says, and its texts as the detector leaves them.
    ///
    /// # Errors
    /// Never in practice: what is written is a page.
    pub async fn apply(self: &Arc<Self>, page: &PageBody) -> Result<MaskedPage, PageBodyError> {
        let Some(detector) = &self.detector else { return self.page(page) };
        let texts = self.gather(page);
        let masked = if texts.is_empty() { Vec::new() } else { detector.mask(texts).await };
        self.page_with(page, masked)
    }
}
