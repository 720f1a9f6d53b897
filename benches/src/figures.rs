//! What a part has measured: shown as it is measured, and saved for the report.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The build of the list that was measured: as it is, or by what differs.
pub const BUILD: &str = if cfg!(hallpass_unfiltered) {
    "unfiltered"
} else if cfg!(feature = "aws-lc") {
    "aws-lc"
} else {
    ""
};

/// The figures of one part in one build.
#[derive(Debug, Serialize, Deserialize)]
pub struct Figures {
    pub part: String,
    pub build: String,
    /// The day on which it was measured.
    pub day: String,
    pub rows: Vec<Row>,
    pub points: Vec<Point>,
    /// What could not be measured, and why.
    pub notes: Vec<String>,
}

/// One figure, perhaps beside a peer's.
#[derive(Debug, Serialize, Deserialize)]
pub struct Row {
    pub what: String,
    pub value: f64,
    pub unit: Unit,
    pub peer: Option<Peer>,
    pub sought: Option<Bound>,
}

/// A peer's figure, in the same unit.
#[derive(Debug, Serialize, Deserialize)]
pub struct Peer {
    pub name: String,
    pub value: f64,
    /// The first beside it: the median of the ratios of all rounds, where they were interleaved.
    pub ratio: f64,
    /// By how much the first is above it, if that is to be told: the median of the differences of all rounds.
    #[serde(default)]
    pub above: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    Nanoseconds,
    Bytes,
    PerSecond,
    /// The greatest |t| of several tests: how sure it is that two classes take different times.
    T,
}

/// What was sought.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Bound {
    RatioAtMost(f64),
    RatioAtLeast(f64),
    /// In the figure's unit.
    AtMost(f64),
    /// No more than so much above the peer's, in the figure's unit.
    AbovePeerAtMost(f64),
}

/// A point of a plot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Point {
    pub plot: Plot,
    pub series: String,
    /// The number of entries; of no meaning for bars.
    pub x: f64,
    pub y: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Plot {
    /// Bars: nanoseconds for each verification.
    Verify,
    /// Bytes for each entry, against their number.
    Memory,
    /// Nanoseconds for each check, against the number of entries.
    Check,
}

impl Figures {
    #[must_use]
    pub fn of(part: &str) -> Self {
        println!("== {part}{}", if BUILD.is_empty() { String::new() } else { format!(" ({BUILD})") });
        let day = chrono::Utc::now().format("%Y-%m-%d").to_string();
        Self { part: part.into(), build: BUILD.into(), day, rows: vec![], points: vec![], notes: vec![] }
    }

    /// What is measured next: the figure alone may take a while.
    pub fn progress(&self, what: impl fmt::Display) {
        println!("   … {what}");
    }

    pub fn add(&mut self, row: Row) {
        println!("   {row}");
        self.rows.push(row);
    }

    pub fn point(&mut self, plot: Plot, series: impl Into<String>, x: f64, y: f64) {
        self.points.push(Point { plot, series: series.into(), x, y });
    }

    pub fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        println!("   ! {text}");
        self.notes.push(text);
    }

    /// In the folder of `HALLPASS_BENCH_FIGURES`, in a file of this part and build.
    ///
    /// # Panics
    /// When it can't be written.
    pub fn save(&self) {
        let folder = folder();
        fs::create_dir_all(&folder).unwrap();
        let name = if self.build.is_empty() { self.part.clone() } else { format!("{}-{}", self.part, self.build) };
        fs::write(folder.join(name).with_extension("json"), serde_json::to_vec_pretty(self).unwrap()).unwrap();
    }

    /// All that were saved.
    ///
    /// # Panics
    /// When one can't be read.
    #[must_use]
    pub fn saved(folder: &Path) -> Vec<Self> {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder).map_or_else(|_| vec![], |files| files.map(|file| file.unwrap().path()).collect());
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        let mut all: Vec<Self> =
            paths.iter().map(|path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap()).collect();
        // The usual build first.
        all.sort_by(|one, other| (&one.part, &one.build).cmp(&(&other.part, &other.build)));
        all
    }
}

/// Where the figures of this run are.
#[must_use]
pub fn folder() -> PathBuf {
    std::env::var_os("HALLPASS_BENCH_FIGURES")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/figures")), PathBuf::from)
}

impl Row {
    /// A time in nanoseconds.
    pub fn time(what: impl Into<String>, nanoseconds: f64) -> Self {
        Self::of(what, nanoseconds, Unit::Nanoseconds)
    }

