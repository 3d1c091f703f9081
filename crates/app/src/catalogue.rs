//! The models that may answer: each with the name people choose it by.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use agent::model::{Model, Usage};
use agent::price::Prices;
use store::Ts;

/// How long a model that could not answer is left alone, so that not every message waits for it.
const REST: Duration = Duration::from_mins(1);

/// The longest that a vendor may ask for.
const LONGEST_REST: Duration = Duration::from_hours(1);

/// A model under the name that people, the configuration and conversations call it by.
#[derive(Clone)]
pub struct NamedModel {
    /// The name, unique in its catalogue.
    pub name: String,
    /// What answers.
    pub model: Arc<dyn Model>,
}

impl NamedModel {
    /// The vendor's name of it, which prices and thinking go by.
    pub(crate) fn id(&self) -> &str {
        &self.model.info().id
    }
}

/// Every model of an installation; one of them answers unless another is chosen.
pub struct Catalogue {
    default: NamedModel,
    others: Vec<NamedModel>,
    fallback: Vec<NamedModel>,
    small: Option<NamedModel>,
    /// The models that are left alone, and until when.
    resting: Mutex<BTreeMap<String, Ts>>,
}

/// Who answers a message.
pub(crate) struct Answering<'a> {
    pub(crate) model: &'a NamedModel,
    /// The model that was to answer, if it is another.
    pub(crate) wanted: Option<String>,
    /// There is no model of that name any more.
    pub(crate) wanted_gone: bool,
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
        Self::around(default, Vec::new())
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
        let mut catalogue = Self::around(default, models.collect());
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

    const fn around(default: NamedModel, others: Vec<NamedModel>) -> Self {
        let resting = Mutex::new(BTreeMap::new());
        Self { default, others, fallback: Vec::new(), small: None, resting }
    }

    fn check_names(&self) -> Result<(), CatalogueError> {
        let mut seen = BTreeSet::new();
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

    /// The names of those that no budget holds back, because nobody knows their price. The built-in
    /// one costs nothing.
    pub fn unpriced(&self, prices: &Prices) -> impl Iterator<Item = &str> {
        let is_known = |model: &NamedModel| prices.cost(model.id(), Usage::default()).is_some();
        let unknown =
            self.all().filter(move |model| !model.model.info().offline && !is_known(model));
        unknown.map(|model| &*model.name)
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

    /// Who answers where this model was chosen: another if it is not there any more, or rests.
    pub(crate) fn answering(&self, chosen: Option<&str>, now: Ts) -> Answering<'_> {
        let found = chosen.and_then(|name| self.get(name));
        let known = found.unwrap_or(&self.default);
        let other = self.rests(known, now).then(|| self.instead(&[], now)).flatten();
        let model = other.unwrap_or(known);
        let wanted = chosen.unwrap_or(&self.default.name);
        let wanted_gone = chosen.is_some() && found.is_none();
        let wanted = (wanted != model.name).then(|| wanted.to_owned());
        Answering { model, wanted, wanted_gone }
    }

    /// The first of the fallback list that is none of these and does not rest.
    pub(crate) fn instead(&self, tried: &[String], now: Ts) -> Option<&NamedModel> {
        let may = |model: &&NamedModel| !tried.contains(&model.name) && !self.rests(model, now);
        self.fallback.iter().find(may)
    }

    /// Leaves a model alone for a while, because it could not answer: for as long as its vendor asks
    /// within reason.
    pub(crate) fn let_rest(&self, model: &NamedModel, asked: Option<Duration>, now: Ts) {
        let rest = asked.unwrap_or(REST).clamp(REST, LONGEST_REST);
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.insert(model.name.clone(), now.plus(rest));
    }

    fn rests(&self, model: &NamedModel, now: Ts) -> bool {
        let resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.get(&model.name).is_some_and(|until| now < *until)
    }
}
