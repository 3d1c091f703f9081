//! The built-in tools as the model and the person see them.

#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod meetings;
mod memories;
#[cfg(test)]
mod tasks;