    pub fn bytes(what: impl Into<String>, bytes: f64) -> Self {
        Self::of(what, bytes, Unit::Bytes)
    }

    pub fn per_second(what: impl Into<String>, rate: f64) -> Self {
        Self::of(what, rate, Unit::PerSecond)
    }

    /// The greatest |t|.
    pub fn t(what: impl Into<String>, t: f64) -> Self {
        Self::of(what, t, Unit::T)
    }

    fn of(what: impl Into<String>, value: f64, unit: Unit) -> Self {
        Self { what: what.into(), value, unit, peer: None, sought: None }
    }

    /// Beside a peer, measured apart from it.
    #[must_use]
    pub fn beside(self, name: impl Into<String>, value: f64) -> Self {
        let ratio = self.value / value;
        self.beside_by(name, value, ratio)
    }

    /// Beside a peer, with the median of the rounds' ratios.
    #[must_use]
    pub fn beside_by(self, name: impl Into<String>, value: f64, ratio: f64) -> Self {
        Self { peer: Some(Peer { name: name.into(), value, ratio, above: None }), ..self }
    }

    /// So much above the peer, by the median of the rounds' differences.
    #[must_use]
    pub fn above_by(self, difference: f64) -> Self {
        Self { peer: self.peer.map(|peer| Peer { above: Some(difference), ..peer }), ..self }
    }

    /// How much it is above its peer's, if that was measured or asked for.
    #[must_use]
    pub fn above(&self) -> Option<f64> {
        let peer = self.peer.as_ref()?;
        let is_asked = matches!(self.sought, Some(Bound::AbovePeerAtMost(_)));
        peer.above.or_else(|| is_asked.then_some(self.value - peer.value))
    }

    /// That as text.
    #[must_use]
    pub fn above_text(&self) -> Option<String> {
        let above = self.above()?;
        Some(format!("{} {}", self.unit.text(above.abs()), if above < 0.0 { "less" } else { "more" }))
    }

    #[must_use]
    pub fn sought(self, bound: Bound) -> Self {
        Self { sought: Some(bound), ..self }
    }

    /// Whether it has what was sought, if anything was.
    #[must_use]
    pub fn is_reached(&self) -> Option<bool> {
        let peer = self.peer.as_ref();
        match self.sought? {
            Bound::RatioAtMost(bound) => peer.map(|peer| peer.ratio <= bound),
            Bound::RatioAtLeast(bound) => peer.map(|peer| peer.ratio >= bound),
            Bound::AtMost(bound) => Some(self.value <= bound),
            Bound::AbovePeerAtMost(bound) => self.above().map(|above| above <= bound),
        }
    }

    /// What was sought, as text.
    #[must_use]
    pub fn sought_text(&self) -> Option<String> {
        Some(match self.sought? {
            Bound::RatioAtMost(bound) => format!("ratio ≤ {bound}"),
            Bound::RatioAtLeast(bound) => format!("ratio ≥ {bound}"),
            Bound::AtMost(bound) => format!("≤ {}", self.unit.text(bound)),
            Bound::AbovePeerAtMost(bound) => format!("≤ {} more", self.unit.text(bound)),
        })
    }
}

impl Unit {
    /// A figure with its unit.
    #[must_use]
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Bytes => format!("{value:.2} B"),
            Self::PerSecond => format!("{} /s", grouped(value)),
            Self::T => format!("t = {value:.1}"),
            Self::Nanoseconds => match value.abs() {
                ..1e3 => format!("{value:.0} ns"),
                1e3..1e6 => format!("{:.2} µs", value / 1e3),
                1e6..1e9 => format!("{:.2} ms", value / 1e6),
                _ => format!("{:.2} s", value / 1e9),
            },
        }
    }
}

/// A whole number with its thousands apart.
#[must_use]
pub fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.unit.text(self.value))?;
        if let Some(Peer { name, value, ratio, .. }) = &self.peer {
            write!(f, "; {name}: {}, ratio {ratio:.3}", self.unit.text(*value))?;
        }
        if let Some(above) = self.above_text() {
            write!(f, ", {above}")?;
        }
        if let (Some(sought), Some(is_reached)) = (self.sought_text(), self.is_reached()) {
            write!(f, " (sought: {sought}{})", if is_reached { "" } else { ": MISSED" })?;
        }
        Ok(())
    }
}
