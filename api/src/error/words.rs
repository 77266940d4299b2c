//! What each kind of failure is called: status, stable code, and words for people.

use axum::http::StatusCode;

use super::ApiError;

/// What a kind of failure is called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) title: &'static str,
    pub(super) detail: &'static str,
}

const fn words(
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: &'static str,
) -> Words {
    Words { status, code, title, detail }
}

impl ApiError {
    /// What it is called.
    pub(super) fn words(&self) -> Words {
        match self {
            Self::Unauthenticated => UNAUTHENTICATED,
            Self::WrongCredentials => WRONG_CREDENTIALS,
            Self::RefreshRefused => REFRESH_REFUSED,
            Self::WelcomeRefused => WELCOME_REFUSED,
            Self::CrossSite => CROSS_SITE,
            Self::Forbidden(_) => FORBIDDEN,
            Self::NotForRole(_) => NOT_FOR_ROLE,
            Self::RegistrationClosed => REGISTRATION_CLOSED,
            Self::RegistrationByMail => REGISTRATION_BY_MAIL,
            Self::MailNotSetUp => MAIL_NOT_SET_UP,
            Self::LinkRefused => LINK_REFUSED,
            Self::NotForKeys => NOT_FOR_KEYS,
            Self::ReadOnlyKey => READ_ONLY_KEY,
            Self::TooManyKeys => TOO_MANY_KEYS,
            Self::NotWaiting => NOT_WAITING,
            Self::NotFound => NOT_FOUND,
            Self::NoSuchRoute => NO_SUCH_ROUTE,
            Self::MethodNotAllowed => METHOD_NOT_ALLOWED,
            Self::EmailTaken => EMAIL_TAKEN,
            Self::InFlight(_) | Self::Behind(_) => IN_FLIGHT,
            Self::QueueFull => QUEUE_FULL,
            Self::RequestIdReused => REQUEST_ID_REUSED,
            Self::Invalid(_) => INVALID,
            Self::BadLastEventId => BAD_LAST_EVENT_ID,
            Self::BadPlace => BAD_PLACE,
            Self::HeadersTooLarge(_) => HEADERS_TOO_LARGE,
            Self::TooLarge(_) => TOO_LARGE,
            Self::BodyTimeout => BODY_TIMEOUT,
            Self::NotJson => NOT_JSON,
            Self::TooMany(_) => TOO_MANY,
            Self::BudgetSpent(_) => BUDGET_SPENT,
            Self::TooManyStreams => TOO_MANY_STREAMS,
            Self::StreamsFull => STREAMS_FULL,
            Self::QueueAway => QUEUE_AWAY,
            Self::Busy => BUSY,
            Self::Unavailable(_) => UNAVAILABLE,
            Self::Internal(_) => INTERNAL,
        }
    }
}

const BUDGET_SPENT: Words = words(
    StatusCode::TOO_MANY_REQUESTS,
    "token_budget_spent",
    "No tokens left today",
    "the tokens of this account are used up until tomorrow (UTC)",
);
const TOO_MANY_STREAMS: Words = words(
    StatusCode::TOO_MANY_REQUESTS,
    "too_many_streams",
    "Too many streams",
    "close a stream of this account before opening another",
);
const UNAUTHENTICATED: Words = words(
    StatusCode::UNAUTHORIZED,
    "unauthenticated",
    "Not signed in",
    "send a valid access token as `Authorization: Bearer …`",
);
const WRONG_CREDENTIALS: Words = words(
    StatusCode::UNAUTHORIZED,
    "wrong_credentials",
    "Wrong credentials",
    "the e-mail address or the password is wrong",
);
const REFRESH_REFUSED: Words = words(
    StatusCode::UNAUTHORIZED,
    "refresh_refused",
    "Sign in again",
    "the refresh token is not, or no longer, good",
);
const WELCOME_REFUSED: Words = words(
    StatusCode::UNAUTHORIZED,
    "welcome_refused",
    "Link not valid",
    "the one-time sign-in link is wrong or was used before",
);
const CROSS_SITE: Words = words(
    StatusCode::FORBIDDEN,
    "cross_site",
    "Cross-site request",
    "cookies are only taken from this site's own pages",
);
const FORBIDDEN: Words =
    words(StatusCode::FORBIDDEN, "forbidden", "Not allowed", "this needs another role");
const NOT_FOR_ROLE: Words =
    words(StatusCode::FORBIDDEN, "not_for_role", "Not for this role", "this needs another role");
