//! An evaluation as text: the steps stage by stage, the lines, the total.

use channelflow_model::messages::{Lang, label, say};

use super::Evaluation;
use super::trace::money;

impl Evaluation {
    /// The steps as text, stage by stage, then the lines and the total.
    pub fn text(&self, lang: Lang) -> String {
        let mut text = String::new();
        let mut stage = None;
        for step in &self.steps {
            if stage != Some(step.stage) {
                text.push_str(&format!("{}\n", step.stage.label(lang)));
                stage = Some(step.stage);
            }
            let reward = step.reward.as_ref();
            let reward = reward.map(|id| format!("[{id}] ")).unwrap_or_default();
            text.push_str(&format!("  {reward}{}\n", step.text(lang)));
        }
        text.push_str(&format!("{}\n", label(lang, "policy_lines")));
        for line in &self.lines {
            let kind = line.kind.label(lang);
            let name = if line.name.is_empty() {
                "-"
            } else {
                &line.name
            };
            let said = match (&line.held, line.amount) {
                (Some(reason), _) => reason.text(lang),
                (None, amount) => money(amount.unwrap_or_default()),
            };
            text.push_str(&format!("  {kind} {name}: {said}\n"));
        }
        match self.total {
            Some(total) => {
                let carry = money(self.carry.unwrap_or_default());
                let total = money(total);
                let said = say(
                    lang,
                    "policy_total",
                    &[("total", &total), ("carry", &carry)],
                );
                text.push_str(&said);
            }
            None => text.push_str(&label(lang, "policy_total_held")),
        }
        text.push('\n');
        text
    }
}
