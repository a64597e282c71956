//! Parquet, column by column. Arrow's own reader would bring its kernels for every type into the wheel.

use std::fs::File;
use std::path::Path;

use parquet::column::reader::ColumnReader;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{FileReader as _, SerializedFileReader};

use super::content::{Broken, Content, Counter};

const ID: &str = "session_id";
/// Rows of a column that are decoded at once.
const ROWS: usize = 8_192;

pub fn read(path: &Path) -> Result<Content, Broken> {
    let file = File::open(path).map_err(Broken::File)?;
    let mut counter = Counter::new();
    match count(file, &mut counter) {
        Ok(()) => Ok(counter.content),
        Err(_) => Err(Broken::Content("it is no whole Parquet file".to_owned())),
    }
}

fn count(file: File, counter: &mut Counter) -> ParquetResult<()> {
    let reader = SerializedFileReader::new(file)?;
    let columns = reader.metadata().file_metadata().schema_descr().columns();
    let Some(id) = columns.iter().position(|column| column.path().parts() == [ID]) else {
        // That of the ids was not chosen: what does not decode is to be seen, and rows counted.
        return reader.get_row_iter(None)?.try_for_each(|row| row.map(|_| counter.text(None)));
    };
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group)?;
        let told = u64::try_from(group.metadata().num_rows())?;
        if ids(group.get_column_reader(id)?, counter)? != told {
            return Err(ParquetError::General("a column has not as many rows as its group".to_owned()));
        }
    }
    Ok(())
}

/// Decodes the ids alone; gives the number of rows.
fn ids(column: ColumnReader, counter: &mut Counter) -> ParquetResult<u64> {
    let ColumnReader::ByteArrayColumnReader(mut column) = column else {
        return Err(ParquetError::General(format!("{ID} is no text")));
    };
    let (mut levels, mut values, mut rows) = (Vec::new(), Vec::<ByteArray>::new(), 0);
    loop {
        levels.clear();
        values.clear();
        let (read, _, _) = column.read_records(ROWS, Some(&mut levels), None, &mut values)?;
        if read == 0 {
            return Ok(rows);
        }
        rows += read as u64;
        let mut values = values.iter().map(ByteArray::data);
        if levels.is_empty() {
            values.by_ref().for_each(|id| counter.text(Some(id)));
        }
        for level in &levels {
            counter.text(if *level > 0 { values.next() } else { None });
        }
    }
}
