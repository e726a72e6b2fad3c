//! Where the last run of the base came by, so that it can be taken up again from there.

use super::{Inverted, Plan};
use crate::diffusion::Scheduler;

/// Most places of a run that are kept. One takes about 150 kB at 64 x 64, so all of them 10 MB.
const MAX_STATES: usize = 64;

/// A run before one of its steps.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) step: usize,
    pub(super) scheduler: Scheduler,
    pub(super) sample: Vec<f32>,
}

/// The last run of the base: its plan and what the sample was like on its way.
///
/// A plan that begins as that one did goes on from the last place that both have in common; the picture is the same, to
/// the bit, as if it had begun anew.
#[derive(Debug, Default)]
pub struct Trace {
    plan: Option<Plan>,
    states: Vec<State>,
    /// Pictures of the plan whose noise was found, and the noise.
    noises: Vec<(Inverted, Vec<f32>)>,
}

impl Trace {
    /// Makes this the trace of `plan`, and returns the place to go on from. Without one the run begins anew.
    pub(super) fn take_up(&mut self, plan: &Plan) -> Option<State> {
        let common = self.plan.as_ref().map_or(0, |last| last.common_steps(plan));
        self.states.retain(|state| common > 0 && state.step <= common);
        let steps = plan.settings.base_steps;
        let as_many = self.plan.as_ref().is_some_and(|last| last.settings.base_steps == steps);
        let pictures = plan.start.as_ref().map_or(&[][..], |start| &start.pictures);
        self.noises.retain(|(inverted, _)| as_many && pictures.contains(inverted));
        self.plan = Some(plan.clone());
        self.states.last().cloned()
    }

    /// The noise of a picture of the plan, where it was found for this plan or the last.
    pub(super) fn noise_of(&self, inverted: &Inverted) -> Option<Vec<f32>> {
        self.noises.iter().find(|(other, _)| other == inverted).map(|(_, noise)| noise.clone())
    }

    /// Keeps the noise of a picture of the plan.
    pub(super) fn keep_noise(&mut self, inverted: &Inverted, noise: Vec<f32>) {
        self.noises.push((inverted.clone(), noise));
    }

    /// Keeps a place, unless the run has more of them than there is room for.
    pub(super) fn keep(&mut self, steps: usize, state: impl FnOnce() -> State, step: usize) {
        let is_new = self.states.last().is_none_or(|last| last.step < step);
        if is_new && step.is_multiple_of(steps.div_ceil(MAX_STATES)) {
            self.states.push(state());
        }
    }
}
