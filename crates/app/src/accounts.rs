//! Local accounts: the first person's set-up, signing in by password or by link, sessions.

mod password;
mod throttle;

use std::time::Duration;

use jiff::tz::TimeZone;
use serde::Deserialize;
use store::{LinkKind, NewSession, NewUser, ProfileChange, User, UserRole};
use utoipa::ToSchema;

use crate::secret::{self, Secret};
use crate::{App, AppError, FieldProblem, Result};
pub(crate) use throttle::Throttle;

/// How long a sign-in link can be used.
const SIGN_IN_TTL: Duration = Duration::from_mins(10);

/// How long a set-up link can be used; a new one is made at each start.
const SETUP_TTL: Duration = Duration::from_hours(7 * 24);

/// The most bytes of an e-mail address (RFC 5321).
const MAX_EMAIL: usize = 254;

/// The most characters of a password.
const MAX_PASSWORD: usize = 256;

/// The first person's account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Setup, example = json!({
    "token": "fYd0pZ1c", "email": "ada@example.org", "name": "Ada",
    "password": "correct horse battery staple",
}))]
pub struct Registration {
    /// From the set-up link.
    pub token: String,
    /// Their e-mail address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// 8 to 256 characters.
    pub password: String,
    /// IANA time zone.
    #[schema(example = "Europe/Berlin")]
    pub timezone: Option<String>,
}

/// A person to be added by somebody else.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// E-mail address.
    pub email: String,
    /// Name.
    pub name: String,
    /// What they may do.
    pub role: UserRole,
    /// Password in the clear, if they have one already.
    pub password: Option<String>,
    /// IANA time zone; UTC if absent.
    pub timezone: Option<String>,
}

/// A person who has just signed in, with the secret for their cookie.
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// The session's secret.
    pub session: String,
}

impl App {
    /// Whether nobody has an account yet.
    pub async fn is_setup_required(&self) -> Result<bool> {
        Ok(self.0.store.accounts().owner().await?.is_none())
    }

    /// The secret of a new set-up link.
    pub async fn issue_setup_link(&self) -> Result<String> {
        self.issue_link(LinkKind::Setup, SETUP_TTL).await
    }

    /// The secret of a new sign-in link for the owner.
    pub async fn issue_sign_in_link(&self) -> Result<String> {
        self.issue_link(LinkKind::SignIn, SIGN_IN_TTL).await
    }

    async fn issue_link(&self, kind: LinkKind, ttl: Duration) -> Result<String> {
        let (link, now) = (Secret::random(), self.now());
        self.0.store.accounts().issue_link(kind, link.hash(), now.plus(ttl), now).await?;
        Ok(link.text().to_owned())
    }

    /// Makes the owner's account, or gives an invited person their password, and signs them in.
    /// `from` is the caller's address, for the limits on attempts.
    pub async fn set_up(&self, person: Registration, from: &str) -> Result<SignedIn> {
        let problems = problems_of(
            (&person.email, &person.name),
            Some(&person.password),
            person.timezone.as_deref(),
        );
        AppError::unless_none(problems)?;
        let is_first = self.is_setup_required().await?;
        let begun = self.now();
        // By address only: a limit that all share would let strangers keep the owner out.
        self.0.throttle.begin(None, from, begun)?;
        let password_hash = Some(password::hash(person.password).await?);
        let user = NewUser {
            email: person.email.trim().to_owned(),
            name: person.name.trim().to_owned(),
            role: UserRole::Owner,
            password_hash,
            timezone: person.timezone.unwrap_or_else(|| "UTC".to_owned()),
            mode: self.0.settings.first_mode,
        };
        let (secret, session) = self.new_session();
        let (accounts, link, now) =
            (self.0.store.accounts(), secret::hash(&person.token), self.now());
        let outcome = if is_first {
            accounts.set_up_owner(link, user, session, now).await?
        } else {
            accounts.accept_invitation(link, user, session, now).await?
        };
        let user = outcome.ok_or(AppError::Unauthorized(if is_first {
            "this set-up link is not valid any more; restart the server to get a new one"
        } else {
            "this link was used, is too old, or is for another e-mail address; ask for a new one"
        }))?;
        self.0.throttle.succeeded(None, from, begun);
        Ok(SignedIn { user, session: secret })
    }

    /// Adds a person: the first one as the owner. Without a password they are given a link with
    /// which they set one, whose secret comes back; once more if they have not done so.
    pub async fn add_user(&self, person: NewPerson) -> Result<(User, Option<String>)> {
        let mut problems = problems_of(
            (&person.email, &person.name),
            person.password.as_deref(),
            person.timezone.as_deref(),
        );
        if person.role == UserRole::Owner {
            problems.push(FieldProblem::new("/role", "member or admin"));
        }
        AppError::unless_none(problems)?;
        let role = if self.is_setup_required().await? { UserRole::Owner } else { person.role };
        let hash = match person.password {
            Some(password) => Some(password::hash(password).await?),
            None => None,
        };
        let user = NewUser {
            email: person.email.trim().to_owned(),
            name: person.name.trim().to_owned(),
            role,
            password_hash: hash,
            timezone: person.timezone.unwrap_or_else(|| "UTC".to_owned()),
            mode: self.0.settings.first_mode,
        };
        let (accounts, now) = (self.0.store.accounts(), self.now());
        let (added, secret) = if user.password_hash.is_some() {
            (accounts.add(user, now).await?, None)
        } else {
            let link = Secret::random();
            let added = accounts.invite(user, link.hash(), now.plus(SETUP_TTL), now).await?;
            (added, Some(link.text().to_owned()))
        };
        let added = added.ok_or(AppError::Conflict("there is an account with this address"))?;
        Ok((added, secret))
    }

