//! docs/BENCHMARKS.md: what stands between its markers is replaced by tables of the figures; all else is written by hand.
//! A part whose figures are not there keeps its section.

use crate::figures::{BUILD, Figures, Plot, Point, Row, grouped};
use crate::machine;
use crate::plot::{Line, bars, lines};

/// Where the replaced text begins and ends; the first is followed by the name of a part and ` -->`.
const BEGIN: &str = "<!-- figures: ";
const END: &str = "<!-- end -->";

/// The page with the figures in it.
///
/// # Panics
/// When a marker is not closed.
#[must_use]
pub fn page(template: &str, all: &[Figures]) -> String {
    let mut sections = template.split(BEGIN);
    let mut page = sections.next().unwrap_or_default().to_owned();
    for section in sections {
        let (part, rest) = section.split_once(" -->").expect("a marker ends");
        let (old, after) = rest.split_once(END).expect("a section ends");
        let new = match part {
            "machine" => Some(machine::paragraphs()),
            "filter" => filter(all),
            _ => section_of(part, all),
        };
        let text = new.map_or_else(|| old.to_owned(), |text| format!("\n\n{}\n\n", text.trim_end()));
        page += &format!("{BEGIN}{part} -->{text}{END}{after}");
    }
    page
}

/// The tables of a part, one for each build.
fn section_of(part: &str, all: &[Figures]) -> Option<String> {
    let mut text = String::new();
    for figures in all.iter().filter(|figures| figures.part == part) {
        text += match figures.build.as_str() {
            "aws-lc" => "With the feature `aws-lc`:\n\n",
            "unfiltered" => "Without its filters:\n\n",
            _ => "",
        };
        text += &table(&figures.rows);
        for note in &figures.notes {
            text += &format!("\n**{note}**\n");
        }
        text += &format!("\nMeasured on {}.\n\n", figures.day);
    }
    (!text.is_empty()).then_some(text)
}

fn table(rows: &[Row]) -> String {
    let mut text = "| | hallpass | beside | | ratio | sought | |\n|---|---|---|---|---|---|---|\n".to_owned();
    for row in rows {
        let (name, value, ratio) = row
            .peer
            .as_ref()
            .map_or_else(Default::default, |peer| (peer.name.clone(), row.unit.text(peer.value), rounded(peer.ratio)));
        let reached = match row.is_reached() {
            Some(true) => "reached",
            Some(false) => "**missed**",
            None => "",
        };
        let difference = row.above_text().map(|above| format!(" ({above})")).unwrap_or_default();
        text += &format!(
            "| {} | **{}**{difference} | {name} | {value} | {ratio} | {} | {reached} |\n",
            row.what,
            row.unit.text(row.value),
            row.sought_text().unwrap_or_default()
        );
    }
    text
}

/// As many digits as mean something.
fn rounded(ratio: f64) -> String {
    match ratio {
        ..0.1 => format!("{ratio:.4}"),
        ..10.0 => format!("{ratio:.2}"),
        _ => format!("{ratio:.0}"),
    }
}

/// What the filters buy: both builds at each size.
fn filter(all: &[Figures]) -> Option<String> {
    let mut text = "| entries | | with its filters | without | ratio |\n|---|---|---|---|---|\n".to_owned();
    let header = text.len();
    for (plot, what, unit) in [(Plot::Check, "a whole check", "ns"), (Plot::Memory, "memory for each", "B")] {
        let [with, without] = ["hallpass", "hallpass, unfiltered"].map(|name| series(all, plot, name));
        for (x, y) in with {
            if let Some((_, other)) = without.iter().find(|point| point.0 == x) {
                text += &format!(
                    "| {} | {what} | {y:.1} {unit} | {other:.1} {unit} | {} |\n",
                    grouped(x),
                    rounded(y / other)
                );
            }
        }
    }
    (text.len() > header).then_some(text)
}

/// The name of what is measured, in this build.
#[must_use]
pub fn series_name(name: &str) -> String {
    if BUILD.is_empty() { name.to_owned() } else { format!("{name}, {BUILD}") }
}

fn points(all: &[Figures], plot: Plot) -> Vec<Point> {
    all.iter().flat_map(|figures| &figures.points).filter(|point| point.plot == plot).cloned().collect()
}

fn series(all: &[Figures], plot: Plot, name: &str) -> Vec<(f64, f64)> {
    points(all, plot).iter().filter(|point| point.series == name).map(|point| (point.x, point.y)).collect()
}

/// The plots whose figures are there: the names of their files, and what is in them.
#[must_use]
pub fn plots(all: &[Figures]) -> Vec<(&'static str, String)> {
    let mut plots = Vec::new();
    let verifications = points(all, Plot::Verify);
    if !verifications.is_empty() {
        let bar = |point: &Point| (point.series.clone(), point.y / 1e3);
        let mut all: Vec<(String, f64)> = verifications.iter().map(bar).collect();
        all.sort_by(|(_, one), (_, other)| one.total_cmp(other));
        plots.push(("verify.svg", bars("Time for each verification, µs (logarithmic)", &all)));
    }
    for (plot, file, title) in [
        (Plot::Memory, "memory.svg", "Bytes of memory for each entry, by the number of entries (logarithmic)"),
        (Plot::Check, "check.svg", "Nanoseconds for each check, by the number of entries (logarithmic)"),
    ] {
        let mut names: Vec<String> = points(all, plot).into_iter().map(|point| point.series).collect();
        names.sort();
        names.dedup();
        let all: Vec<Line> = names.into_iter().map(|name| Line { points: series(all, plot, &name), name }).collect();
        if !all.is_empty() {
            plots.push((file, lines(title, &all)));
        }
    }
    plots
}
