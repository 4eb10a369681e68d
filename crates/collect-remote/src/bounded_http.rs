//! HTTP for object stores and WebDAV: our certificates, no answer longer than it may be, and no
//! redirection to somebody else, who would be shown the account.

use std::sync::Arc;

use channelflow_model::Sentence;
use futures::StreamExt;
use opendal::{
    Buffer, Error, ErrorKind, HttpBody, HttpTransport, HttpTransporter, OperationContext, Operator,
};
use opendal_http_transport_reqwest::ReqwestTransport;
use reqwest::redirect::Policy;
use rustls::ClientConfig;

use crate::peer::Peer;

/// Redirections on the same server that are followed.
const REDIRECTIONS: usize = 3;

/// Bytes of one answer that is no file: a page of a list, an error.
const LONGEST_ANSWER: u64 = 64 << 20;

/// An operator that speaks through a client of ours.
pub(crate) fn with_bounds(
    operator: Operator,
    tls: &Arc<ClientConfig>,
    peer: &Peer,
) -> Result<Operator, Sentence> {
    let stay = Policy::custom(|attempt| {
        let same = attempt
            .previous()
            .first()
            .is_some_and(|first| first.origin() == attempt.url().origin());
        if same && attempt.previous().len() <= REDIRECTIONS {
            attempt.follow()
        } else {
            attempt.stop()
        }
    });
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(ClientConfig::clone(tls))
        .connect_timeout(peer.patience)
        .read_timeout(peer.patience)
        .redirect(stay)
        .build()
        .map_err(|error| peer.insecure(error).sentence)?;
    let transport = Bounded(ReqwestTransport::new(client));
    let context = OperationContext::new().with_http_transport(HttpTransporter::new(transport));
    Ok(operator.with_context(context))
}

/// Ends an answer that does not end itself. The library collects lists and error pages in memory;
/// of a file we ask for a range, and the landing area counts its bytes.
struct Bounded(ReqwestTransport);

impl HttpTransport for Bounded {
    async fn fetch(
        &self,
        request: http::Request<Buffer>,
    ) -> opendal::Result<http::Response<HttpBody>> {
        let is_file = request.headers().contains_key(http::header::RANGE);
        let answer = self.0.fetch(request).await?;
        if is_file && answer.status().is_success() {
            return Ok(answer);
        }
        let (parts, body) = answer.into_parts();
        let mut came: u64 = 0;
        let body = body.map_inner(|stream| {
            Box::new(stream.map(move |part| {
                let part = part?;
                came += part.len() as u64;
                if came > LONGEST_ANSWER {
                    return Err(Error::new(
                        ErrorKind::Unsupported,
                        "the answer does not end",
                    ));
                }
                Ok(part)
            }))
        });
        Ok(http::Response::from_parts(parts, body))
    }
}
