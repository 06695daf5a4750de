//! The counts that are recorded in `counts.csv`, and how new ones compare.

use std::path::PathBuf;
use std::process::ExitCode;

/// How far above the record a count may be, in percent; below the record's it says so.
const TOLERANCE: f64 = 5.0;
const AGAIN: &str = "UPDATE_COUNTS=1 benches/instructions/run";

/// What was recorded.
pub(crate) struct Record(String);

impl Record {
    /// Reads the file.
    pub(crate) fn read() -> Self {
        Self(std::fs::read_to_string(path()).unwrap())
    }

    /// Shows new counts beside it, and fails if one is too high.
    pub(crate) fn compare(&self, counts: &[(&str, u64)]) -> ExitCode {
        println!("{:<22} {:>9} {:>9} {:>8}", "instructions of a", "recorded", "counted", "change");
        let (mut risen, mut fallen) = (false, false);
        for (name, counted) in counts {
            let recorded = self.of(name);
            let change = 100.0 * (*counted as f64 / recorded as f64 - 1.0);
            risen |= change > TOLERANCE;
            fallen |= change < -TOLERANCE;
            println!("{name:<22} {recorded:>9} {counted:>9} {change:>+7.1}%");
        }
        if fallen {
            println!("fewer than recorded, well done: lower the record with {AGAIN}");
        }
        if risen {
            println!(
                "more than recorded, by over {TOLERANCE} %: see CONTRIBUTING.md, \"When a count rises\""
            );
            return ExitCode::FAILURE;
        }
        ExitCode::SUCCESS
    }

    fn of(&self, name: &str) -> u64 {
        let row = self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(','));
        row.unwrap_or_else(|| panic!("no record of a {name}; make one with {AGAIN}")).parse().unwrap()
    }
}

/// Records these.
pub(crate) fn write(counts: &[(&str, u64)]) {
    let rows = counts.iter().map(|(name, count)| format!("{name},{count}\n"));
    let text: String = std::iter::once("of a,instructions\n".to_owned()).chain(rows).collect();
    print!("{text}");
    std::fs::write(path(), text).unwrap();
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/instructions/counts.csv")
}
