//! Local accounts: the first person's set-up, signing in by password or by link, sessions.

mod password;
mod throttle;

use std::time::Duration;

use jiff::tz::TimeZone;
use serde::Deserialize;
use store::{LinkKind, NewSession, NewUser, ProfileChange, User, UserRole};
use utoipa::ToSchema;

use crate::secret::{self, Secret};
use crate::{App, AppError, Result};
pub(crate) use throttle::Throttle;

/// How long a sign-in link can be used.
const SIGN_IN_TTL: Duration = Duration::from_mins(10);

/// How long a set-up link can be used; a new one is made at each start.
const SETUP_TTL: Duration = Duration::from_hours(7 * 24);

/// The most bytes of an e-mail address (RFC 5321).
const MAX_EMAIL: usize = 254;

/// The most characters of a password.
const MAX_PASSWORD: usize = 256;

/// What would be right for a person's name and time zone.
const NAME: &str = "1 to 200 characters on one line";
const TIMEZONE: &str = "a time zone name such as `Europe/Berlin`";

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
        let Registration { token, email, name, password, timezone } = person;
        let (role, password) = (UserRole::Owner, Some(password));
        let person = NewPerson { email, name, role, password, timezone };
        AppError::unless_right(checks_of(&person))?;
        let is_first = self.is_setup_required().await?;
        let begun = self.now();
        // By address only: a limit that all share would let strangers keep the owner out.
        self.0.throttle.begin(None, from, begun)?;
        let user = self.new_user(person).await?;
        let (secret, session) = self.new_session();
        let (accounts, link, now) = (self.0.store.accounts(), secret::hash(&token), self.now());
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
        let is_owner = person.role == UserRole::Owner;
        let role = [(is_owner, "/role", "member or admin")];
        AppError::unless_right(checks_of(&person).into_iter().chain(role))?;
        let role = if self.is_setup_required().await? { UserRole::Owner } else { person.role };
        let user = self.new_user(NewPerson { role, ..person }).await?;
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

    /// A person as they are stored, their password as its hash.
    async fn new_user(&self, person: NewPerson) -> Result<NewUser> {
        let password_hash = match person.password {
            Some(password) => Some(password::hash(password).await?),
            None => None,
        };
        Ok(NewUser {
            email: person.email.trim().to_owned(),
            name: person.name.trim().to_owned(),
            role: person.role,
            password_hash,
            timezone: person.timezone.unwrap_or_else(|| "UTC".to_owned()),
            mode: self.0.settings.first_mode,
        })
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
        let ProfileChange { name, timezone, locale, instructions, .. } = &change;
        let is_long = instructions.as_ref().is_some_and(|text| text.chars().count() > 8_000);
        let is_foreign = locale.as_ref().is_some_and(|locale| !is_language_tag(locale));
        let is_nameless = name.as_ref().is_some_and(|name| !is_one_line(name, 200));
        AppError::unless_right([
            (is_nameless, "/name", NAME),
            (is_nowhere(timezone.as_deref()), "/preferences/timezone", TIMEZONE),
            (is_foreign, "/preferences/locale", "a language tag such as `en` or `de-DE`"),
            (is_long, "/preferences/instructions", "at most 8000 characters"),
        ])?;
        let user = self.0.store.accounts().update_profile(user.id, change).await?;
        user.ok_or(AppError::NotFound("user"))
    }

    fn new_session(&self) -> (String, NewSession) {
        let secret = Secret::random();
        let expires_at = self.now().plus(self.0.settings.session_ttl);
        (secret.text().to_owned(), NewSession { token_hash: secret.hash(), expires_at })
    }
}

/// What may be wrong with what is said of a person.
fn checks_of(person: &NewPerson) -> [(bool, &'static str, &'static str); 4] {
    let email = person.email.trim();
    let is_address = email.len() <= MAX_EMAIL
        && !email.chars().any(|c| c.is_whitespace() || c.is_control())
        && email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        });
    let fits = |text: &String| (8..=MAX_PASSWORD).contains(&text.chars().count());
    [
        (!is_address, "/email", "an e-mail address such as ada@example.org"),
        (!is_one_line(&person.name, 200), "/name", NAME),
        (!person.password.as_ref().is_none_or(fits), "/password", "8 to 256 characters"),
        (is_nowhere(person.timezone.as_deref()), "/timezone", TIMEZONE),
    ]
}

/// Whether a name has between one and so many characters.
pub(crate) fn is_one_line(name: &str, most: usize) -> bool {
    (1..=most).contains(&name.trim().chars().count()) && !name.chars().any(char::is_control)
}

fn is_nowhere(timezone: Option<&str>) -> bool {
    timezone.is_some_and(|name| TimeZone::get(name).is_err())
}

fn is_language_tag(text: &str) -> bool {
    text.len() <= 35
        && text.split('-').all(|part| {
            (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
        })
}
