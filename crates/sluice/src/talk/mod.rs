//! `sluice chat`: asks a running Sluice, and shows the answer as it comes.

mod answer;
mod line;
mod telling;
mod voice;

use std::{
    collections::BTreeMap,
    io::{IsTerminal, Read},
};

use boot::failure::Usage;
use domain::id::GenerationId;
use ports::{Clock, clock::SystemClock};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    signal::unix::{SignalKind, signal},
    task::spawn_blocking,
};

use crate::{cli::ChatArguments, operate::Client, out};
pub use telling::tail;
use telling::{Telling, tell};
use voice::Voice;

/// Whoever asked pressed Ctrl-C; the answer that was under way was stopped.
#[derive(Debug, thiserror::Error)]
#[error("stopped")]
pub struct Interrupted;

/// What a shell calls a command that ended by Ctrl-C: 128 and the number of the signal.
pub const INTERRUPTED: u8 = 130;

/// Asks what the command line or standard input says, or one line after the other.
pub fn run(
    flags: BTreeMap<String, String>,
    arguments: ChatArguments,
    json: bool,
) -> anyhow::Result<()> {
    let prompt = prompt(&arguments.prompt)?;
    let operator = Client::find(flags)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut talk = Talk::begin(operator, arguments, json);
        let talking = tokio::select! {
            ended = talk.run(prompt) => return ended,
            _ = interrupt.recv() => Interrupted,
        };
        talk.stop().await?;
        Err(talking.into())
    });
    // Nobody waits for a line that is still to be typed.
    runtime.shutdown_background();
    ended
}

/// What is asked: the words of the command line, else what stands on standard input; none where lines are
/// typed there.
fn prompt(words: &[String]) -> anyhow::Result<Option<String>> {
    let text = match words {
        [] if std::io::stdin().is_terminal() => return Ok(None),
        [] => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        }
        words => words.join(" "),
    };
    let text = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    text.map(Some).ok_or_else(|| Usage("there is nothing to ask".into()).into())
}

/// A conversation in one chat.
struct Talk {
    operator: Option<Client>,
    voice: Option<Voice>,
    chat: Option<String>,
    model: Option<String>,
    json: bool,
    under_way: Option<UnderWay>,
}

/// What a stop is about.
enum UnderWay {
    /// A question that may have arrived. Sent once more, it is answered with what came of it.
    Question { path: String, question: Value },
    /// The answer that comes.
    Answer { id: String },
}

impl Talk {
    fn begin(operator: Client, arguments: ChatArguments, json: bool) -> Self {
        let ChatArguments { prompt: _, model, chat } = arguments;
        Self { operator: Some(operator), voice: None, chat, model, json, under_way: None }
    }

    async fn run(&mut self, prompt: Option<String>) -> anyhow::Result<()> {
        if let Some(operator) = self.operator.take() {
            self.voice = Some(Voice::of_asker(operator).await?);
        }
        let Some(prompt) = prompt else { return self.line_by_line().await };
        let told = self.ask(&prompt).await;
        if let Some(chat) = &self.chat {
            out::tell(format_args!("chat {chat}"));
        }
        told
    }

    /// Asks what is typed until its end. An answer that fails does not end the conversation.
    async fn line_by_line(&mut self) -> anyhow::Result<()> {
        while let Some(line) = typed().await? {
            if line.trim().is_empty() {
                continue;
            }
            match self.ask(line.trim()).await {
                Err(error) if error.is::<out::Closed>() => return Err(error),
                Err(error) => out::tell(format_args!("{error:#}")),
                Ok(()) => {}
            }
        }
        if let Some(chat) = &self.chat {
            out::tell(format_args!("chat {chat}"));
        }
        Ok(())
    }

    async fn ask(&mut self, prompt: &str) -> anyhow::Result<()> {
        let voice = self.voice.as_mut().expect("it is found before anything is asked");
        let chat = if let Some(chat) = &self.chat {
            chat.clone()
        } else {
            let made = voice.send(Method::POST, "/api/chats", Some(&json!({}))).await?;
            text(&made["id"])
        };
        self.chat = Some(chat.clone());
        let mut question = json!({ "userMessage": prompt, "requestId": fresh() });
        if let Some(model) = &self.model {
            question["model"] = json!(model);
        }
        let path = format!("/api/chats/{chat}/generations");
        let asking = UnderWay::Question { path: path.clone(), question: question.clone() };
        self.under_way = Some(asking);
        let told = match voice.send(Method::POST, &path, Some(&question)).await {
            Ok(accepted) => {
                let id = text(&accepted["generationId"]);
                self.under_way = Some(UnderWay::Answer { id: id.clone() });
                tell(voice, &id, Telling::new(self.json)).await
            }
            Err(error) => Err(error),
        };
        self.under_way = None;
        told
    }

    /// Stops the answer that comes; what came of it is kept.
    async fn stop(&mut self) -> anyhow::Result<()> {
        out::tell("");
        let (Some(under_way), Some(voice)) = (self.under_way.take(), &mut self.voice) else {
            return Ok(());
        };
        let id = match under_way {
            UnderWay::Answer { id } => id,
            UnderWay::Question { path, question } => {
                let accepted = voice.send(Method::POST, &path, Some(&question)).await?;
                text(&accepted["generationId"])
            }
        };
        voice.send(Method::POST, &format!("/api/generations/{id}/cancel"), None).await?;
        Ok(())
    }
}

/// The next line that is typed; none at the end.
async fn typed() -> anyhow::Result<Option<String>> {
    out::ask("> ");
    let line = spawn_blocking(|| std::io::stdin().lines().next()).await?;
    Ok(line.transpose()?)
}

/// A name for a question.
fn fresh() -> GenerationId {
    GenerationId::generate(SystemClock.now())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
