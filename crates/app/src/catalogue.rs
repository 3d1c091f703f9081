//! The models that may answer: each with the name people choose it by.

use std::sync::Arc;

use agent::model::Model;

/// A model under the name that people, the configuration and conversations call it by.
#[derive(Clone)]
pub struct NamedModel {
    /// The name, unique in its catalogue.
    pub name: String,
    /// What answers.
    pub model: Arc<dyn Model>,
}

/// Every model of an installation; one of them answers unless another is chosen.
pub struct Catalogue {
    default: NamedModel,
    others: Vec<NamedModel>,
    fallback: Vec<NamedModel>,
    small: Option<NamedModel>,
}

/// Why these models make no catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// There is none.
    #[error("there is no model")]
    Empty,
    /// A name is blank.
    #[error("a model has no name")]
    Nameless,
    /// Two have one name.
    #[error("two models have the name `{0}`")]
    Twice(String),
    /// A name that is meant to be one of them is not.
    #[error("no model has the name `{0}`")]
    Unknown(String),
}

impl Catalogue {
    /// An installation with one model, named by its id.
    pub fn of(model: Arc<dyn Model>) -> Self {
        let default = NamedModel { name: model.info().id.clone(), model };
        Self { default, others: Vec::new(), fallback: Vec::new(), small: None }
    }

    /// These models, the first for whoever does not choose. Those of `fallback` answer, in that
    /// order, where another cannot; `small` does what is not worth a large one.
    pub fn new(
        models: Vec<NamedModel>,
        fallback: Vec<String>,
        small: Option<String>,
    ) -> Result<Self, CatalogueError> {
        let mut models = models.into_iter();
        let default = models.next().ok_or(CatalogueError::Empty)?;
        let mut catalogue =
            Self { default, others: models.collect(), fallback: Vec::new(), small: None };
        catalogue.check_names()?;
        let known = |name: String| match catalogue.get(&name) {
            Some(model) => Ok(model.clone()),
            None => Err(CatalogueError::Unknown(name)),
        };
        let fallback = fallback.into_iter().map(known).collect::<Result<_, _>>()?;
        let small = small.map(known).transpose()?;
        (catalogue.fallback, catalogue.small) = (fallback, small);
        Ok(catalogue)
    }

    fn check_names(&self) -> Result<(), CatalogueError> {
        let mut seen = std::collections::BTreeSet::new();
        for NamedModel { name, .. } in self.all() {
            if name.trim().is_empty() {
                return Err(CatalogueError::Nameless);
            }
            if !seen.insert(name) {
                return Err(CatalogueError::Twice(name.clone()));
            }
        }
        Ok(())
    }

    /// Every model, the default first.
    pub fn all(&self) -> impl Iterator<Item = &NamedModel> {
        std::iter::once(&self.default).chain(&self.others)
    }

    /// Every name, the default's first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all().map(|model| model.name.as_str())
    }

    /// The model of that name.
    pub fn get(&self, name: &str) -> Option<&NamedModel> {
        self.all().find(|model| model.name == name)
    }

    /// The one that answers where nobody chose.
    pub fn default_model(&self) -> &NamedModel {
        &self.default
    }

    /// The one for small work such as titles.
    pub fn small(&self) -> &NamedModel {
        self.small.as_ref().unwrap_or(&self.default)
    }
}
