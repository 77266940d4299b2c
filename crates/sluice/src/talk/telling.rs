//! An answer as it comes: its text on standard output, how it stands on standard error.

use anyhow::bail;
use boot::failure::NotFound;
use serde_json::Value;

use super::{
    answer::{Answer, Event},
    line::{Line, Standing},
    voice::Voice,
};
use crate::{operate::Client, out};

/// `sluice jobs tail`: tells the answer `id` from its beginning to its end.
pub fn tail(client: Client, id: &str, json: bool) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut voice = Voice::of_reader(client, id).await?;
        tell(&mut voice, id, Telling::new(json)).await
    })
}

/// Tells the answer `id` until it ends; fails if it does.
pub(super) async fn tell(voice: &mut Voice, id: &str, mut telling: Telling) -> anyhow::Result<()> {
    let mut answer = Answer::new(voice, id);
    let loss = answer.loss();
    loop {
        let Telling { line, standing, has_begun, printed, .. } = &mut telling;
        let is_within_line = *printed == Printed::WithinLine;
        let standing = || {
            if loss.is_there() && *has_begun { Some(&Standing::Lost) } else { standing.as_ref() }
        };
        let event = line.beside(is_within_line, standing, answer.next()).await;
        telling.line.clear();
        match event? {
            Some(event) => telling.take(&event)?,
            None => return telling.ended(),
        }
    }
}

/// The text that was printed and is not void.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Printed {
    Nothing,
    Lines,
    /// The last line has not ended.
    WithinLine,
}

/// What was told so far.
pub(super) struct Telling {
    json: bool,
    line: Line,
    standing: Option<Standing>,
    has_begun: bool,
    printed: Printed,
    model: String,
    failure: Option<String>,
    tokens: Option<u64>,
    status: Option<String>,
}

impl Telling {
    pub(super) fn new(json: bool) -> Self {
        Self {
            json,
            line: Line::new(),
            standing: Some(Standing::Waiting),
            has_begun: false,
            printed: Printed::Nothing,
            model: String::new(),
            failure: None,
            tokens: None,
            status: None,
        }
    }

    fn take(&mut self, Event { number, data }: &Event) -> anyhow::Result<()> {
        self.has_begun = true;
        if self.json {
            let mut line = serde_json::json!({ "id": number });
            if let (Some(line), Some(data)) = (line.as_object_mut(), data.as_object()) {
                line.extend(data.clone());
            }
            out::print(format_args!("{line}\n"))?;
        }
        match data["type"].as_str().unwrap_or_default() {
            "delta" => self.print(data["delta"].as_str().unwrap_or_default())?,
            "status" => self.begins(data),
            "retry" => self.begins_again(data)?,
            "usage" => self.tokens = data["outputTokens"].as_u64(),
            "error" => self.failure = Some(failure(data)),
            "done" => self.status = data["status"].as_str().map(str::to_owned),
            // Something that a newer Sluice says beside.
            _ => {}
        }
        Ok(())
    }

    fn print(&mut self, text: &str) -> anyhow::Result<()> {
        self.standing = None;
        if self.json || text.is_empty() {
            return Ok(());
        }
        self.printed = if text.ends_with('\n') { Printed::Lines } else { Printed::WithinLine };
        out::print(text)
    }

    /// Ends the line of the text, if there is one.
    fn end_line(&mut self) -> anyhow::Result<()> {
        if self.printed == Printed::WithinLine {
            self.printed = Printed::Lines;
            out::print("\n")?;
        }
        Ok(())
    }

    fn begins(&mut self, data: &Value) {
        data["model"].as_str().unwrap_or_default().clone_into(&mut self.model);
        let attempt = data["attempt"].as_u64().unwrap_or(1);
        self.standing = Some(Standing::Writing { model: self.model.clone(), attempt });
    }

    fn begins_again(&mut self, data: &Value) -> anyhow::Result<()> {
        if self.printed != Printed::Nothing && !data["discardFromSeq"].is_null() {
            self.end_line()?;
            self.printed = Printed::Nothing;
            out::tell("(the text so far is void: the answer begins again)");
        }
        self.standing = Some(Standing::Retrying {
            reason: data["reason"].as_str().unwrap_or_default().to_owned(),
            due: serde_json::from_value(data["retryAt"].clone()).ok(),
            attempt: data["attempt"].as_u64().unwrap_or(1),
        });
        Ok(())
    }

    fn ended(mut self) -> anyhow::Result<()> {
        self.end_line()?;
        let Some(status) = &self.status else {
            return Err(NotFound("the events of this answer are not kept any more".into()).into());
        };
        match (status.as_str(), self.failure.take()) {
            ("succeeded", _) => {
                let tokens = self.tokens.map_or_else(String::new, |n| format!(", {n} tokens"));
                self.line.say(&format!("{}{tokens}", self.model));
                Ok(())
            }
            ("canceled", _) => bail!("the answer was stopped"),
            (_, Some(failure)) => bail!(failure),
            (status, None) => bail!("the answer ended as {status}"),
        }
    }
}

fn failure(data: &Value) -> String {
    let text = |name: &str| data[name].as_str().unwrap_or_default();
    format!("{} ({})", text("message"), text("code"))
}