    /// Signs in with a one-use link.
    pub async fn sign_in_by_link(&self, link: &str) -> Result<SignedIn> {
        let (secret, session) = self.new_session();
        let accounts = self.0.store.accounts();
        let user = accounts.redeem_sign_in(secret::hash(link), session, self.now()).await?;
        user.map(|user| SignedIn { user, session: secret }).ok_or(AppError::Unauthorized(
            "this sign-in link was used already or is too old; run `smithers sign-in-link` for a new one",
        ))
    }

    /// Signs in with a password. `from` is the caller's address, for the limits on attempts.
    pub async fn log_in(&self, email: &str, password: String, from: &str) -> Result<SignedIn> {
        let wrong = || AppError::Unauthorized("wrong e-mail address or password");
        // No account has these, and what is refused must cost nothing.
        if email.len() > MAX_EMAIL || password.chars().count() > MAX_PASSWORD {
            return Err(wrong());
        }
        let account = email.trim().to_lowercase();
        let now = self.now();
        self.0.throttle.begin(Some(&account), from, now)?;
        let known = self.0.store.accounts().credentials(&account).await?;
        let (user, hash) = known.map_or((None, None), |(user, hash)| (Some(user), hash));
        let matches = password::verify(password, hash).await?;
        let user = user.filter(|_| matches).ok_or_else(wrong)?;
        self.0.throttle.succeeded(Some(&account), from, now);
        let (secret, session) = self.new_session();
        self.0.store.accounts().open_session(user.id, session, now).await?;
        Ok(SignedIn { user, session: secret })
    }

    /// Ends a session, and what watches under it.
    pub async fn log_out(&self, session: &str) -> Result<()> {
        let closed = self.0.store.accounts().close_session(secret::hash(session)).await?;
        if let Some(owner) = closed {
            self.announce_end(owner);
        }
        Ok(())
    }

    /// Whose session this is.
    pub async fn session_user(&self, session: &str) -> Result<Option<User>> {
        Ok(self.0.store.accounts().session_user(secret::hash(session), self.now()).await?)
    }

    /// Changes a person's own profile.
    pub async fn update_profile(&self, user: &User, change: ProfileChange) -> Result<User> {
        let mut problems = Vec::new();
        if let Some(name) = &change.name {
            check_name(name, &mut problems, "/name");
        }
        if let Some(timezone) = &change.timezone {
            check_timezone(timezone, &mut problems, "/preferences/timezone");
        }
        if change.locale.as_ref().is_some_and(|locale| !is_language_tag(locale)) {
            let problem = "a language tag such as `en` or `de-DE`";
            problems.push(FieldProblem::new("/preferences/locale", problem));
        }
        if change.instructions.as_ref().is_some_and(|text| text.chars().count() > 8_000) {
            problems
                .push(FieldProblem::new("/preferences/instructions", "at most 8000 characters"));
        }
        AppError::unless_none(problems)?;
        let user = self.0.store.accounts().update_profile(user.id, change).await?;
        user.ok_or(AppError::NotFound("user"))
    }

    fn new_session(&self) -> (String, NewSession) {
        let secret = Secret::random();
        let expires_at = self.now().plus(self.0.settings.session_ttl);
        (secret.text().to_owned(), NewSession { token_hash: secret.hash(), expires_at })
    }
}

/// What is wrong with what is said of a person.
fn problems_of(
    (email, name): (&str, &str),
    password: Option<&str>,
    timezone: Option<&str>,
) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let email = email.trim();
    let is_address = email.len() <= MAX_EMAIL
        && !email.chars().any(|c| c.is_whitespace() || c.is_control())
        && email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        });
    if !is_address {
        problems.push(FieldProblem::new("/email", "an e-mail address such as ada@example.org"));
    }
    check_name(name, &mut problems, "/name");
    if password.is_some_and(|text| !(8..=MAX_PASSWORD).contains(&text.chars().count())) {
        problems.push(FieldProblem::new("/password", "8 to 256 characters"));
    }
    if let Some(timezone) = timezone {
        check_timezone(timezone, &mut problems, "/timezone");
    }
    problems
}

fn check_name(name: &str, problems: &mut Vec<FieldProblem>, field: &str) {
    let length = name.trim().chars().count();
    if !(1..=200).contains(&length) || name.chars().any(char::is_control) {
        problems.push(FieldProblem::new(field, "1 to 200 characters on one line"));
    }
}

fn check_timezone(timezone: &str, problems: &mut Vec<FieldProblem>, field: &str) {
    if TimeZone::get(timezone).is_err() {
        let problem = "a time zone name such as `Europe/Berlin`";
        problems.push(FieldProblem::new(field, problem));
    }
}

fn is_language_tag(text: &str) -> bool {
    text.len() <= 35
        && text.split('-').all(|part| {
            (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
        })
}
