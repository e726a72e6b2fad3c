//! Where the last run of the base came by, so that it can be taken up again from there.

use super::Plan;
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
}

impl Trace {
    /// Makes this the trace of `plan`, and returns the place to go on from. Without one the run begins anew.
    pub(super) fn take_up(&mut self, plan: &Plan) -> Option<State> {
        let common = self.plan.as_ref().map_or(0, |last| last.common_steps(plan));
        self.states.retain(|state| common > 0 && state.step <= common);
        self.plan = Some(plan.clone());
        self.states.last().cloned()
    }

    /// Keeps a place, unless the run has more of them than there is room for.
    pub(super) fn keep(&mut self, steps: usize, state: impl FnOnce() -> State, step: usize) {
        let is_new = self.states.last().is_none_or(|last| last.step < step);
        if is_new && step.is_multiple_of(steps.div_ceil(MAX_STATES)) {
            self.states.push(state());
        }
    }
}
