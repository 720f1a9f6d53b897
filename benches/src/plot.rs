//! Plots as SVG, on logarithmic axes, readable in light and dark.

use std::fmt::Write as _;

use crate::figures::grouped;

/// One line of a plot, by its points.
pub struct Line {
    pub name: String,
    pub points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 760.0;
/// Colours that are told apart on white and on black, and by those who see few.
const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600}\
    .grid{stroke:#d1d9e0}.c0{--c:#0969da}.c1{--c:#bc4c00}.c2{--c:#1a7f37}.c3{--c:#8250df}.c4{--c:#bf3989}.c5{--c:#6e7781}\
    .bar{fill:var(--c)}.line{stroke:var(--c);fill:none;stroke-width:2}.dot{fill:var(--c)}\
    @media(prefers-color-scheme:dark){text{fill:#f0f6fc}.grid{stroke:#3d444d}\
    .c0{--c:#4493f8}.c1{--c:#f0883e}.c2{--c:#3fb950}.c3{--c:#ab7df8}.c4{--c:#db61a2}.c5{--c:#9198a1}}";

/// An axis from one power of ten to another, over so many pixels from an origin.
struct Axis {
    least: i32,
    most: i32,
    origin: f64,
    pixels: f64,
}

impl Axis {
    fn over(values: impl Iterator<Item = f64> + Clone, origin: f64, pixels: f64) -> Self {
        let least = values.clone().fold(f64::INFINITY, f64::min).log10().floor() as i32;
        let most = values.fold(f64::MIN_POSITIVE, f64::max).log10().ceil() as i32;
        Self { least, most: most.max(least + 1), origin, pixels }
    }

    fn at(&self, value: f64) -> f64 {
        let part = (value.log10() - f64::from(self.least)) / f64::from(self.most - self.least);
        self.origin + part * self.pixels
    }

    /// Where each power of ten is, and what it is called.
    fn marks(&self) -> impl Iterator<Item = (f64, String)> {
        (self.least..=self.most).map(|power| {
            let value = 10_f64.powi(power);
            let name = if power < 0 { format!("{value:.*}", power.unsigned_abs() as usize) } else { grouped(value) };
            (self.at(value), name)
        })
    }
}

fn svg(title: &str, height: f64, body: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n<text class=\"title\" x=\"16\" y=\"24\">{title}</text>\n{body}</svg>\n"
    )
}

/// Bars from the left, each with its name and value; those of hallpass stand out.
#[must_use]
pub fn bars(title: &str, all: &[(String, f64)]) -> String {
    const NAMES: f64 = 250.0;
    let axis = Axis::over(all.iter().map(|(_, value)| *value), NAMES, WIDTH - NAMES - 80.0);
    let height = 70.0 + 26.0 * all.len() as f64;
    let mut body = String::new();
    for (x, name) in axis.marks() {
        let (bottom, below) = (height - 30.0, height - 12.0);
        let _ = writeln!(body, "<line class=\"grid\" x1=\"{x:.1}\" y1=\"40\" x2=\"{x:.1}\" y2=\"{bottom}\"/>");
        let _ = writeln!(body, "<text x=\"{x:.1}\" y=\"{below}\" text-anchor=\"middle\">{name}</text>");
    }
    let mut y = 44.0;
    for (name, value) in all {
        let colour = if name.starts_with("hallpass") { "c0" } else { "c5" };
        let (width, text) = ((axis.at(*value) - NAMES).max(1.0), y + 14.0);
        let _ = writeln!(body, "<text x=\"{}\" y=\"{text}\" text-anchor=\"end\">{name}</text>", NAMES - 8.0);
        let _ = writeln!(
            body,
            "<rect class=\"bar {colour}\" x=\"{NAMES}\" y=\"{y}\" width=\"{width:.1}\" height=\"18\" rx=\"2\"/>"
        );
        let _ = writeln!(body, "<text x=\"{:.1}\" y=\"{text}\">{value:.2}</text>", axis.at(*value) + 6.0);
        y += 26.0;
    }
    svg(title, height, &body)
}

/// Lines through points, with a legend below in the order of where they end, the uppermost first.
#[must_use]
pub fn lines(title: &str, all: &[Line]) -> String {
    const LEFT: f64 = 80.0;
    const BOTTOM: f64 = 340.0;
    let each = || all.iter().flat_map(|line| &line.points);
    let across = Axis::over(each().map(|(x, _)| *x), LEFT, WIDTH - LEFT - 60.0);
    let up = Axis::over(each().map(|(_, y)| *y), BOTTOM, 50.0 - BOTTOM);
    let mut body = String::new();
    for (x, name) in across.marks() {
        let _ = writeln!(body, "<line class=\"grid\" x1=\"{x:.1}\" y1=\"50\" x2=\"{x:.1}\" y2=\"{BOTTOM}\"/>");
        let _ = writeln!(body, "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{name}</text>", BOTTOM + 20.0);
    }
    for (y, name) in up.marks() {
        let right = WIDTH - 60.0;
        let _ = writeln!(body, "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\"/>");
        let _ = writeln!(body, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>", LEFT - 8.0, y + 4.0);
    }
    let last = |line: &Line| line.points.last().map_or(0.0, |(_, y)| *y);
    let mut sorted: Vec<&Line> = all.iter().collect();
    sorted.sort_by(|one, other| last(other).total_cmp(&last(one)));
    let mut others = (1..6).cycle();
    for (n, line) in sorted.iter().enumerate() {
        let colour = if line.name == "hallpass" { 0 } else { others.next().unwrap_or_default() };
        let colour = format!("c{colour}");
        let at: Vec<(f64, f64)> = line.points.iter().map(|(x, y)| (across.at(*x), up.at(*y))).collect();
        let path: Vec<String> = at.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(body, "<polyline class=\"line {colour}\" points=\"{}\"/>", path.join(" "));
        for (x, y) in at {
            let _ = writeln!(body, "<circle class=\"dot {colour}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>");
        }
        let y = BOTTOM + 48.0 + 22.0 * n as f64;
        let _ =
            writeln!(body, "<rect class=\"bar {colour}\" x=\"{LEFT}\" y=\"{}\" width=\"18\" height=\"4\"/>", y - 6.0);
        let _ = writeln!(body, "<text x=\"{}\" y=\"{y}\">{}</text>", LEFT + 28.0, line.name);
    }
    svg(title, BOTTOM + 60.0 + 22.0 * all.len() as f64, &body)
}
