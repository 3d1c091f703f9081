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
}

impl Catalogue {
    /// An installation with one model, named by its id.
    pub fn of(model: Arc<dyn Model>) -> Self {
        Self { default: NamedModel { name: model.info().id.clone(), model } }
    }

    /// The one that answers where nobody chose.
    pub fn default_model(&self) -> &NamedModel {
        &self.default
    }

    /// The one for small work such as titles.
    pub fn small(&self) -> &NamedModel {
        &self.default
    }
}
