//! The three pages.

use axum::Router;
use axum::body::HttpBody as _;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bubbles_node::{Health, metrics};

use super::{Life, Look};

pub(super) fn router(look: Look) -> Router {
    Router::new()
        .route("/metrics", get(numbers))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .fallback(elsewhere)
        .layer(middleware::from_fn(without_body))
        .with_state(look)
}

async fn numbers(State(look): State<Look>) -> Response {
    let text = match look() {
        Life::Running(health) => metrics::render(Some(&health)),
        Life::Starting | Life::Broken(_) => metrics::render(None),
    };
    ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response()
}

/// Whether there is a point in letting the process live.
async fn healthz(State(look): State<Look>) -> Response {
    match look() {
        Life::Starting | Life::Running(_) => page(StatusCode::OK, "ok"),
        Life::Broken(reason) => page(StatusCode::SERVICE_UNAVAILABLE, &reason),
    }
}

/// Whether the node takes work.
async fn readyz(State(look): State<Look>) -> Response {
    match unready(&look()) {
        None => page(StatusCode::OK, "ready"),
        Some(reason) => page(StatusCode::SERVICE_UNAVAILABLE, &reason),
    }
}

/// Why the node takes no work, if it takes none.
fn unready(life: &Life) -> Option<String> {
    let told = |health: &Health| health.reason.clone();
    match life {
        Life::Starting => Some("starting".to_owned()),
        Life::Broken(reason) => Some(reason.clone()),
        Life::Running(health) if health.draining => {
            Some("draining: it finishes what it has, to stop".to_owned())
        }
        Life::Running(health) if health.leader.is_none() => {
            Some(told(health).unwrap_or_else(|| "no leader is known".to_owned()))
        }
        Life::Running(health) if !health.ready => {
            Some(told(health).unwrap_or_else(|| "not ready".to_owned()))
        }
        Life::Running(_) => None,
    }
}

async fn elsewhere() -> Response {
    let known = "there is nothing here; this node answers /metrics, /healthz and /readyz";
    page(StatusCode::NOT_FOUND, known)
}

/// Nothing here takes a body, so nobody reads one.
async fn without_body(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        next.run(request).await
    } else {
        page(StatusCode::PAYLOAD_TOO_LARGE, "nothing here takes a body")
    }
}

fn page(status: StatusCode, text: &str) -> Response {
    (status, format!("{text}\n")).into_response()
}
