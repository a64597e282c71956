//! CSV: the columns of a table, each session a record.

use std::sync::Arc;

use super::Render;
use crate::core::arrow::Columns;
use crate::core::arrow::csv::CsvWriter;
use crate::core::filter::Projection;
use crate::core::listing::rechunk::Page;

pub(super) struct Csv {
    columns: Columns,
    writer: CsvWriter,
    begun: bool,
}

impl Csv {
    pub fn new(fields: Option<Projection>) -> Self {
        let columns = Columns::new(fields.map(Arc::new));
        let writer = CsvWriter::new(&columns.schema(), false);
        Self { columns, writer, begun: false }
    }

    fn begin(&mut self, text: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.begun, true) {
            text.extend_from_slice(self.writer.header());
        }
    }
}

impl Render for Csv {
    fn page(&mut self, page: &Page, text: &mut Vec<u8>) {
        self.begin(text);
        page.sessions().for_each(|session| self.columns.push(session));
        // Both only fail where the columns are not those of the schema, which they are made to.
        let lines = self.columns.finish().and_then(|batch| self.writer.render(&batch));
        text.extend_from_slice(&lines.unwrap_or_default());
    }

    fn finish(&mut self, text: &mut Vec<u8>) {
        self.begin(text);
    }
}
