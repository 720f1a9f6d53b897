//! The figures of all rounds, by what befell the engine.

use super::faults::Fault;
use super::history::Said;
use super::round::Outcome;

#[derive(Default)]
struct Figures {
    rounds: usize,
    revoked: usize,
    acknowledged: usize,
    accepted: usize,
    refused: usize,
    unknown: usize,
    alive: usize,
    beyond: usize,
    violations: usize,
    lost: usize,
    reading: Vec<i64>,
    writing: Vec<i64>,
}

#[derive(Default)]
pub(super) struct Report {
    by_fault: Vec<(Fault, Figures)>,
    /// The faults and the seeds of rounds in which something was wrong.
    pub(super) wrong_rounds: Vec<(Fault, u64)>,
}

impl Report {
    pub(super) fn add(&mut self, fault: Fault, seed: u64, outcome: Outcome) {
        let place = self.by_fault.iter().position(|(known, _)| *known == fault).unwrap_or_else(|| {
            self.by_fault.push((fault, Figures::default()));
            self.by_fault.len() - 1
        });
        let (figures, history) = (&mut self.by_fault[place].1, &outcome.history);
        figures.rounds += 1;
        figures.revoked += history.revoked.len();
        figures.acknowledged += history.acknowledged();
        figures.accepted += history.count(|said| said == Said::Accepted);
        figures.refused += history.count(|said| matches!(said, Said::Revoked(_)));
        figures.unknown += history.count(|said| said == Said::Unknown);
        figures.alive += outcome.alive;
        figures.beyond += outcome.wrong.beyond;
        figures.violations += outcome.wrong.found.len();
        figures.lost += outcome.wrong.lost;
        figures.reading.extend(outcome.converged.map(|converged| converged.reading));
        figures.writing.extend(outcome.converged.map(|converged| converged.writing));
        if !outcome.wrong.found.is_empty() {
            self.wrong_rounds.push((fault, seed));
        }
    }

    pub(super) fn print(&mut self) {
        println!(
            "{:>17} {:>6} {:>8} {:>6} {:>9} {:>8} {:>8} {:>7} {:>7} {:>10}   {:>14} {:>14}",
            "fault",
            "rounds",
            "revoked",
            "acked",
            "accepted",
            "refused",
            "unknown",
            "alive",
            "beyond",
            "violations",
            "reads after",
            "writes after"
        );
        for (fault, figures) in &mut self.by_fault {
            let Figures {
                rounds, revoked, acknowledged, accepted, refused, unknown, alive, beyond, violations, ..
            } = figures;
            println!(
                "{:>17} {rounds:>6} {revoked:>8} {acknowledged:>6} {accepted:>9} {refused:>8} {unknown:>8} {alive:>7} {beyond:>7} \
                 {violations:>10}   {:>14} {:>14}",
                format!("{fault:?}"),
                middle_and_most(&mut figures.reading),
                middle_and_most(&mut figures.writing),
            );
        }
        let sum = |of: fn(&Figures) -> usize| self.by_fault.iter().map(|(_, figures)| of(figures)).sum::<usize>();
        println!(
            "{} rounds: {} acknowledged revocations, {} verifications, {} violations, lost: {}",
            sum(|figures| figures.rounds),
            sum(|figures| figures.acknowledged),
            sum(|figures| figures.accepted + figures.refused + figures.unknown),
            sum(|figures| figures.violations),
            sum(|figures| figures.lost),
        );
    }
}

/// In seconds.
fn middle_and_most(micros: &mut [i64]) -> String {
    micros.sort_unstable();
    match (micros.get(micros.len() / 2), micros.last()) {
        (Some(middle), Some(most)) => format!("{:.2}/{:.2} s", seconds(*middle), seconds(*most)),
        _ => "never".to_owned(),
    }
}

fn seconds(micros: i64) -> f64 {
    std::time::Duration::from_micros(micros.unsigned_abs()).as_secs_f64()
}
