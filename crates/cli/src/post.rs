//! Mails and webhooks of the morning report and of reminders.

use std::time::Duration;

use channelflow_config::{Mail, MailTls, Secret};
use channelflow_model::Sentence;
use channelflow_pipeline::company::Company;
use lettre::message::{Mailbox, MultiPart, header::ContentType};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::sources::environment;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// Sends one mail to these people, as text and, where there is one, as a page.
pub async fn mail(
    company: &Company,
    to: &[String],
    subject: &str,
    text: &str,
    page: Option<&str>,
) -> anyhow::Result<()> {
    let Some(settings) = &company.config.nightly.mail else {
        return Err(Sentence::new("mail_not_set_up").into());
    };
    let mut message = Message::builder()
        .from(address(&settings.from)?)
        .subject(subject);
    for to in to {
        message = message.to(address(to)?);
    }
    let built = match page {
        Some(page) => message.multipart(MultiPart::alternative_plain_html(
            text.to_owned(),
            page.to_owned(),
        )),
        None => message
            .header(ContentType::TEXT_PLAIN)
            .body(text.to_owned()),
    };
    let message = built.map_err(|error| not_sent(settings, &error))?;
    let transport = transport(company, settings)?;
    let sent = transport.send(message).await;
    sent.map_err(|error| not_sent(settings, &error))?;
    Ok(())
}

fn transport(
    company: &Company,
    settings: &Mail,
) -> anyhow::Result<AsyncSmtpTransport<Tokio1Executor>> {
    let host = settings.host.as_str();
    let builder = match settings.tls {
        MailTls::Implicit => AsyncSmtpTransport::<Tokio1Executor>::relay(host),
        MailTls::Starttls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host),
        MailTls::None => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(
            host,
        )),
    };
    let mut builder = builder
        .map_err(|error| not_sent(settings, &error))?
        .port(settings.port)
        .timeout(Some(PATIENCE));
    if !settings.user.is_empty() {
        let password = Secret::resolve(&settings.password, &company.dir, &environment)?;
        builder = builder.credentials(Credentials::new(
            settings.user.clone(),
            password.expose().to_owned(),
        ));
    }
    Ok(builder.build())
}

fn address(written: &str) -> anyhow::Result<Mailbox> {
    let parsed = written.parse();
    parsed.map_err(|_| Sentence::new("mail_address").fact("found", written).into())
}

fn not_sent(settings: &Mail, error: &dyn std::error::Error) -> anyhow::Error {
    let mut cause = error.to_string();
    if let Some(source) = error.source() {
        cause = format!("{cause}: {source}");
    }
    Sentence::new("mail_not_sent")
        .fact("host", &settings.host)
        .fact("port", settings.port)
        .fact("cause", cause)
        .into()
}

/// Posts a JSON document to the webhook of the settings.
pub async fn webhook(company: &Company, written: &str, body: String) -> anyhow::Result<()> {
    let url = Secret::resolve(written, &company.dir, &environment)?;
    let failed = |cause: String| {
        // The address may hold a token: it is shown as it is written.
        Sentence::new("webhook_failed")
            .fact("url", &url)
            .fact("cause", cause)
    };
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| failed(error.without_url().to_string()))?;
    let sent = client
        .post(url.expose())
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await
        .map_err(|error| failed(error.without_url().to_string()))?;
    if !sent.status().is_success() {
        return Err(failed(sent.status().to_string()).into());
    }
    Ok(())
}
