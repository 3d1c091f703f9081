//! People, their sessions and one-use links.

use agent::UserId;
use agent::permission::Mode;

use crate::db::{Tx, insert, sql};
use crate::{
    Accounts, LinkKind, NewSession, NewUser, Page, PageRequest, ProfileChange, Result, Ts, User,
    UserRole, fresh,
};

impl Accounts {
    /// The owner, once there is one.
    pub async fn owner(&self) -> Result<Option<User>> {
        self.db.row(sql!(User, "SELECT {} FROM users WHERE role = 'owner'")).await
    }

    /// A person by id.
    pub async fn user(&self, id: UserId) -> Result<Option<User>> {
        self.db.row(sql!(User, "SELECT {} FROM users WHERE id = $1", [id])).await
    }

    /// Keeps a one-use link; older unused links of the same kind become void.
    pub async fn issue_link(
        &self,
        kind: LinkKind,
        token_hash: [u8; 32],
        expires_at: Ts,
        now: Ts,
    ) -> Result<()> {
        let link = insert!("links" {
            kind: kind, token_hash: token_hash, expires_at: expires_at, created_at: now,
        });
        let upsert = link.then_text(
            " ON CONFLICT (kind) DO UPDATE SET token_hash = excluded.token_hash,
             expires_at = excluded.expires_at, created_at = excluded.created_at",
        );
        self.db.run(upsert).await
    }

    /// Makes the owner and signs them in, if the setup link holds and there is no owner yet. The
    /// role in `user` does not matter. A link that cannot be used stays.
    pub async fn set_up_owner(
        &self,
        link: [u8; 32],
        user: NewUser,
        session: NewSession,
        now: Ts,
    ) -> Result<Option<User>> {
        let mut tx = self.db.begin().await?;
        if !use_link(&mut tx, LinkKind::Setup, link, now).await? {
            return Ok(None);
        }
        let owner = NewUser { role: UserRole::Owner, ..user };
        let Some(owner) = insert_user(&mut tx, owner, now).await? else {
            return Ok(None);
        };
        insert_session(&mut tx, owner.id, session, now).await?;
        tx.commit().await?;
        Ok(Some(owner))
    }

    /// Uses up a sign-in link and opens a session for the owner.
    pub async fn redeem_sign_in(
        &self,
        link: [u8; 32],
        session: NewSession,
        now: Ts,
    ) -> Result<Option<User>> {
        let mut tx = self.db.begin().await?;
        if !use_link(&mut tx, LinkKind::SignIn, link, now).await? {
            return Ok(None);
        }
        let owner = sql!(User, "SELECT {} FROM users WHERE role = 'owner'");
        let Some(owner) = tx.row::<User>(owner).await? else {
            return Ok(None);
        };
        insert_session(&mut tx, owner.id, session, now).await?;
        tx.commit().await?;
        Ok(Some(owner))
    }

    /// Adds a person; `None` if the address is taken, or if they would be a second owner.
    pub async fn add(&self, user: NewUser, now: Ts) -> Result<Option<User>> {
        let mut tx = self.db.begin().await?;
        let added = insert_user(&mut tx, user, now).await?;
        tx.commit().await?;
        Ok(added)
    }

    /// Adds a person who gives themselves a password by a link, or gives one who has none yet
    /// another link instead of the last; `None` as in [`Self::add`].
    pub async fn invite(
        &self,
        user: NewUser,
        link: [u8; 32],
        expires_at: Ts,
        now: Ts,
    ) -> Result<Option<User>> {
        let mut tx = self.db.begin().await?;
        let renew = sql!(
            User,
            "UPDATE users SET name = $1 WHERE email = $2 AND password_hash IS NULL RETURNING {}",
            [user.name.clone(), user.email.to_lowercase()]
        );
        let known = tx.row(renew).await?;
        let invited = match known {
            Some(known) => Some(known),
            None => insert_user(&mut tx, user, now).await?,
        };
        let Some(invited) = invited else { return Ok(None) };
        let invitation = insert!("invitations" {
            user_id: invited.id, token_hash: link, expires_at: expires_at,
        });
        let upsert = invitation.then_text(
            " ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash,
             expires_at = excluded.expires_at",
        );
        tx.execute(upsert).await?;
        tx.commit().await?;
        Ok(Some(invited))
    }

