//! What a caller may say about the answer it wants.

use domain::{id::MessageId, job::Sampling};
use serde_json::Number;

use crate::{
    error::Faults,
    extract::{Text, Wish, request_id_fits},
};

const MAX_CONTENT_BYTES: usize = 256 * 1024;
const MAX_SYSTEM_BYTES: usize = 64 * 1024;
const MAX_MODEL_BYTES: usize = 200;
const MAX_TEMPERATURE: f64 = 2.0;
/// The longest answer one may ask for, in tokens, whichever the model.
pub(super) const MAX_TOKENS: u32 = 200_000;

/// A checked wish for an answer.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    /// What is to be answered.
    pub(crate) question: Question,
    /// Who should answer; the default when absent.
    pub(crate) model: Option<String>,
    /// The rules put before the chat.
    pub(crate) system_prompt: Option<String>,
    /// How to sample.
    pub(crate) sampling: Sampling,
    /// How to sample where `sampling` does not say.
    pub(crate) usual: Sampling,
    /// The caller's own name for the request.
    pub(crate) request_id: Option<String>,
    /// What to do while another generation is under way.
    pub(crate) on_busy: OnBusy,
}

/// What is to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Question {
    /// Something new.
    New {
        /// What is asked.
        content: String,
        /// What it follows.
        follows: Follows,
    },
    /// What was asked before, once more.
    Again(MessageId),
}

/// What a new message follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Follows {
    /// The newest message.
    #[default]
    Newest,
    /// None: it begins the chat, beside what else does.
    Nothing,
    /// This one, beside what else does.
    Message(MessageId),
}

impl Follows {
    /// What a body says.
    pub(crate) fn of(parent: Wish<Text>, faults: &mut Faults) -> Self {
        match parent {
            Wish::Absent => Self::Newest,
            Wish::Null => Self::Nothing,
            Wish::Is(Text(id)) => {
                let id =
                    id.parse().map_err(|_| "must be the id of a message of this chat, or null");
                faults.take("/parentId", id).map_or(Self::Newest, Self::Message)
            }
        }
    }
}

/// What to do with a question while another generation of the user is under way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum OnBusy {
    /// Refuse it.
    #[default]
    Reject,
    /// Stop that one, and ask it next, behind those that wait already.
    Interrupt,
    /// Accept it, and ask it when that one has ended.
    Queue,
}

/// The optional fields of a wish for an answer, not yet checked.
#[derive(Debug, Default, PartialEq)]
#[cfg_attr(test, derive(serde::Deserialize), serde(rename_all = "camelCase", default))]
pub(crate) struct AskOptions {
    /// Who should answer.
    pub(crate) model: Option<Text>,
    /// The rules put before the chat.
    pub(crate) system_prompt: Option<Text>,
    /// How daring.
    pub(crate) temperature: Option<Number>,
    /// How long, in tokens.
    pub(crate) max_tokens: Option<Number>,
    /// The caller's own name for the request.
    pub(crate) request_id: Option<Text>,
    /// What to do while another generation is under way.
    pub(crate) on_busy: Option<Text>,
}

impl AskOptions {
    /// Whether none of them is given.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Checks the fields, and joins them with the question.
    pub(crate) fn check(self, question: Option<Question>, faults: &mut Faults) -> Option<Ask> {
        let temperature = faults.take("/temperature", temperature(self.temperature.as_ref()));
        let max_tokens = faults.take("/maxTokens", max_tokens(self.max_tokens.as_ref()));
        let system_prompt = Text::optional(self.system_prompt);
        faults.take("/systemPrompt", at_most(system_prompt.as_deref(), MAX_SYSTEM_BYTES));
        let model = Text::optional(self.model);
        faults.take("/model", model.as_deref().map_or(Ok(()), model_fits));
        let request_id = Text::optional(self.request_id);
        faults.take("/requestId", request_id.as_deref().map_or(Ok(()), request_id_fits));
        let on_busy = faults.take("/onBusy", on_busy(Text::optional(self.on_busy).as_deref()));
        let sampling = Sampling { temperature: temperature?, max_tokens: max_tokens? };
        let (question, on_busy) = (question?, on_busy?);
        let usual = Sampling::default();
        let ask = Ask { question, model, system_prompt, sampling, usual, request_id, on_busy };
        faults.is_empty().then_some(ask)
    }
}

/// The question, if it may be one.
pub(crate) fn check_content(pointer: &str, content: Text, faults: &mut Faults) -> Option<String> {
    let Text(content) = content;
    if content.trim().is_empty() || content.len() > MAX_CONTENT_BYTES {
        let detail = format!("must be 1 to {MAX_CONTENT_BYTES} bytes, not all of them white space");
        faults.add(pointer, detail);
        return None;
    }
    Some(content)
}

