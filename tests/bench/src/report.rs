//! What was measured, beside what it is compared with and what it should be.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

/// One figure.
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: String,
    /// The figure.
    pub(crate) value: f64,
    /// Its unit.
    pub(crate) unit: &'static str,
    /// What plain Rust does on this machine in this run, in the same unit: its name and figure.
    pub(crate) yardstick: Option<(&'static str, f64)>,
    /// What the figure should be.
    pub(crate) goal: Goal,
}

/// What a figure should be.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    /// Nothing: it is told beside others.
    None,
    /// At most so many of its unit.
    AtMost(f64),
    /// At least so many of its unit.
    AtLeast(f64),
    /// At most so many times its yardstick.
    TimesYardstick(f64),
    /// At least so many times its yardstick.
    TimesYardstickAtLeast(f64),
}

/// All figures of a run, in the order they were measured.
#[derive(Default)]
pub(crate) struct Report {
    figures: Vec<Figure>,
}

impl Figure {
    fn ratio(&self) -> Option<f64> {
        self.yardstick.map(|(_, yardstick)| self.value / yardstick)
    }

    fn is_met(&self) -> Option<bool> {
        match self.goal {
            Goal::None => None,
            Goal::AtMost(most) => Some(self.value <= most),
            Goal::AtLeast(least) => Some(self.value >= least),
            Goal::TimesYardstick(most) => Some(self.ratio()? <= most),
            Goal::TimesYardstickAtLeast(least) => Some(self.ratio()? >= least),
        }
    }

    fn goal_text(&self) -> String {
        match self.goal {
            Goal::None => String::new(),
            Goal::AtMost(most) => format!("≤ {most} {}", self.unit),
            Goal::AtLeast(least) => format!("≥ {least} {}", self.unit),
            Goal::TimesYardstick(most) => format!("≤ {most}×"),
            Goal::TimesYardstickAtLeast(least) => format!("≥ {least}×"),
        }
    }

    fn cells(&self) -> [String; 6] {
        [
            self.name.clone(),
            format!("{} {}", digits(self.value), self.unit),
            self.yardstick.map_or_else(String::new, |(name, value)| {
                format!("{name} {} {}", digits(value), self.unit)
            }),
            self.ratio()
                .map_or_else(String::new, |ratio| format!("{ratio:.2}×")),
            self.goal_text(),
            match self.is_met() {
                None => String::new(),
                Some(true) => String::from("met"),
                Some(false) => String::from("MISSED"),
            },
        ]
    }

    fn document(&self) -> Value {
        json!({
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "yardstick": self.yardstick.map(|(name, value)| json!({"name": name, "value": value})),
            "ratio": self.ratio(),
            "goal": self.goal_text(),
            "met": self.is_met(),
        })
    }
}

/// Three digits that matter, and no more.
fn digits(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

impl Report {
    /// Adds a figure.
    pub(crate) fn add(&mut self, figure: Figure) {
        self.figures.push(figure);
    }

    /// Writes all figures as JSON.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let figures: Vec<Value> = self.figures.iter().map(Figure::document).collect();
        let document = json!({ "cores": cores, "figures": figures });
        let text = serde_json::to_string_pretty(&document)? + "\n";
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["what", "figure", "beside", "ratio", "goal", ""].map(String::from);
        let rows: Vec<[String; 6]> = std::iter::once(head)
            .chain(self.figures.iter().map(Figure::cells))
            .collect();
        let width = |column: usize| {
            rows.iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or_default()
        };
        for row in &rows {
            let cells = row.iter().enumerate().map(|(column, cell)| {
                let padding = width(column) - cell.chars().count();
                format!("{cell}{}", " ".repeat(padding))
            });
            let line = cells.collect::<Vec<_>>().join("  ");
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// The middle one of several measurements.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_met_or_missed() {
        let figure = |goal| Figure {
            name: String::from("x"),
            value: 3.0,
            unit: "s",
            yardstick: Some(("native", 2.0)),
            goal,
        };
        assert_eq!(figure(Goal::TimesYardstick(1.5)).is_met(), Some(true));
        assert_eq!(figure(Goal::TimesYardstick(1.4)).is_met(), Some(false));
        let at_least = Goal::TimesYardstickAtLeast;
        assert_eq!(figure(at_least(1.5)).is_met(), Some(true));
        assert_eq!(figure(at_least(1.6)).is_met(), Some(false));
        assert_eq!(figure(Goal::AtMost(2.9)).is_met(), Some(false));
        assert_eq!(figure(Goal::AtLeast(2.9)).is_met(), Some(true));
        assert_eq!(figure(Goal::None).is_met(), None);
    }

    #[test]
    fn the_median_is_the_middle_one() {
        assert!((median(vec![9.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }
}