const REGISTRATION_CLOSED: Words = words(
    StatusCode::FORBIDDEN,
    "registration_closed",
    "Accounts are made by administrators",
    "ask an administrator for an account",
);
const REGISTRATION_BY_MAIL: Words = words(
    StatusCode::FORBIDDEN,
    "registration_by_mail",
    "Accounts are made by mail",
    "ask for a link with `POST /api/auth/links`, and follow it",
);
const MAIL_NOT_SET_UP: Words = words(
    StatusCode::FORBIDDEN,
    "mail_not_set_up",
    "No letters are sent",
    "no letters are sent here; ask an administrator",
);
const LINK_REFUSED: Words = words(
    StatusCode::UNAUTHORIZED,
    "link_refused",
    "Link not valid",
    "the link is wrong, too old, or was used before; ask for a new one",
);
const NOT_FOR_KEYS: Words = words(
    StatusCode::FORBIDDEN,
    "not_for_keys",
    "Not without signing in",
    "sign in: neither an API key nor a token given for somebody can make keys or change accounts",
);
const READ_ONLY_KEY: Words = words(
    StatusCode::FORBIDDEN,
    "read_only_key",
    "Key may only read",
    "this API key may only read",
);
const TOO_MANY_KEYS: Words = words(
    StatusCode::CONFLICT,
    "too_many_keys",
    "Too many API keys",
    "revoke a key of this account before making another",
);
const NOT_WAITING: Words = words(
    StatusCode::CONFLICT,
    "not_waiting",
    "Not waiting",
    "only a generation that waits for a retry can be tried again now",
);
const NOT_FOUND: Words = words(
    StatusCode::NOT_FOUND,
    "not_found",
    "Not found",
    "there is no such thing, or it belongs to somebody else",
);
const NO_SUCH_ROUTE: Words =
    words(StatusCode::NOT_FOUND, "no_such_route", "Not found", "there is no such route");
const METHOD_NOT_ALLOWED: Words = words(
    StatusCode::METHOD_NOT_ALLOWED,
    "method_not_allowed",
    "Method not allowed",
    "the route does not answer this method; see the Allow header",
);
const EMAIL_TAKEN: Words = words(
    StatusCode::CONFLICT,
    "email_taken",
    "Address taken",
    "an account with this e-mail address exists",
);
const IN_FLIGHT: Words = words(
    StatusCode::CONFLICT,
    "generation_in_flight",
    "A generation is under way",
    "wait for the generation under way to end, or cancel it",
);
const QUEUE_FULL: Words = words(
    StatusCode::CONFLICT,
    "queue_full",
    "Too many wait",
    "as many generations of this account wait for their turn as allowed",
);
const REQUEST_ID_REUSED: Words = words(
    StatusCode::UNPROCESSABLE_ENTITY,
    "request_id_reused",
    "Request id used before",
    "this request id was used with another body; use a new one",
);
const INVALID: Words = words(
    StatusCode::UNPROCESSABLE_ENTITY,
    "invalid_request",
    "Invalid request",
    "the request is not as it should be; see `errors`",
);
const BAD_LAST_EVENT_ID: Words = words(
    StatusCode::BAD_REQUEST,
    "bad_last_event_id",
    "Bad Last-Event-ID",
    "Last-Event-ID must be a whole number of at most 19 digits",
);
const BAD_PLACE: Words = words(
    StatusCode::BAD_REQUEST,
    "bad_last_event_id",
    "Bad Last-Event-ID",
    "Last-Event-ID must be an id of this stream, such as <generationId>:<number>",
);
const HEADERS_TOO_LARGE: Words = words(
    StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
    "headers_too_large",
    "Headers too large",
    "the headers are larger than allowed",
);
const TOO_LARGE: Words = words(
    StatusCode::PAYLOAD_TOO_LARGE,
    "body_too_large",
    "Body too large",
    "the body is larger than allowed",
);
const BODY_TIMEOUT: Words = words(
    StatusCode::REQUEST_TIMEOUT,
    "body_timeout",
    "Body too slow",
    "the body did not arrive in time",
);
const NOT_JSON: Words = words(
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    "not_json",
    "Not JSON",
    "send the body with `Content-Type: application/json`",
);
const TOO_MANY: Words = words(
    StatusCode::TOO_MANY_REQUESTS,
    "rate_limited",
    "Too many requests",
    "wait for the time in Retry-After, then try again",
);
const STREAMS_FULL: Words = words(
    StatusCode::SERVICE_UNAVAILABLE,
    "streams_full",
    "Too many streams",
    "as many streams are open here as can be; try again in a moment",
);
const QUEUE_AWAY: Words = words(
    StatusCode::SERVICE_UNAVAILABLE,
    "queue_away",
    "No more questions",
    "the queue takes none now, and as many wait for it as may; try again in a moment",
);
const BUSY: Words = words(
    StatusCode::SERVICE_UNAVAILABLE,
    "busy",
    "Busy",
    "too many sign-ins at once; try again in a moment",
);
const UNAVAILABLE: Words = words(
    StatusCode::SERVICE_UNAVAILABLE,
    "unavailable",
    "Unavailable",
    "a part of the service does not answer; try again in a moment",
);
const INTERNAL: Words = words(
    StatusCode::INTERNAL_SERVER_ERROR,
    "internal",
    "Internal error",
    "something went wrong here; the log has it under `instance`",
);
