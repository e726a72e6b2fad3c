//! What a run tells the outside world, and how the outside world stops it.

use async_trait::async_trait;

use crate::error::Result;

/// One finished network evaluation.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// `caption`, `prior`, `base` or `upsampler`.
    pub stage: &'static str,
    /// Steps of this stage that are done.
    pub step: usize,
    /// Steps of this stage.
    pub steps: usize,
    /// x̂₀, planar RGB in [-1, 1], with its height and width in pixels.
    pub preview: Option<(&'a [f32], usize)>,
}

/// Watches a run.
#[async_trait(?Send)]
pub trait Observer {
    /// Called after each step. In a browser this is where other work gets its turn.
    ///
    /// # Errors
    /// [`crate::Error::Cancelled`] ends the run.
    async fn step(&mut self, step: Step<'_>) -> Result<()>;
}
