//! Tokens with which programs act for a person.

use agent::{TokenId, UserId};
use uuid::Uuid;

use crate::db::{Db, sql};
use crate::{NewToken, Page, PageRequest, Result, StoreError, Token, Ts, User, fresh};

/// Tokens with which programs act for a person.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub(crate) db: Db,
}

impl Tokens {
    /// The owner's tokens, newest first.
    pub async fn list(&self, owner: UserId, page: &PageRequest) -> Result<Page<Token>> {
        let read = sql!(
            Token,
            "SELECT {} FROM tokens WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
            owner,
            page.key::<Uuid>()?,
            page.probe()
        );
        Ok(page.page(self.db.rows(read).await?, |last: &Token| last.id.0))
    }

    /// Keeps a token, and forgets those of the person that have ended.
    pub async fn create(&self, owner: UserId, token: NewToken, now: Ts) -> Result<Token> {
        let mut tx = self.db.begin().await?;
        tx.execute(sql!("DELETE FROM tokens WHERE user_id = $1 AND expires_at <= $2", owner, now))
            .await?;
        let insert = sql!(
            Token,
            "INSERT INTO tokens (id, user_id, name, token_hash, scopes, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {}",
            fresh::<TokenId>(),
            owner,
            token.name,
            token.token_hash,
            token.scopes,
            now,
            token.expires_at
        );
        let made: Option<Token> = tx.row(insert).await?;
        tx.commit().await?;
        made.ok_or_else(|| StoreError::Inconsistent("nothing was inserted".to_owned()))
    }

    /// Ends a token; says whether there was one.
    pub async fn delete(&self, owner: UserId, id: TokenId) -> Result<bool> {
        let delete = sql!("DELETE FROM tokens WHERE user_id = $1 AND id = $2", owner, id);
        Ok(self.db.execute(delete).await? > 0)
    }

    /// Ends the token that whoever calls has in hand; unknown ones are no error.
    pub async fn revoke(&self, token_hash: [u8; 32]) -> Result<()> {
        self.db.execute(sql!("DELETE FROM tokens WHERE token_hash = $1", token_hash)).await?;
        Ok(())
    }

    /// Whose token this is, if it has not ended.
    pub async fn bearer(&self, token_hash: [u8; 32], now: Ts) -> Result<Option<(User, Token)>> {
        let read = sql!(
            User,
            "SELECT {}, {} FROM tokens JOIN users ON users.id = tokens.user_id
             WHERE tokens.token_hash = $1
             AND (tokens.expires_at IS NULL OR tokens.expires_at > $2)",
            token_hash,
            now
        );
        self.db.row(read.columns_of::<Token>()).await
    }
}
