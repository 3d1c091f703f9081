//! Tokens with which programs act for a person.

use agent::{TokenId, UserId};

use crate::db::{insert, sql};
use crate::{NewToken, Page, PageRequest, Result, StoreError, Token, Tokens, Ts, User, fresh};

impl Tokens {
    /// The owner's tokens, newest first.
    pub async fn list(&self, owner: UserId, page: &PageRequest) -> Result<Page<Token>> {
        let read = sql!(Token, "SELECT {} FROM tokens WHERE user_id = $1", [owner]);
        self.db.newest(read, page, |last: &Token| last.id.0).await
    }

    /// Keeps a token, and forgets those of the person that have ended.
    pub async fn create(&self, owner: UserId, token: NewToken, now: Ts) -> Result<Token> {
        let mut tx = self.db.begin().await?;
        tx.execute(sql!(
            "DELETE FROM tokens WHERE user_id = $1 AND expires_at <= $2",
            [owner, now]
        ))
        .await?;
        let insert = insert!("tokens" {
            id: fresh::<TokenId>(), user_id: owner, name: token.name, token_hash: token.token_hash,
            scopes: token.scopes, created_at: now, expires_at: token.expires_at,
        });
        let made: Option<Token> = tx.row(insert.returning::<Token>()).await?;
        tx.commit().await?;
        made.ok_or_else(|| StoreError::Inconsistent("nothing was inserted".to_owned()))
    }

    /// Ends a token; says whether there was one.
    pub async fn delete(&self, owner: UserId, id: TokenId) -> Result<bool> {
        let delete = sql!("DELETE FROM tokens WHERE user_id = $1 AND id = $2", [owner, id]);
        Ok(self.db.execute(delete).await? > 0)
    }

    /// Ends the token that whoever calls has in hand; unknown ones are no error.
    pub async fn revoke(&self, token_hash: [u8; 32]) -> Result<()> {
        self.db.run(sql!("DELETE FROM tokens WHERE token_hash = $1", [token_hash])).await
    }

    /// Whose token this is, if it has not ended.
    pub async fn bearer(&self, token_hash: [u8; 32], now: Ts) -> Result<Option<(User, Token)>> {
        let read = sql!(
            User,
            "SELECT {}, {} FROM tokens JOIN users ON users.id = tokens.user_id
             WHERE tokens.token_hash = $1
             AND (tokens.expires_at IS NULL OR tokens.expires_at > $2)",
            [token_hash, now]
        );
        self.db.row(read.columns_of::<Token>()).await
    }
}