    /// Uses up an invitation, if it holds: gives the person with this address their name, password
    /// and zone, and signs them in. The role in `user` does not matter.
    pub async fn accept_invitation(
        &self,
        link: [u8; 32],
        user: NewUser,
        session: NewSession,
        now: Ts,
    ) -> Result<Option<User>> {
        let mut tx = self.db.begin().await?;
        let update = sql!(
            User,
            "UPDATE users SET name = $1, password_hash = $2, timezone = $3
             WHERE email = $4 AND id = (SELECT user_id FROM invitations
             WHERE token_hash = $5 AND expires_at > $6) RETURNING {}",
            [user.name, user.password_hash, user.timezone, user.email.to_lowercase(), link, now]
        );
        let Some(person) = tx.row::<User>(update).await? else {
            return Ok(None);
        };
        tx.execute(sql!("DELETE FROM invitations WHERE user_id = $1", [person.id])).await?;
        insert_session(&mut tx, person.id, session, now).await?;
        tx.commit().await?;
        Ok(Some(person))
    }

    /// Everybody, the newest first.
    pub async fn list(&self, page: &PageRequest) -> Result<Page<User>> {
        let read = sql!(User, "SELECT {} FROM users WHERE TRUE");
        self.db.newest(read, page, |last: &User| last.id.0).await
    }

    /// A person and their password hash, by e-mail address in any case.
    pub async fn credentials(&self, email: &str) -> Result<Option<(User, Option<String>)>> {
        let read = sql!(
            User,
            "SELECT {}, password_hash FROM users WHERE email = $1",
            [email.to_lowercase()]
        );
        self.db.row(read).await
    }

    /// Opens a session, and forgets those of the person that have ended.
    pub async fn open_session(&self, user: UserId, session: NewSession, now: Ts) -> Result<()> {
        let mut tx = self.db.begin().await?;
        insert_session(&mut tx, user, session, now).await?;
        tx.commit().await
    }

    /// Whose session this is, if it has not ended.
    pub async fn session_user(&self, token_hash: [u8; 32], now: Ts) -> Result<Option<User>> {
        let read = sql!(
            User,
            "SELECT {} FROM sessions JOIN users ON users.id = sessions.user_id
             WHERE sessions.token_hash = $1 AND sessions.expires_at > $2",
            [token_hash, now]
        );
        self.db.row(read).await
    }

    /// Ends a session; whose it was. Unknown ones are no error.
    pub async fn close_session(&self, token_hash: [u8; 32]) -> Result<Option<UserId>> {
        let delete =
            sql!("DELETE FROM sessions WHERE token_hash = $1 RETURNING user_id", [token_hash]);
        self.db.write_row(delete).await
    }

    /// Changes a person's own profile.
    pub async fn update_profile(
        &self,
        owner: UserId,
        change: ProfileChange,
    ) -> Result<Option<User>> {
        let update = sql!(
            User,
            "UPDATE users SET name = COALESCE($2, name), timezone = COALESCE($3, timezone),
             locale = COALESCE($4, locale), instructions = COALESCE($5, instructions)
             WHERE id = $1 RETURNING {}",
            [owner, change.name, change.timezone, change.locale, change.instructions]
        );
        self.db.write_row(update).await
    }
}

/// Whether the link held until now.
async fn use_link(tx: &mut Tx, kind: LinkKind, token_hash: [u8; 32], now: Ts) -> Result<bool> {
    let delete = sql!(
        "DELETE FROM links WHERE kind = $1 AND token_hash = $2 AND expires_at > $3",
        [kind, token_hash, now]
    );
    Ok(tx.execute(delete).await? > 0)
}

/// `None` if the address is taken, or there is an owner and this would be another.
async fn insert_user(tx: &mut Tx, user: NewUser, now: Ts) -> Result<Option<User>> {
    let insert = insert!("users" {
        id: fresh::<UserId>(), email: user.email.to_lowercase(), name: user.name, role: user.role,
        password_hash: user.password_hash, timezone: user.timezone, locale: "en", instructions: "",
        mode: user.mode, created_at: now,
    });
    let insert = insert.then_text(" ON CONFLICT DO NOTHING").returning::<User>();
    let added: Option<User> = tx.row(insert).await?;
    // Who starts an installation with it is above its administrators, who may still forbid it.
    if user.role == UserRole::Owner && user.mode == Mode::BypassPermissions && added.is_some() {
        tx.execute(sql!("UPDATE ceiling SET bypass_enabled = TRUE")).await?;
    }
    Ok(added)
}

async fn insert_session(tx: &mut Tx, user: UserId, session: NewSession, now: Ts) -> Result<()> {
    tx.execute(sql!("DELETE FROM sessions WHERE user_id = $1 AND expires_at <= $2", [user, now]))
        .await?;
    let insert = insert!("sessions" {
        token_hash: session.token_hash, user_id: user, expires_at: session.expires_at,
        created_at: now,
    });
    tx.run(insert).await
}