/// Whether somebody may be called `model`. Without blanks nobody can have a provider say a sentence of the caller's that
/// means something, in repeating the name.
fn model_fits(model: &str) -> Result<(), String> {
    let is_odd = |c: char| c.is_whitespace() || c.is_control();
    if model.len() > MAX_MODEL_BYTES || model.trim().contains(is_odd) {
        return Err(format!("must be at most {MAX_MODEL_BYTES} bytes, without blanks"));
    }
    Ok(())
}

fn temperature(number: Option<&Number>) -> Result<Option<f64>, String> {
    let Some(number) = number else { return Ok(None) };
    let value = number.as_f64().filter(|value| (0.0..=MAX_TEMPERATURE).contains(value));
    value.map(Some).ok_or_else(|| format!("must be a number from 0 to {MAX_TEMPERATURE}"))
}

fn max_tokens(number: Option<&Number>) -> Result<Option<u32>, String> {
    let Some(number) = number else { return Ok(None) };
    let value = number.as_u64().and_then(|value| u32::try_from(value).ok());
    let value = value.filter(|value| (1..=MAX_TOKENS).contains(value));
    value.map(Some).ok_or_else(|| format!("must be a whole number from 1 to {MAX_TOKENS}"))
}

fn at_most(text: Option<&str>, bytes: usize) -> Result<(), String> {
    if text.is_none_or(|text| text.len() <= bytes) {
        return Ok(());
    }
    Err(format!("must not be longer than {bytes} bytes"))
}

fn on_busy(wish: Option<&str>) -> Result<OnBusy, &'static str> {
    match wish {
        None | Some("reject") => Ok(OnBusy::Reject),
        Some("interrupt") => Ok(OnBusy::Interrupt),
        Some("queue") => Ok(OnBusy::Queue),
        Some(_) => Err("must be \"reject\", \"interrupt\" or \"queue\""),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn check(options: Value) -> Result<Ask, Vec<String>> {
        let options: AskOptions = serde_json::from_value(options).unwrap();
        let mut faults = Faults::default();
        let question = Question::New { content: "hello".to_owned(), follows: Follows::default() };
        let ask = options.check(Some(question), &mut faults);
        ask.ok_or_else(|| faults.into_vec().into_iter().map(|fault| fault.pointer).collect())
    }

    #[test]
    fn what_is_allowed_is_taken() {
        let ask = check(json!({
            "temperature": 0, "maxTokens": 200_000, "systemPrompt": "be brief", "model": "m",
            "requestId": "r", "onBusy": "reject",
        }))
        .unwrap();
        assert_eq!(ask.sampling, Sampling { temperature: Some(0.0), max_tokens: Some(200_000) });
        assert_eq!(ask.request_id.as_deref(), Some("r"));
        assert!(check(json!({})).is_ok());
    }

    #[test]
    fn every_fault_is_named() {
        for (options, pointers) in [
            (json!({ "temperature": -0.1 }), vec!["/temperature"]),
            (json!({ "temperature": 2.1 }), vec!["/temperature"]),
            (json!({ "maxTokens": 0 }), vec!["/maxTokens"]),
            (json!({ "maxTokens": -1 }), vec!["/maxTokens"]),
            (json!({ "maxTokens": 1.5 }), vec!["/maxTokens"]),
            (json!({ "maxTokens": 4_294_967_297_u64 }), vec!["/maxTokens"]),
            (json!({ "onBusy": "later" }), vec!["/onBusy"]),
            (json!({ "requestId": "" }), vec!["/requestId"]),
            (json!({ "requestId": "a\nb" }), vec!["/requestId"]),
            (json!({ "requestId": "a".repeat(201) }), vec!["/requestId"]),
            (json!({ "systemPrompt": "a".repeat(65_537) }), vec!["/systemPrompt"]),
            (json!({ "temperature": 3, "maxTokens": 0 }), vec!["/temperature", "/maxTokens"]),
        ] {
            assert_eq!(check(options.clone()).unwrap_err(), pointers, "{options}");
        }
    }

    #[test]
    fn a_question_has_a_length() {
        let fits = |text: &str| {
            check_content("/userMessage", Text(text.to_owned()), &mut Faults::default()).is_some()
        };
        assert!(fits("?"));
        assert!(fits(&"a".repeat(MAX_CONTENT_BYTES)));
        assert!(!fits(&"a".repeat(MAX_CONTENT_BYTES + 1)));
        assert!(!fits(" \n"));
    }
}
